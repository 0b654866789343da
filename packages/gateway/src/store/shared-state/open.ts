import type { Secret } from "../../config/secret.ts";
import type { Logger } from "../../observe/log.ts";
import { MemoryState } from "./memory.ts";
import type { SharedState } from "./shared-state.ts";

/** Starting does not wait longer for a Redis that may be away. */
const FIRST_TRY_MS = 2_000;

export interface SharedStateOptions {
  /** `redis://…`; absent: limits and budgets are counted in this process. */
  readonly redis?: Secret | undefined;
  readonly log: Logger;
}

/** A Redis that is away is no reason not to start: it is an outage like any other. Throws StoreError `invalid` for a wrong URL. */
export async function openSharedState({ redis, log }: SharedStateOptions): Promise<SharedState> {
  if (redis === undefined) return new MemoryState();
  // Only who uses Redis pays for loading its driver.
  const { RedisState } = await import("./redis.ts");
  const state = new RedisState({ url: redis, log });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FIRST_TRY_MS);
  });
  await Promise.race([state.firstTry, late]);
  clearTimeout(timer);
  return state;
}
