import type { ClientKey } from "../config/settings.ts";
import type { RateStanding } from "../store/shared-state/shared-state.ts";

/** What a request asks to be let in with. */
export interface Ask {
  /** The request's id (UUIDv7). */
  readonly id: string;
  readonly key: ClientKey;
  /** As the client names them. */
  readonly session?: string;
  readonly agent?: string;
  /** At most, as far as can be known before: input, and the longest answer. */
  readonly tokens: { readonly input: number; readonly output: number };
  /** The dearest way that the plan allows; what has no price counts as 0 here (policy refuses it before). */
  readonly worstNano: number;
  /** How long the hold may last. */
  readonly leaseMs: number;
}

export interface Used {
  readonly tokens: { readonly input: number; readonly output: number };
  readonly costNano: number;
}

/** How one limit of the caller stands, for the headers of its answer. */
export interface LimitStanding extends RateStanding {
  readonly unit: "requests" | "tokens";
  readonly windowMs: number;
}

export interface Hold {
  /** The caller's limits after this request, in the order of the policies; empty where there are none. */
  readonly standings: readonly LimitStanding[];
  /** Once; later calls do nothing. */
  readonly settle: (used: Used) => void;
}

/** Limits and budgets of keys, teams and organisations. */
export interface Accounts {
  /**
   * Takes what the request may use, of every limit and budget that applies, or of none. Throws `rate_limited` (with `retryAfterMs`
   * where waiting helps), `budget_exceeded`, or `overloaded` while what must be asked is away. A refusal carries the
   * standings: `standingsOf(error)`. A token limit takes the input and the longest answer; where that is more than the whole
   * limit it takes all of it. Only an input that would never fit, by more than estimates err, is refused without a time to wait.
   */
  readonly admit: (ask: Ask) => Hold | Promise<Hold>;
  /** The highest share of any budget that this caller has used up, as far as is known here: 0 to 1 and beyond, and whose it is. */
  readonly pressure: (caller: Pick<Ask, "key" | "session" | "agent">) => Pressure;
  /** What a request that was settled before has cost more (or less) than it was settled for. Once for each id. */
  readonly correct: (correction: Correction) => void;
  readonly close: () => Promise<void>;
}

export interface Correction extends Pick<Ask, "id" | "key" | "session" | "agent"> {
  /** When the request was let in (ms since 1970): in the windows of then it is counted. */
  readonly at: number;
  /** May be negative. */
  readonly costNano: number;
}

export interface Pressure {
  /** A budget is beyond its `softPercent`: routers move to their cheapest variant. */
  readonly soft: boolean;
  /** For people: `the daily budget of team 'research' is used to 83 %`. */
  readonly reason?: string;
}

const standings = new WeakMap<object, readonly LimitStanding[]>();

/** The caller's limits when this refusal was made; empty where they were not asked. */
export function standingsOf(error: unknown): readonly LimitStanding[] {
  return (typeof error === "object" && error !== null ? standings.get(error) : undefined) ?? [];
}

export function withStandings<E extends Error>(error: E, told: readonly LimitStanding[]): E {
  standings.set(error, told);
  return error;
}
