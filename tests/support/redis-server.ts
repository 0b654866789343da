import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, saysReady } from "./programs.ts";

/** A Redis or Valkey on a free port, with its files in a folder of its own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now. */
  readonly pid: number;
  /** As after a crash of it; `start` brings it back at the same address. Without persistence all is forgotten. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Every write is on the disk before it is answered. */
  readonly persistent?: boolean;
}

/** Also where the tests' own Redis is elsewhere. */
export function canStartRedis(): boolean {
  return redisProgram() !== undefined;
}

function redisProgram(): string | undefined {
  return findProgram("redis-server", "valkey-server");
}

/** Undefined when neither Redis nor Valkey is installed. */
export async function startRedis({ persistent = false }: RedisServerOptions = {}): Promise<RedisServer | undefined> {
  const program = redisProgram();
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-redis-"));
  const port = await freePort();
  const settings = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", "", "--daemonize", "no"];
  const keeping = persistent ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  let server: ChildProcess | undefined;
  const end = () => server?.kill("SIGKILL");
  const start = async (): Promise<void> => {
    const args = [...settings, ...keeping];
    // Away from a terminal's Ctrl-C, like PostgreSQL.
    server = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"], detached: true });
    await saysReady(server, "stdout", "eady to accept connections");
  };
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    end();
    await ended;
  };
  process.once("exit", end);
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server?.pid ?? 0;
    },
    kill,
    start,
    stop: async () => {
      process.off("exit", end);
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("There is no free port.");
  return address.port;
}
