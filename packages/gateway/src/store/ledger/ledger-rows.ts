import type { SurfaceDialect } from "../../config/quirks.ts";

/**
 * `admitted` while it runs; then `settled` (answered), `cancelled` (the client went away), `failed`, or `unknown`: the process died
 * before it could say, and the cost is the reservation's.
 */
export type RequestState = "admitted" | "settled" | "cancelled" | "failed" | "unknown";

/** Disjoint counts of tokens, and of what is billed by the piece; absent: the upstream did not say. */
export interface TokenCounts {
  readonly inputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly outputTokens?: number;
  /** Part of the output. */
  readonly reasoningTokens?: number;
  /** Parts of the input and of the output. */
  readonly audioInputTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageInputTokens?: number;
  readonly imageOutputTokens?: number;
  /** Parts of what was read from a cache. */
  readonly audioCacheReadTokens?: number;
  readonly imageCacheReadTokens?: number;
  readonly webSearches?: number;
  readonly images?: number;
  readonly audioSeconds?: number;
  readonly characters?: number;
  readonly searchUnits?: number;
  /** What the vendor may bill besides. */
  readonly otherCharges?: number;
}

/** A request from the moment that it is let in. */
export interface Admission {
  /** UUIDv7: its first 48 bits are the time. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Ids. */
  readonly key: string;
  readonly team?: string;
  readonly org?: string;
  /** The conversation, as the client names it; never more than 200 characters. */
  readonly session?: string;
  /** Claude Code's sub-agent, and the one that started it. */
  readonly agent?: string;
  readonly parentAgent?: string;
  readonly dialect: SurfaceDialect;
  readonly operation: string;
  /** What the client asked for; never more than 200 characters. */
  readonly model: string;
  readonly router?: string;
  readonly stream: boolean;
  /** Held for it, in nano-dollars; what it counts as when nobody learns what it cost. */
  readonly reservedNano: number;
}

export interface AttemptRow {
  readonly provider: string;
  readonly model: string;
  readonly credential?: string;
  /** The egress dialect, or the API where it is no conversation. */
  readonly dialect: string;
  readonly lane: "passthrough" | "translate";
  /** Milliseconds after the request's own `at`. */
  readonly startedAfterMs: number;
  readonly durationMs: number;
  readonly firstTokenMs?: number;
  readonly error?: string;
  readonly usage?: TokenCounts;
  /** The upstream did not say it all: counted here. */
  readonly estimated?: boolean;
  /** Absent with `unpriced`. */
  readonly costNano?: number;
  /** The id of the price that it was computed from. */
  readonly price?: string;
  /** Something was used whose price nobody knows. */
  readonly unpriced?: boolean;
  readonly serviceTier?: string;
}

export const cacheStatuses = ["hit-exact", "hit-normalised", "hit-semantic", "miss", "bypass"] as const;

/** What the response cache did for a request. */
export type CacheStatus = (typeof cacheStatuses)[number];

/** Who gave the answer that a cache has given again. */
export interface AnswerPlace {
  readonly provider: string;
  readonly model: string;
}

/**
 * By how much a request would have cost more without the gateway's features, net of what they cost: whole nano-dollars, below zero
 * where a feature cost more than it saved. Absent: it had no part in the request, or what would have been is not known (`unpriced`).
 */
export interface Savings {
  readonly cacheNano?: number;
  readonly compressionNano?: number;
  readonly routingNano?: number;
  /** Something of it has no known price. */
  readonly unpriced?: true;
}

/** How a request ended. */
export interface Settlement {
  readonly id: string;
  readonly state: Exclude<RequestState, "admitted">;
  readonly status: number;
  readonly error?: string;
  readonly finishReason?: string;
  /** Index of the attempt that answered. */
  readonly answeredBy?: number;
  readonly attempts: readonly AttemptRow[];
  /** The sum of all attempts. The store adds them up itself; `unknown` costs what was reserved, whatever stands here. */
  readonly costNano: number;
  readonly unpriced: boolean;
  readonly durationMs: number;
  readonly firstTokenMs?: number;
  /** Of the duration: the time in which no upstream was waited for. */
  readonly overheadMs: number;
  /** Names of what the answering upstream could not be told. */
  readonly dropped: readonly string[];
  /** Absent: no cache was asked. */
  readonly cache?: CacheStatus;
  /** With a hit. */
  readonly answeredFrom?: AnswerPlace;
  readonly savings?: Savings;
}

export interface LedgerEntry {
  readonly admission: Admission;
  /** Absent: it still runs. */
  readonly settlement?: Settlement;
}

/** The database's side of the ledger. Every method throws StoreError when the database does not do its part. */
export interface LedgerStore {
  /**
   * Writes them all or none, in one transaction, admitted by that process. An entry that is there already as finished stays as
   * it is; an `admitted` or `unknown` one is finished by a settlement. Daily totals move by exactly what changed. Throws
   * StoreError: `invalid` where the database refuses what is in the entries, and would again.
   */
  write(entries: readonly LedgerEntry[], instance: string): Promise<void>;
  /** What was written so far survives a loss of power, as far as the database's own settings promise it. */
  sync(): Promise<void>;
  /** That process lives. Said again and again: whoever is silent for some minutes is taken for dead. */
  beat(instance: string): Promise<void>;
  /** That process has ended, and whatever it left admitted is abandoned. */
  leave(instance: string): Promise<void>;
  /** Still admitted, by processes other than that one which are no more; at most `limit`. */
  abandoned(instance: string, limit: number): Promise<readonly Admission[]>;
  /**
   * What counts against a budget: the costs of all requests of that owner since then (ms since 1970), `unknown` ones at their
   * reservation. Owners that are an org, a team or a key are known for as long as daily totals are kept, others as long as rows.
   */
  spentNano(owner: SpendOwner, since: number): Promise<number>;
  /** Makes room for the days around that time (PostgreSQL's partitions). */
  prepare(now: number): Promise<void>;
  /** Removes some of what is older: a few rows, or one partition. False: nothing was left to remove. */
  expire(before: { readonly requests: number; readonly daily: number }): Promise<boolean>;
  /** Prices the next few finished requests anew, in one transaction. */
  reprice(step: RepriceStep): Promise<Repriced>;
  close(): Promise<void>;
}

/** What an attempt used, and what it was taken to cost. */
export interface PricedAttempt {
  readonly provider: string;
  readonly model: string;
  /** When its request arrived, in milliseconds since 1970: it is priced as of then. */
  readonly at: number;
  readonly usage: TokenCounts;
  readonly serviceTier?: string;
  readonly costNano?: number;
  readonly price?: string;
  readonly unpriced: boolean;
}

export type NewCost = Pick<AttemptRow, "costNano" | "price" | "unpriced">;

export interface RepriceStep {
  /** Days of UTC, the first and the last. */
  readonly fromDay: string;
  readonly toDay: string;
  /** `next` of the step before; absent: at the beginning. */
  readonly after?: string;
  /** Absent: the attempt keeps the cost that it has. */
  readonly priceFor: (attempt: PricedAttempt) => NewCost | undefined;
  /** Nothing is changed. */
  readonly dryRun: boolean;
}

export interface Repriced {
  /** How many were looked at. */
  readonly requests: number;
  /** All of theirs that used something; `after` is absent where an attempt keeps the cost that it has. */
  readonly attempts: readonly { readonly before: PricedAttempt; readonly after?: NewCost }[];
  /** Absent: it was the last. */
  readonly next?: string;
}

export interface SpendOwner {
  readonly kind: "org" | "team" | "key" | "session" | "agent";
  /** Of the org, team or key. */
  readonly id: string;
  /** Where `kind` is `session` or `agent`: of that key. */
  readonly session?: string;
  readonly agent?: string;
}
