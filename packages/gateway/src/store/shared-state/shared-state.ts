/**
 * What is counted across requests, and with Redis across replicas. One claim of a request takes from all of its buckets and
 * counters or from none. The in-process and the Redis implementation mean the same; one test suite says so.
 * Amounts, limits and costs are whole numbers below 2^53.
 */
export interface SharedState {
  /** In process: answers at once. Rejects (StoreError `unavailable`) when Redis does not answer. */
  hold(claim: Claim): HoldAnswer | Promise<HoldAnswer>;
  /**
   * The end of a hold: what was really used takes the place of what was held. A hold that was settled or has expired is left
   * alone, so it may be said again. Later holds of this process see it. Never throws: where Redis is away it is kept and
   * said later.
   */
  settle(hold: Settled): void;
  /** Spending that no hold was taken for, once for each id. Counters that nobody knows are left to `fill`. Never throws, like `settle`. */
  charge(spending: Spending): void;
  /**
   * Sets counters that nobody knows yet to what the ledger says; those that are known are left alone. What is settled while the
   * ledger is read counts on top. Rejects with what `read` rejects with, or StoreError `unavailable`.
   */
  fill(counters: readonly Unfilled[]): Promise<void>;
  /** Whether holds can be taken now. */
  isAvailable(): boolean;
  /** Waits until all that was settled is said, or a few seconds. */
  close(): Promise<void>;
}

export interface Claim {
  /** The request's id. No two holds have the same. */
  readonly id: string;
  /** Whole milliseconds since 1970, and never going back. Redis goes by its own clock, and by the distances from this. */
  readonly now: number;
  /** After this the hold ends by itself, and counts as spent in full. */
  readonly expiresAt: number;
  /** Each list names a bucket or counter once. */
  readonly rates: readonly RateClaim[];
  readonly concurrency: readonly ConcurrencyClaim[];
  readonly budgets: readonly BudgetClaim[];
}

/** GCRA: a bucket of `limit` that refills evenly over `windowMs`. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm */
export interface RateClaim {
  readonly bucket: string;
  readonly limit: number;
  readonly windowMs: number;
  /** 1 for requests, the reserved tokens for tokens. More than the limit is taken as the limit: it needs a full bucket. */
  readonly amount: number;
}

export interface ConcurrencyClaim {
  readonly bucket: string;
  readonly limit: number;
}

export interface BudgetClaim {
  /** One owner's in one window: `key:abc:month:2026-11`. */
  readonly counter: string;
  readonly limitNano: number;
  readonly amountNano: number;
  /** When the counter may be forgotten; of several claims the latest. It is unknown from then on. */
  readonly expiresAt: number;
}

export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
}

export interface BudgetStanding {
  readonly spentNano: number;
  readonly reservedNano: number;
}

export type HoldAnswer =
  | {
      readonly outcome: "held";
      /** In the order of the claim, after it. */
      readonly rates: readonly RateStanding[];
      readonly budgets: readonly BudgetStanding[];
    }
  /**
   * Nothing was taken. Of several reasons the one that lasts longest is told: a budget (the one that expires last), else a rate
   * (the one with the longest wait), else concurrency. `index` is the place in the claim's list.
   */
  | {
      readonly outcome: "refused";
      readonly by: "rate" | "concurrency" | "budget";
      readonly index: number;
      /** For a rate: when it would be let in. */
      readonly retryAfterMs?: number;
      readonly rates: readonly RateStanding[];
      /** Empty where any of them is unknown. */
      readonly budgets: readonly BudgetStanding[];
    }
  /** Nothing else refuses, and these counters are not known here: `fill` them and ask again. Nothing was taken. */
  | { readonly outcome: "unfilled"; readonly counters: readonly string[] };

export interface Settled {
  readonly id: string;
  readonly now: number;
  /** By bucket, for those whose real amount differs from what was held (tokens). */
  readonly rates: readonly { readonly bucket: string; readonly amount: number }[];
  /** Taken from every budget of the hold. */
  readonly costNano: number;
}

export interface Spending {
  readonly id: string;
  readonly now: number;
  readonly counters: readonly string[];
  readonly costNano: number;
}

export interface Unfilled {
  readonly counter: string;
  readonly expiresAt: number;
  /** What the ledger says, with all that this process has settled before. */
  readonly read: () => Promise<number>;
}
