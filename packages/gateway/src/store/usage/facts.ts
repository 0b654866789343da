import { type RawBuilder, sql } from "kysely";
import type { Database } from "../schema.ts";
import {
  and,
  attemptColumns,
  conditions,
  type FilterColumns,
  finishedWithin,
  orEmpty,
  requestColumns,
} from "./conditions.ts";
import { sourcesOf, type UsageQuery, type UsageRange } from "./usage-query.ts";

type Filtered = Omit<UsageQuery, "limit">;

/**
 * One row for each thing that adds to the sums, whatever table it comes from: counts stand at the provider and model that answered,
 * tokens and money where they were spent. Undefined: the range is empty.
 */
export function factsOf(database: Database, query: Filtered) {
  const { days, rows } = sourcesOf(query);
  const [first, ...others] = rows.map((range) => rowFacts(database, range, query));
  const daily = days === undefined ? undefined : dailyFacts(database, days, query);
  if (first === undefined) return daily?.as("f");
  const all = others.reduce((union, next) => union.unionAll(next), first);
  return (daily === undefined ? all : all.unionAll(daily)).as("f");
}

/** Where a request's counts, tokens and money may stand at different providers, attempts must be read too. */
function rowFacts(database: Database, range: UsageRange, query: Filtered) {
  const { filters, groupBy } = query;
  const byPlace =
    filters?.provider !== undefined ||
    filters?.model !== undefined ||
    groupBy.some((of) => of === "provider" || of === "model");
  const requests = requestFacts(database, range, { query, spent: !byPlace });
  return byPlace ? requests.unionAll(attemptFacts(database, range, query)) : requests;
}

interface RequestFacts {
  readonly query: Filtered;
  /** With what all attempts of a request have used; else only with what no attempt accounts for. */
  readonly spent: boolean;
}

function requestFacts(database: Database, range: UsageRange, { query, spent }: RequestFacts) {
  const used = (column: string) =>
    spent ? sql<number>`${sql.ref(column)}` : sql<number>`case when r.attempts = 0 then ${sql.ref(column)} else 0 end`;
  const inState = (state: string) => sql<number>`case when r.state = ${sql.lit(state)} then 1 else 0 end`;
  return database.db
    .selectFrom("requests as r")
    .where(and([...finishedWithin(range, database.kind), ...conditions(requestColumns, query)]))
    .select([
      ...ownerColumns(),
      orEmpty("r.provider").as("provider"),
      orEmpty("r.target_model").as("model"),
      sql<number>`1`.as("requests"),
      inState("failed").as("failed"),
      inState("cancelled").as("cancelled"),
      inState("unknown").as("unknown"),
      sql<number>`r.unpriced`.as("unpriced"),
      (spent ? sql<number>`r.attempts` : sql<number>`0`).as("attempts"),
      used("r.input_tokens").as("input_tokens"),
      used("r.cache_read_tokens").as("cache_read_tokens"),
      used("r.cache_write_tokens").as("cache_write_tokens"),
      used("r.output_tokens").as("output_tokens"),
      used("r.reasoning_tokens").as("reasoning_tokens"),
      used("r.cost_nano").as("cost_nano"),
      orZero("r.duration_ms").as("duration_ms"),
      sql<number>`case when r.state = 'unknown' then 0 else coalesce(r.first_token_ms, 0) end`.as("first_token_ms"),
      sql<number>`case when r.first_token_ms is null or r.state = 'unknown' then 0 else 1 end`.as("first_tokens"),
      sql<number>`case when r.cache in ('hit-exact', 'hit-normalised', 'hit-semantic') then 1 else 0 end`.as(
        "cache_hits",
      ),
      sql<number>`case when r.cache = 'miss' then 1 else 0 end`.as("cache_misses"),
      orZero("r.saved_cache_nano").as("saved_cache_nano"),
      orZero("r.saved_compression_nano").as("saved_compression_nano"),
      orZero("r.saved_routing_nano").as("saved_routing_nano"),
      sql<number>`r.savings_unpriced`.as("savings_unpriced"),
    ]);
}

function attemptFacts(database: Database, range: UsageRange, query: Filtered) {
  const none = sql<number>`0`;
  return database.db
    .selectFrom("requests as r")
    .innerJoin("attempts as a", (join) => join.onRef("a.day", "=", "r.day").onRef("a.request_id", "=", "r.id"))
    .where(and([...finishedWithin(range, database.kind), ...conditions(attemptColumns, query)]))
    .select([
      ...ownerColumns(),
      sql<string>`a.provider`.as("provider"),
      sql<string>`a.model`.as("model"),
      none.as("requests"),
      none.as("failed"),
      none.as("cancelled"),
      none.as("unknown"),
      none.as("unpriced"),
      sql<number>`1`.as("attempts"),
      orZero("a.input_tokens").as("input_tokens"),
      orZero("a.cache_read_tokens").as("cache_read_tokens"),
      sql<number>`coalesce(a.cache_write_5m_tokens, 0) + coalesce(a.cache_write_1h_tokens, 0)`.as("cache_write_tokens"),
      orZero("a.output_tokens").as("output_tokens"),
      orZero("a.reasoning_tokens").as("reasoning_tokens"),
      orZero("a.cost_nano").as("cost_nano"),
      none.as("duration_ms"),
      none.as("first_token_ms"),
      none.as("first_tokens"),
      none.as("cache_hits"),
      none.as("cache_misses"),
      none.as("saved_cache_nano"),
      none.as("saved_compression_nano"),
      none.as("saved_routing_nano"),
      none.as("savings_unpriced"),
    ]);
}

function dailyFacts(database: Database, days: { readonly first: string; readonly last: string }, query: Filtered) {
  const column = (name: string) => sql<number>`${sql.ref(`d.${name}`)}`;
  return database.db
    .selectFrom("daily_usage as d")
    .where("d.day", ">=", days.first)
    .where("d.day", "<=", days.last)
    .where(and(conditions(dailyColumns, query)))
    .select([
      sql<string>`d.key_id`.as("key"),
      sql<string>`d.team_id`.as("team"),
      sql<string>`d.org_id`.as("org"),
      sql<string>`d.router`.as("router"),
      sql<string>`''`.as("session"),
      sql<string>`d.day`.as("day"),
      sql<number>`0`.as("hour"),
      sql<string>`d.provider`.as("provider"),
      sql<string>`d.model`.as("model"),
      column("requests").as("requests"),
      column("failed").as("failed"),
      column("cancelled").as("cancelled"),
      column("unknown").as("unknown"),
      column("unpriced").as("unpriced"),
      column("attempts").as("attempts"),
      column("input_tokens").as("input_tokens"),
      column("cache_read_tokens").as("cache_read_tokens"),
      sql<number>`d.cache_write_5m_tokens + d.cache_write_1h_tokens`.as("cache_write_tokens"),
      column("output_tokens").as("output_tokens"),
      column("reasoning_tokens").as("reasoning_tokens"),
      column("cost_nano").as("cost_nano"),
      column("duration_ms").as("duration_ms"),
      column("first_token_ms").as("first_token_ms"),
      column("first_tokens").as("first_tokens"),
      column("cache_hits").as("cache_hits"),
      column("cache_misses").as("cache_misses"),
      column("saved_cache_nano").as("saved_cache_nano"),
      column("saved_compression_nano").as("saved_compression_nano"),
      column("saved_routing_nano").as("saved_routing_nano"),
      column("savings_unpriced").as("savings_unpriced"),
    ]);
}

function ownerColumns() {
  return [
    sql<string>`r.key_id`.as("key"),
    orEmpty("r.team_id").as("team"),
    orEmpty("r.org_id").as("org"),
    orEmpty("r.router").as("router"),
    orEmpty("r.session").as("session"),
    sql<string>`r.day`.as("day"),
    sql<number>`r.at / 3600000`.as("hour"),
  ] as const;
}

const dailyColumns: FilterColumns = {
  key: sql<string>`d.key_id`,
  team: sql<string>`d.team_id`,
  org: sql<string>`d.org_id`,
  router: sql<string>`d.router`,
  session: sql<string>`''`,
  state: sql<string>`''`,
  provider: sql<string>`d.provider`,
  model: sql<string>`d.model`,
};

function orZero(column: string): RawBuilder<number> {
  return sql<number>`coalesce(${sql.ref(column)}, 0)`;
}
