import { randomUUID } from "node:crypto";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { createLogger } from "../../packages/gateway/src/observe/log.ts";
import { MemoryState } from "../../packages/gateway/src/store/shared-state/memory.ts";
import { RedisState } from "../../packages/gateway/src/store/shared-state/redis.ts";
import type { Claim, SharedState } from "../../packages/gateway/src/store/shared-state/shared-state.ts";
import { testRedis } from "../support/redis.ts";

export interface TestState {
  readonly state: SharedState;
  /** All that was settled is counted. */
  readonly flush: () => Promise<void>;
}

export interface TestStates {
  readonly kind: "memory" | "redis";
  readonly available: boolean;
  /** One that nobody else counts in. It goes by the times of claims. */
  readonly open: () => Promise<TestState>;
}

/** One entry for each kind, to run the same tests on each; Redis is not available where there is none. */
export async function testStates(): Promise<readonly TestStates[]> {
  const url = await testRedis();
  return [
    {
      kind: "memory",
      available: true,
      open: async () => ({ state: new MemoryState(), flush: async () => {} }),
    },
    {
      kind: "redis",
      available: url !== undefined,
      open: async () => {
        const state = await openRedis({ url: url ?? "", clock: "claims" });
        return { state, flush: () => state.flush() };
      },
    },
  ];
}

export interface RedisOptions {
  readonly url: string;
  readonly prefix?: string;
  readonly clock?: "server" | "claims";
}

export async function openRedis({
  url,
  prefix = `test-${randomUUID()}:`,
  clock = "server",
}: RedisOptions): Promise<RedisState> {
  const state = new RedisState({ url: secret(url), log: createLogger("silent"), prefix, clock });
  await state.firstTry;
  if (!state.isAvailable()) throw new Error("Redis cannot be reached.");
  return state;
}

/** A claim of nothing, but for what is said. */
export function claimOf(id: string, now: number, parts: Partial<Claim>): Claim {
  return { id, now, expiresAt: now + 60_000, rates: [], concurrency: [], budgets: [], ...parts };
}
