import { parseArgs } from "node:util";
import { type DrillOptions, drillOptions, type WrittenDrillOptions } from "./drill/options.ts";
import { type KeysOptions, keysOptions, keysUsage } from "./keys/keys-options.ts";
import { type RerateOptions, rerateOptions } from "./usage/rerate-options.ts";
import { type UsageOptions, usageOptions } from "./usage/usage-options.ts";
import { UsageError } from "./usage-error.ts";

export { UsageError } from "./usage-error.ts";

export type Command =
  | { readonly name: "start"; readonly options: StartOptions }
  | { readonly name: "simulate"; readonly host: string; readonly port: number }
  | { readonly name: "keys-new"; readonly options: StartOptions }
  | { readonly name: "keys"; readonly options: KeysOptions }
  | { readonly name: "check-config"; readonly options: StartOptions }
  | { readonly name: "drill"; readonly options: DrillOptions }
  | { readonly name: "usage"; readonly options: UsageOptions }
  | { readonly name: "rerate"; readonly options: RerateOptions }
  | { readonly name: "version" }
  | { readonly name: "help" };

export interface StartOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
}

export const usage = `signalbox: one base URL in front of every model provider

Usage:
  signalbox start [--config FILE] [--host HOST] [--port PORT] [--data FOLDER]
  signalbox check-config [--config FILE]
  signalbox keys new [--config FILE] [--data FOLDER]
${keysUsage}
  signalbox simulate [--host HOST] [--port PORT]
  signalbox drill [--config FILE] [--quick] [--only WAY,…] [--dialects DIALECT,…] [--json FILE]
  signalbox drill --against URL --model NAME [--key KEY] [--upstream-port N] [--ceiling SECONDS]
  signalbox usage [--from DAY] [--to DAY] [--by model,day] [--key ID] [--team ID] [--org ID] [--provider NAME]
                  [--model NAME] [--router NAME] [--session NAME] [--state STATE] [--json | --csv [--rows attempts]]
  signalbox rerate --from DAY --to DAY [--dry-run] [--config FILE] [--data FOLDER]
  signalbox --version | --help

"keys new" makes the data folder's own key anew, which is an owner of the installation; the others are keys of the store.
Without --config, ./signalbox.yaml is read if it is there. Without one, the providers
whose keys are in the environment are used, and the built-in simulator if there are none.
The drill breaks every provider on purpose, all of them simulated, and exits with 1 for any lie.
`;

const optionTypes = {
  config: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  json: { type: "string" },
  quick: { type: "boolean" },
  only: { type: "string" },
  dialects: { type: "string" },
  against: { type: "string" },
  key: { type: "string" },
  model: { type: "string" },
  "upstream-port": { type: "string" },
  ceiling: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

type OptionName = keyof typeof optionTypes;

const allowed: Readonly<Record<string, readonly OptionName[]>> = {
  start: ["config", "host", "port", "data"],
  "check-config": ["config"],
  "keys new": ["config", "data"],
  simulate: ["host", "port"],
  drill: ["config", "json", "quick", "only", "dialects", "against", "key", "model", "upstream-port", "ceiling"],
};

/** Commands that read their own options. */
function ownCommand([name, ...rest]: readonly string[]): Command | undefined {
  if (name !== "usage" && name !== "rerate") return undefined;
  if (rest.includes("--help") || rest.includes("-h")) return { name: "help" };
  return name === "usage" ? { name, options: usageOptions(rest) } : { name, options: rerateOptions(rest) };
}

export function parseCommand(argv: readonly string[]): Command {
  const [first, second] = argv;
  const asksForHelp = argv.some((word) => word === "--help" || word === "-h");
  // The data folder's own key is made before there is a store.
  if (first === "keys" && second !== "new" && !asksForHelp)
    return { name: "keys", options: keysOptions(argv.slice(1)) };
  const own = ownCommand(argv);
  if (own !== undefined) return own;
  const { values, positionals } = parse(argv);
  if (values.help === true || positionals[0] === "help") return { name: "help" };
  if (values.version === true) return { name: "version" };
  const command = positionals.join(" ");
  if (command === "") throw new UsageError("Say what to do, such as: signalbox start");
  const options = allowed[command];
  if (options === undefined) throw new UsageError(`There is no command "${command}".`);
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !options.some((option) => option === name)) {
      throw new UsageError(`"signalbox ${command}" has no option --${name}.`);
    }
  }
  return toCommand(command, values);
}

interface Values extends WrittenDrillOptions {
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
}

function toCommand(command: string, values: Values): Command {
  if (command === "drill") return { name: "drill", options: drillOptions(values) };
  const { config, host, data } = values;
  const port = values.port === undefined ? undefined : parsePort(values.port);
  if (command === "simulate") return { name: "simulate", host: host ?? "127.0.0.1", port: port ?? 4748 };
  const options: StartOptions = {
    ...(config === undefined ? {} : { config }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(data === undefined ? {} : { data }),
  };
  if (command === "keys new") return { name: "keys-new", options };
  return command === "check-config" ? { name: "check-config", options } : { name: "start", options };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: optionTypes, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's own wording goes on about how to pass positionals; the first sentence says what is wrong.
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${message.split(". ")[0]}.`.replace(/\.+$/, "."));
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UsageError(`--port takes a number from 0 to 65535, not "${text}".`);
  return port;
}
