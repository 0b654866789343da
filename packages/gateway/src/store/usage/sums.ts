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

/** As text: a sum of money may be beyond what a float holds exactly, and both drivers make floats of numbers. */
const exactSum = (column: string) => sql<string>`cast(coalesce(sum(${sql.ref(`f.${column}`)}), 0) as text)`;

const sums = [
  exactSum("requests").as("requests"),
  exactSum("failed").as("failed"),
  exactSum("cancelled").as("cancelled"),
  exactSum("unknown").as("unknown"),
  exactSum("unpriced").as("unpriced"),
  exactSum("attempts").as("attempts"),
  exactSum("input_tokens").as("input_tokens"),
  exactSum("cache_read_tokens").as("cache_read_tokens"),
  exactSum("cache_write_tokens").as("cache_write_tokens"),
  exactSum("output_tokens").as("output_tokens"),
  exactSum("reasoning_tokens").as("reasoning_tokens"),
  exactSum("cost_nano").as("cost_nano"),
  exactSum("duration_ms").as("duration_ms"),
  exactSum("first_token_ms").as("first_token_ms"),
  exactSum("first_tokens").as("first_tokens"),
] as const;

type SumColumn =
  | "requests"
  | "failed"
  | "cancelled"
  | "unknown"
  | "unpriced"
  | "attempts"
  | "input_tokens"
  | "cache_read_tokens"
  | "cache_write_tokens"
  | "output_tokens"
  | "reasoning_tokens"
  | "cost_nano"
  | "duration_ms"
  | "first_token_ms"
  | "first_tokens";

function toSums(row: Readonly<Partial<Record<SumColumn, string>>>): UsageSums {
  return {
    requests: Number(row.requests ?? 0),
    failed: Number(row.failed ?? 0),
    cancelled: Number(row.cancelled ?? 0),
    unknown: Number(row.unknown ?? 0),
    unpriced: Number(row.unpriced ?? 0),
    attempts: Number(row.attempts ?? 0),
    inputTokens: Number(row.input_tokens ?? 0),
    cacheReadTokens: Number(row.cache_read_tokens ?? 0),
    cacheWriteTokens: Number(row.cache_write_tokens ?? 0),
    outputTokens: Number(row.output_tokens ?? 0),
    reasoningTokens: Number(row.reasoning_tokens ?? 0),
    costNano: BigInt(row.cost_nano ?? 0),
    durationMs: Number(row.duration_ms ?? 0),
    firstTokenMs: Number(row.first_token_ms ?? 0),
    firstTokens: Number(row.first_tokens ?? 0),
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
