/**
 * What admitting a request and settling it costs this process: `node bench/accounts.ts`. CPU time, of one key with two rate limits, a
 * concurrency limit and two budgets; of many keys; and of a key without any. In process, and with a Redis of its own where one is
 * installed: its CPU is not counted.
 */

import type { Accounts } from "../packages/gateway/src/accounting/accounts.ts";
import { createAccounts } from "../packages/gateway/src/accounting/create-accounts.ts";
import { secret } from "../packages/gateway/src/config/secret.ts";
import type { ClientKey } from "../packages/gateway/src/config/settings.ts";
import { createLogger } from "../packages/gateway/src/observe/log.ts";
import { MemoryState } from "../packages/gateway/src/store/shared-state/memory.ts";
import { RedisState } from "../packages/gateway/src/store/shared-state/redis.ts";
import type { SharedState } from "../packages/gateway/src/store/shared-state/shared-state.ts";
import { startRedis } from "../tests/support/redis-server.ts";

const ROUNDS = 5;
const REQUESTS = 40_000;
/** Requests that are in flight together. */
const TOGETHER = 50;
const log = createLogger("silent");

function keyOf(id: string, limited: boolean): ClientKey {
  const policy = limited
    ? {
        limits: [
          { unit: "requests", per: "minute", limit: 1_000_000_000 } as const,
          { unit: "tokens", per: "minute", limit: 100_000_000_000 } as const,
        ],
        concurrency: 1_000_000,
        budgets: [
          { per: "key", window: "day", limitNano: 9e15, softPercent: 80 } as const,
          { per: "team", window: "month", limitNano: 9e15, softPercent: 80 } as const,
        ],
      }
    : {};
  return {
    id,
    name: id,
    hash: "",
    team: "everyone",
    policies: [{ kind: "key", id, policy }],
    credentials: [],
    metadata: {},
    disabled: false,
  };
}

function open(shared: SharedState): Accounts {
  const settings = { keysMinutes: 5, replicas: 1, budgetAllowanceNano: 0 };
  return createAccounts({ shared, spent: async () => 0, settings, log });
}

let count = 0;

async function request(accounts: Accounts, key: ClientKey): Promise<void> {
  const id = `request-${count++}`;
  const ask = { id, key, tokens: { input: 800, output: 4_000 }, worstNano: 1_000_000, leaseMs: 900_000 };
  const admitted = accounts.admit(ask);
  const hold = admitted instanceof Promise ? await admitted : admitted;
  accounts.pressure({ key });
  hold.settle({ tokens: { input: 800, output: 300 }, costNano: 345_678 });
}

async function load(accounts: Accounts, keys: readonly ClientKey[], requests: number): Promise<void> {
  for (let sent = 0; sent < requests; sent += TOGETHER) {
    const together: Promise<void>[] = [];
    for (let one = 0; one < TOGETHER; one++) {
      const key = keys[(sent + one) % keys.length];
      if (key !== undefined) together.push(request(accounts, key));
    }
    await Promise.all(together);
  }
}

async function measure(name: string, accounts: Accounts, keys: readonly ClientKey[]): Promise<void> {
  await load(accounts, keys, REQUESTS);
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await load(accounts, keys, REQUESTS);
    const { user, system } = process.cpuUsage(before);
    figures.push((user + system) / REQUESTS);
  }
  const sorted = figures.sort((a, b) => a - b);
  const [least = 0] = sorted;
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.log(`${name.padEnd(44)} ${median.toFixed(2)} µs a request (least ${least.toFixed(2)})`);
}

const one = [keyOf("key", true)];
const many = Array.from({ length: 10_000 }, (_, index) => keyOf(`key-${index}`, true));
const free = [keyOf("free", false)];

await measure("in process, no limits", open(new MemoryState()), free);
await measure("in process, one key", open(new MemoryState()), one);
await measure("in process, 10000 keys", open(new MemoryState()), many);

const server = await startRedis();
if (server === undefined) {
  console.log("Redis is not installed: not measured.");
} else {
  const shared = new RedisState({ url: secret(server.url), log });
  await shared.firstTry;
  const accounts = open(shared);
  await measure("Redis, one key", accounts, one);
  await measure("Redis, 10000 keys", accounts, many);
  await accounts.close();
  await server.stop();
}
