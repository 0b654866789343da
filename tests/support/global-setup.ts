import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres-server.ts";
import { startRedis } from "./redis-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Whoever connects to one of these sockets is told the URL of the run's server; the first one has it started. */
    readonly postgresSocket: string;
    readonly redisSocket: string;
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-tests-"));
  const postgres = await offer(join(folder, "postgres.sock"), startPostgres);
  const redis = await offer(join(folder, "redis.sock"), startRedis);
  provide("postgresSocket", postgres.path);
  provide("redisSocket", redis.path);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

interface Startable {
  readonly url: string;
  stop(): Promise<void>;
}

interface Offer {
  readonly path: string;
  readonly stop: () => Promise<void>;
}

/** A server that is started when the first one asks for it. */
async function offer(path: string, start: () => Promise<Startable | undefined>): Promise<Offer> {
  let starting: Promise<Startable | undefined> | undefined;
  const teller = createServer((socket) => {
    starting ??= start();
    starting.then(
      (server) => socket.end(JSON.stringify({ url: server?.url })),
      (error: unknown) => socket.end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((resolve) => teller.listen(path, resolve));
  return {
    path,
    stop: async () => {
      teller.close();
      await (await starting?.catch(() => undefined))?.stop();
    },
  };
}
