/**
 * `npm run services -- <command>`: runs a command with a PostgreSQL and a Redis of its own, in temporary folders, without Docker and
 * without any service of the system. The command finds them in DATABASE_URL and REDIS_URL, and the tests in
 * SIGNALBOX_TEST_POSTGRES and SIGNALBOX_TEST_REDIS. They end with the command.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { startPostgres } from "../tests/support/postgres-server.ts";
import { startRedis } from "../tests/support/redis-server.ts";

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function start(name: string, starting: Promise<Server | undefined>, packages: string): Promise<Server> {
  const server = await starting;
  if (server === undefined) throw new Error(`${name} is not installed (Debian: apt-get install ${packages}).`);
  say(`${name}: ${server.url}`);
  return server;
}

/** Resolves to its exit code; a signal is handed on to it, and it says when it is done. */
async function run(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: "inherit", env: environment });
  const hand = (signal: NodeJS.Signals) => child.kill(signal);
  // A terminal's Ctrl-C goes to the child as well; what is to be prevented is that this process ends before it.
  const wait = () => {};
  process.on("SIGTERM", hand);
  process.on("SIGHUP", hand);
  process.on("SIGINT", wait);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    process.off("SIGTERM", hand);
    process.off("SIGHUP", hand);
    process.off("SIGINT", wait);
  }
}

async function main(command: readonly string[]): Promise<number> {
  if (command.length === 0) {
    say("usage: npm run services -- <command> [arguments]");
    return 2;
  }
  const servers: Server[] = [];
  try {
    const postgres = await start("PostgreSQL", startPostgres(), "postgresql");
    servers.push(postgres);
    const redis = await start("Redis", startRedis(), "redis-server");
    servers.push(redis);
    return await run(command, {
      ...process.env,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      SIGNALBOX_TEST_POSTGRES: postgres.url,
      SIGNALBOX_TEST_REDIS: redis.url,
    });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
