import type { RequestState } from "../ledger/ledger-rows.ts";

export const usageDimensions = ["key", "team", "org", "model", "provider", "router", "session", "day", "hour"] as const;

/** `provider` and `model` are those that answered (counts) or were paid (tokens, money). Days and hours are of UTC. */
export type UsageDimension = (typeof usageDimensions)[number];

/** Milliseconds since 1970: from then on, until just before. */
export interface UsageRange {
  readonly from: number;
  readonly to: number;
}

/** Whose requests may be seen at all; empty: everybody's. */
export interface UsageScope {
  readonly org?: string;
  readonly team?: string;
  readonly key?: string;
}

/** Any of the values that are listed; `""` is where there is none. */
export interface UsageFilters {
  readonly key?: readonly string[];
  readonly team?: readonly string[];
  readonly org?: readonly string[];
  readonly model?: readonly string[];
  readonly provider?: readonly string[];
  readonly router?: readonly string[];
  readonly session?: readonly string[];
  readonly state?: readonly RequestState[];
}

export interface UsageSelection extends UsageRange {
  readonly scope?: UsageScope;
  readonly filters?: UsageFilters;
}

export interface UsageQuery extends UsageSelection {
  readonly groupBy: readonly UsageDimension[];
  /** At most so many groups. */
  readonly limit: number;
}

/** Sums over finished requests. What still runs is in none of them. */
export interface UsageSums {
  readonly requests: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Nobody learnt how they ended: their cost is what was reserved for them. */
  readonly unknown: number;
  /** Something in them has no known price, so that the cost lacks it. */
  readonly unpriced: number;
  readonly attempts: number;
  /** Tokens are disjoint, but that reasoning is part of the output. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNano: bigint;
  readonly durationMs: number;
  readonly firstTokenMs: number;
  /** How many requests `firstTokenMs` is the sum of. */
  readonly firstTokens: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** Net, and below zero where a feature cost more than it saved. */
  readonly savedCacheNano: bigint;
  readonly savedCompressionNano: bigint;
  readonly savedRoutingNano: bigint;
  /** Something that was saved in them has no known price. */
  readonly savingsUnpriced: number;
}

export interface UsageGroup extends UsageSums {
  /** By the dimensions that were asked for: ids, names, `2026-11-21`, `2026-11-21T13:00:00Z`. `""` where there is none. */
  readonly of: Readonly<Partial<Record<UsageDimension, string>>>;
}

export interface UsageSeries {
  /** By time where a day or an hour is asked for, else the dearest first. */
  readonly groups: readonly UsageGroup[];
  /** There are more than the limit. */
  readonly truncated: boolean;
}

const DAY_MS = 86_400_000;

export interface Sources {
  /** First and last day that are read from the daily totals. */
  readonly days?: { readonly first: string; readonly last: string };
  /** What is read from the rows of single requests. */
  readonly rows: readonly UsageRange[];
}

/** Whole days are read from the daily totals where these can tell, the rest from the rows. */
export function sourcesOf(query: Omit<UsageQuery, "limit">): Sources {
  const { from, to, filters, groupBy } = query;
  if (from >= to) return { rows: [] };
  const needsRows =
    filters?.session !== undefined ||
    filters?.state !== undefined ||
    groupBy.some((of) => of === "session" || of === "hour");
  const first = Math.ceil(from / DAY_MS) * DAY_MS;
  const end = Math.floor(to / DAY_MS) * DAY_MS;
  if (needsRows || first >= end) return { rows: [{ from, to }] };
  const ends = [
    { from, to: first },
    { from: end, to },
  ];
  return { days: { first: dayOf(first), last: dayOf(end - 1) }, rows: ends.filter((range) => range.from < range.to) };
}

/** `2026-11-21`, of UTC. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
