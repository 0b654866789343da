import { sql } from "kysely";
import type { Database } from "../schema.ts";
import { factsOf } from "./facts.ts";
import type { UsageDimension, UsageGroup, UsageQuery, UsageSelection, UsageSeries, UsageSums } from "./usage-query.ts";

/** What was used in all. */
export async function readTotals(database: Database, selection: UsageSelection): Promise<UsageSums> {
  const facts = factsOf(database, { ...selection, groupBy: [] });
  const row = await (facts === undefined ? undefined : database.db.selectFrom(facts).select(sums).executeTakeFirst());
  return toSums(row ?? {});
}

/** The same by one or more dimensions. */
export async function readSeries(database: Database, query: UsageQuery): Promise<UsageSeries> {
  const { groupBy, limit } = query;
  const facts = factsOf(database, query);
  if (facts === undefined || groupBy.length === 0) return { groups: [], truncated: false };
  const columns = [...new Set(groupBy)];
  const times = columns.filter((of) => of === "day" || of === "hour");
  const others = columns.filter((of) => of !== "day" && of !== "hour");
  let grouped = database.db.selectFrom(facts).select(columns).select(sums).groupBy(columns);
  for (const time of times) grouped = grouped.orderBy(time);
  // What of the numbers of the sums is exact is text by now, whose order is another one.
  grouped = grouped.orderBy(sql`sum(f.cost_nano)`, "desc");
  for (const other of others) grouped = grouped.orderBy(other);
  const rows = await grouped.limit(limit + 1).execute();
  const groups = rows.slice(0, limit).map((row) => ({ of: dimensionsOf(columns, row), ...toSums(row) }));
  return { groups, truncated: rows.length > limit };
}

const sumNames = [
  "requests",
  "failed",
  "cancelled",
  "unknown",
  "unpriced",
  "attempts",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "cost_nano",
  "duration_ms",
  "first_token_ms",
  "first_tokens",
  "cache_hits",
  "cache_misses",
  "saved_cache_nano",
  "saved_compression_nano",
  "saved_routing_nano",
  "savings_unpriced",
] as const;

type SumColumn = (typeof sumNames)[number];

/** As text: a sum of money may be beyond what a float holds exactly, and both drivers make floats of numbers. */
const exactSum = (name: SumColumn) => sql<string>`cast(coalesce(sum(${sql.ref(`f.${name}`)}), 0) as text)`.as(name);

const sums = sumNames.map(exactSum);

function toSums(row: Readonly<Partial<Record<SumColumn, string>>>): UsageSums {
  const count = (name: SumColumn): number => Number(row[name] ?? 0);
  const money = (name: SumColumn): bigint => BigInt(row[name] ?? 0);
  return {
    requests: count("requests"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    unknown: count("unknown"),
    unpriced: count("unpriced"),
    attempts: count("attempts"),
    inputTokens: count("input_tokens"),
    cacheReadTokens: count("cache_read_tokens"),
    cacheWriteTokens: count("cache_write_tokens"),
    outputTokens: count("output_tokens"),
    reasoningTokens: count("reasoning_tokens"),
    costNano: money("cost_nano"),
    durationMs: count("duration_ms"),
    firstTokenMs: count("first_token_ms"),
    firstTokens: count("first_tokens"),
    cacheHits: count("cache_hits"),
    cacheMisses: count("cache_misses"),
    savedCacheNano: money("saved_cache_nano"),
    savedCompressionNano: money("saved_compression_nano"),
    savedRoutingNano: money("saved_routing_nano"),
    savingsUnpriced: count("savings_unpriced"),
  };
}

const HOUR_MS = 3_600_000;

function dimensionsOf(
  columns: readonly UsageDimension[],
  row: Readonly<Partial<Record<UsageDimension, string | number>>>,
): UsageGroup["of"] {
  return Object.fromEntries(columns.map((of) => [of, of === "hour" ? hour(Number(row.hour)) : String(row[of] ?? "")]));
}

function hour(index: number): string {
  return new Date(index * HOUR_MS).toISOString().replace(".000Z", "Z");
}
