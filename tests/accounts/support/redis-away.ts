import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@redis/client";
import { keysUnder } from "../../../packages/gateway/src/store/shared-state/redis-wire.ts";
import type { RedisServer } from "../../support/redis-server.ts";
import { ask, DIALECTS, type Dialect } from "./asking.ts";
import { closeBooks, type Standing } from "./kill-runs.ts";
import { seeded, startLoad, statusesOf } from "./load.ts";
import type { Reckoning } from "./reckoning.ts";
import type { Site } from "./site.ts";
import { storm } from "./storm.ts";

export const FREE = "the-key-without-any-limit";
export const MONEY = "the-key-with-a-hard-budget";
export const RATES = "the-key-with-thirty-a-day";
export const RATE_LIMIT = 30;

/** One for each thing that an outage treats in its own way. */
export const outageKeys = [
  { name: "free", key: FREE },
  { name: "money", key: MONEY, budgets: [{ window: "month", limit: 1_000 }] },
  { name: "rates", key: RATES, limits: [{ unit: "requests", per: "day", limit: RATE_LIMIT }] },
];

export interface RedisOutage {
  /** It answers nothing any more, or it dies and begins with nothing. */
  readonly how: "frozen" | "emptied";
  readonly seconds: number;
  readonly lanes: number;
}

export interface RedisReport extends Reckoning, Standing {
  /** How many answers of each status. */
  readonly free: Readonly<Record<string, number>>;
  readonly money: Readonly<Record<string, number>>;
  /** What was answered meanwhile to who has a budget, in the order of the dialects. */
  readonly refused: readonly number[];
  /** How many of the limited key's calls were let in meanwhile, and how many of others afterwards. */
  readonly letIn: { readonly meanwhile: number; readonly afterwards: number };
  /** In nano-dollars, of the key with a budget. */
  readonly spent: { readonly redis: string; readonly ledger: string };
}

export async function redisAway(
  site: Site & { readonly redis: RedisServer },
  { how, seconds, lanes }: RedisOutage,
): Promise<RedisReport> {
  const { redis } = site;
  const children = site.folders.map((_, replica) => site.start(replica));
  const urls = await Promise.all(children.map(({ listening }) => listening));
  const random = seeded(11);
  const under = (prefix: string, key: string) =>
    startLoad({ prefix, keys: [key], url: () => random.of(urls), lanes, random, pauseMs: 10 });
  const [free, money] = [under("free", FREE), under("money", MONEY)];
  await pause(1_000);

  const goneAt = performance.now();
  await (how === "frozen" ? process.kill(redis.pid, "SIGSTOP") : redis.kill());
  await pause(1_500);
  const meanwhile = (await storm({ name: "meanwhile", urls, keys: [RATES], calls: 90 })).answered.length;
  const refused = await Promise.all(DIALECTS.map((dialect) => statusOf(urls[0] ?? "", dialect)));
  await pause(Math.max(0, seconds * 1_000 - (performance.now() - goneAt)));
  await (how === "frozen" ? process.kill(redis.pid, "SIGCONT") : redis.start());
  for (const url of urls) await untilLetIn(url);

  await pause(1_000);
  await Promise.all([free.stop(), money.stop()]);
  const afterwards = (await storm({ name: "afterwards", urls, keys: [RATES], calls: 90 })).answered.length;
  const books = await closeBooks(site, urls, [...free.told, ...money.told]);
  const counter = `key:config:money:month:${new Date().toISOString().slice(0, 7)}`;
  const spent = { redis: await spentInRedis(redis, counter), ledger: await spentInLedger(site) };
  await Promise.all(children.map((child) => child.end("SIGTERM")));
  return {
    ...books,
    free: statusesOf(free),
    money: statusesOf(money),
    refused,
    letIn: { meanwhile, afterwards },
    spent,
  };
}

async function statusOf(url: string, dialect: Dialect): Promise<number> {
  const session = `probe-${randomUUID()}`;
  const { status } = await ask(url, { dialect, key: MONEY, model: "chat/m", text: `${session} hello`, session });
  return status;
}

/** A replica looks for Redis every few seconds. */
async function untilLetIn(url: string): Promise<void> {
  for (let tries = 0; tries < 100 && (await statusOf(url, "openai-chat")) !== 200; tries++) await pause(100);
}

/** What a counter has, once nothing is held of it any more. */
export async function spentInRedis({ url }: RedisServer, counter: string): Promise<string> {
  const client = await createClient({ url }).connect();
  try {
    const name = keysUnder("signalbox:").counter(counter);
    // Replicas tell it of ends some milliseconds later.
    for (let tries = 0; ; tries++) {
      const [spent = "", reserved] = String(await client.sendCommand(["GET", name])).split(" ");
      if (reserved === "0") return spent;
      if (tries === 50) return `${spent}, and ${reserved} held`;
      await pause(20);
    }
  } finally {
    client.destroy();
  }
}

async function spentInLedger({ query }: Site): Promise<string> {
  const [row] = await query("select cast(sum(cost_nano) as text) as spent from requests where key_id = 'config:money'");
  return String(row?.["spent"]);
}
