import { type MadeKey, makeKey } from "../packages/gateway/src/config/key-secret.ts";
import { openStore } from "../packages/gateway/src/store/open.ts";
import type { Shot } from "./cases.ts";
import { fire, percentile } from "./load.ts";
import type { Service } from "./processes.ts";

const REQUESTS = 2_000;
/** For what is written in the background. */
const AFTER_MS = 1_100;

/** Stores a key with limits and budgets in a data folder, before a gateway opens it. */
export async function storeLimitedKey(folder: string, made: MadeKey): Promise<void> {
  const store = await openStore({ folder });
  const key = { per: "key", limitNano: 9e15, softPercent: 80 } as const;
  const policy = {
    limits: [
      { unit: "requests", per: "minute", limit: 100_000_000 },
      { unit: "tokens", per: "minute", limit: 100_000_000_000 },
    ],
    concurrency: 100_000,
    budgets: [
      { ...key, window: "day" },
      { ...key, window: "month" },
    ],
  } as const;
  await store.accounts.keys.create({ ...made, name: "limited", policy }, { id: "bench", name: "bench" });
  await store.close();
}

export const limitedKey = makeKey();

interface Load {
  readonly shot: Shot;
  readonly rounds: number;
  readonly concurrency: number;
}

/** What the stored key's limits and budgets cost a request, beside the plain key of the configuration at the same gateway. */
export async function limitedKeyCost(gateway: Service, { shot, rounds, concurrency }: Load): Promise<string> {
  const limited = { ...shot, headers: { ...shot.headers, authorization: `Bearer ${limitedKey.shown}` } };
  const cpuOf = async (one: Shot): Promise<number> => {
    const before = gateway.cpuMicros();
    await fire(gateway.url, one, { requests: REQUESTS, concurrency });
    await new Promise((resolve) => setTimeout(resolve, AFTER_MS));
    return (gateway.cpuMicros() - before) / REQUESTS;
  };
  const plain: number[] = [];
  const added: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const without = await cpuOf(shot);
    const withLimits = await cpuOf(limited);
    if (round < 0) continue;
    plain.push(without);
    added.push(withLimits - without);
  }
  const micro = (values: readonly number[]) => `${percentile(values, 0.5).toFixed(0)} µs`;
  return `a stored key with 2 limits, concurrency and 2 budgets: +${micro(added)} CPU a request over a plain key (${micro(plain)}), headers included; both are in the ledger`;
}
