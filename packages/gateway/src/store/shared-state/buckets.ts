import type { RateClaim, RateStanding } from "./shared-state.ts";

/**
 * GCRA in whole numbers, so that sixty of sixty fit and the sixty-first does not. The theoretical arrival time lies `debt / limit`
 * ms after `at`; a taken unit adds `windowMs` to the debt, and a millisecond takes `limit` off. The debt over `windowMs` is
 * what was taken and is not refilled yet, so that a limit may change without anybody losing or winning.
 */
export interface Level {
  readonly debt: number;
  readonly at: number;
}

/** The level by now. A time before `at` refills nothing. */
export function refilled(level: Level | undefined, limit: number, now: number): Level {
  if (level === undefined) return { debt: 0, at: now };
  if (now <= level.at) return level;
  return { debt: Math.max(0, level.debt - (now - level.at) * limit), at: now };
}

/** What a claim takes: it may want more than fits into the bucket, and waits for a full one then. */
export function takenBy({ amount, limit }: RateClaim): number {
  return Math.min(amount, limit);
}

/** 0: it fits now. */
export function waitFor(claim: RateClaim, { debt }: Level): number {
  const over = debt + takenBy(claim) * claim.windowMs - claim.limit * claim.windowMs;
  return over <= 0 ? 0 : Math.ceil(over / claim.limit);
}

/** After more was used than was taken (or less, when negative). */
export function moved(level: Level, units: number, windowMs: number): Level {
  return { debt: Math.max(0, level.debt + units * windowMs), at: level.at };
}

export function standingOf({ limit, windowMs }: Pick<RateClaim, "limit" | "windowMs">, { debt }: Level): RateStanding {
  return {
    limit,
    remaining: Math.max(0, Math.floor((limit * windowMs - debt) / windowMs)),
    resetMs: Math.ceil(debt / limit),
  };
}
