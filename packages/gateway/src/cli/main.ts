import { startSimulator } from "@signalbox/simulator";
import { ConfigError } from "../config/issues.ts";
import { VERSION } from "../server/version.ts";
import { makeClientKey } from "../store/client-keys.ts";
import { StoreError } from "../store/errors.ts";
import { type Command, parseCommand, type StartOptions, UsageError, usage } from "./arguments.ts";
import type { DrillOptions } from "./drill/options.ts";
import { listenError } from "./listen-error.ts";
import { configFile, loadSettings, loadSnapshot } from "./settings.ts";
import { type RunningServer, start } from "./start.ts";
import { CommandError, terminal } from "./terminal.ts";
import type { RerateOptions } from "./usage/rerate-options.ts";
import type { UsageOptions } from "./usage/usage-options.ts";

/** The command line. Sets the exit code: 0, 1 for what went wrong, 2 for what was not understood. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await run(parseCommand(argv));
  } catch (error) {
    process.exitCode = report(error);
  }
}

async function run(command: Command): Promise<void> {
  switch (command.name) {
    case "help":
      return terminal.say(usage);
    case "version":
      return terminal.say(VERSION);
    case "check-config":
      return checkConfig(command.options);
    case "keys-new":
      return newKey(command.options);
    case "keys": {
      const { runKeys } = await import("./keys/run-keys.ts");
      return runKeys(command.options, { environment: process.env, terminal });
    }
    case "simulate":
      return simulate(command.host, command.port);
    case "drill":
      return runDrill(command.options);
    case "usage":
      return printUsage(command.options);
    case "rerate":
      return priceAnew(command.options);
    case "start":
      return serve(command.options);
  }
}

async function serve(options: StartOptions): Promise<void> {
  const { startGateway } = await import("../server/start.ts");
  stopOnSignals(await start(options, { environment: process.env, terminal, startGateway }));
}

async function runDrill(options: DrillOptions): Promise<void> {
  const { drill } = await import("./drill/drill.ts");
  process.exitCode = await drill(options, { environment: process.env, terminal, file: configFile(options) });
}

async function printUsage(options: UsageOptions): Promise<void> {
  const { runUsage } = await import("./usage/run-usage.ts");
  await runUsage(options, process.env);
}

async function priceAnew(options: RerateOptions): Promise<void> {
  const { runRerate } = await import("./usage/run-rerate.ts");
  await runRerate(options, { environment: process.env, terminal });
}

async function simulate(host: string, port: number): Promise<void> {
  const simulator = await startSimulator({ host, port }).catch((error: unknown) => {
    throw listenError(error, { host, port });
  });
  terminal.say(`The simulator listens on ${simulator.url}`);
  stopOnSignals(simulator);
}

function checkConfig(options: StartOptions): void {
  const snapshot = loadSnapshot({ options, environment: process.env, keys: () => [] });
  const providers = [...snapshot.providers.keys()].join(", ") || "none (the simulator would answer)";
  const source = configFile(options) ?? "The environment";
  terminal.say(`${source} is fine. Providers: ${providers}. Public models: ${snapshot.models.size}.`);
}

function newKey(options: StartOptions): void {
  const { config } = loadSettings(options, process.env);
  const { shown } = makeClientKey(config.data, new Date());
  terminal.say(`${shown}\n\nKeep it: it is shown only now. The key before it no longer works.`);
}

/** The first signal lets requests finish, the second does not wait. */
function stopOnSignals(server: RunningServer): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    terminal.say("Stopping when the requests under way are done. Once more stops now.");
    server.close().then(
      () => process.exit(0),
      (error: unknown) => process.exit(report(error)),
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

function report(error: unknown): number {
  if (error instanceof UsageError) {
    terminal.complain(`${error.message}\n\n${usage}`);
    return 2;
  }
  const expected = error instanceof CommandError || error instanceof ConfigError || error instanceof StoreError;
  terminal.complain(expected ? error.message : String(error instanceof Error ? (error.stack ?? error) : error));
  return 1;
}
