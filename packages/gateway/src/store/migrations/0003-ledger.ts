import { type Kysely, sql } from "kysely";
import type { ColumnTypes, Migration } from "./migration.ts";

type Columns = readonly (readonly [name: string, type: "text" | "number", null?: "null"])[];

const requests: Columns = [
  ["id", "text"],
  ["day", "text"],
  ["at", "number"],
  ["key_id", "text"],
  ["team_id", "text", "null"],
  ["org_id", "text", "null"],
  ["session", "text", "null"],
  ["agent", "text", "null"],
  ["parent_agent", "text", "null"],
  ["dialect", "text"],
  ["operation", "text"],
  ["model", "text"],
  ["router", "text", "null"],
  ["stream", "number"],
  ["state", "text"],
  ["reserved_nano", "number"],
  ["status", "number", "null"],
  ["error", "text", "null"],
  ["finish_reason", "text", "null"],
  ["provider", "text", "null"],
  ["target_model", "text", "null"],
  ["attempts", "number"],
  ["input_tokens", "number"],
  ["cache_read_tokens", "number"],
  ["cache_write_tokens", "number"],
  ["output_tokens", "number"],
  ["reasoning_tokens", "number"],
  ["cost_nano", "number"],
  ["unpriced", "number"],
  ["duration_ms", "number", "null"],
  ["first_token_ms", "number", "null"],
  ["overhead_ms", "number", "null"],
  ["dropped", "text", "null"],
  ["cache", "text", "null"],
  ["saved_cache_nano", "number", "null"],
  ["saved_compression_nano", "number", "null"],
  ["saved_routing_nano", "number", "null"],
  ["savings_unpriced", "number"],
  ["instance", "text", "null"],
];

const attempts: Columns = [
  ["request_id", "text"],
  ["day", "text"],
  ["position", "number"],
  ["provider", "text"],
  ["model", "text"],
  ["credential", "text", "null"],
  ["dialect", "text"],
  ["lane", "text"],
  ["started_after_ms", "number"],
  ["duration_ms", "number"],
  ["first_token_ms", "number", "null"],
  ["error", "text", "null"],
  ["input_tokens", "number", "null"],
  ["cache_read_tokens", "number", "null"],
  ["cache_write_5m_tokens", "number", "null"],
  ["cache_write_1h_tokens", "number", "null"],
  ["output_tokens", "number", "null"],
  ["reasoning_tokens", "number", "null"],
  ["audio_input_tokens", "number", "null"],
  ["audio_output_tokens", "number", "null"],
  ["image_input_tokens", "number", "null"],
  ["image_output_tokens", "number", "null"],
  ["web_searches", "number", "null"],
  ["audio_cache_read_tokens", "number", "null"],
  ["image_cache_read_tokens", "number", "null"],
  ["images", "number", "null"],
  ["audio_seconds", "number", "null"],
  ["characters", "number", "null"],
  ["search_units", "number", "null"],
  ["other_charges", "number", "null"],
  ["estimated", "number"],
  ["cost_nano", "number", "null"],
  ["price", "text", "null"],
  ["unpriced", "number"],
  ["service_tier", "text", "null"],
];

const dailyOwner = ["day", "org_id", "team_id", "key_id", "router", "provider", "model"] as const;

const dailySums = [
  "requests",
  "failed",
  "cancelled",
  "unknown",
  "attempts",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
  "cost_nano",
  "unpriced",
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

const daily: Columns = [
  ...dailyOwner.map((name) => [name, "text"] as const),
  ...dailySums.map((name) => [name, "number"] as const),
];

const instances: Columns = [
  ["id", "text"],
  ["seen_at", "number"],
];

interface TableShape {
  readonly columns: Columns;
  readonly primaryKey: readonly string[];
  /** What follows the columns. */
  readonly end: string;
}

export const createLedger: Migration = async (db, types) => {
  const byDay = types.kind === "postgres";
  const split = byDay ? "partition by range (day)" : "strict";
  const clustered = byDay ? split : "strict, without rowid";
  // SQLite needs no day to find a request, and a shorter key makes a smaller index.
  await createTable(db, "requests", {
    types,
    shape: { columns: requests, primaryKey: byDay ? ["id", "day"] : ["id"], end: split },
  });
  await createTable(db, "attempts", {
    types,
    shape: {
      columns: attempts,
      primaryKey: byDay ? ["request_id", "day", "position"] : ["request_id", "position"],
      end: clustered,
    },
  });
  // Rows whose totals change again and again find room on their own page: https://www.postgresql.org/docs/15/storage-hot.html
  const keptSums = byDay ? "with (fillfactor = 70)" : "strict, without rowid";
  await createTable(db, "daily_usage", {
    types,
    shape: { columns: daily, primaryKey: dailyOwner, end: keptSums },
  });
  await createTable(db, "ledger_instances", {
    types,
    shape: { columns: instances, primaryKey: ["id"], end: byDay ? "" : "strict, without rowid" },
  });
  if (byDay) {
    // What belongs to no day's own partition: a clock that is far off, or a day whose partition could not be made in time.
    for (const name of ["requests", "attempts"]) {
      const rest = tableOf(`${name}_other`, types);
      await sql`create table ${rest} partition of ${tableOf(name, types)} default`.execute(db);
    }
  }
  await createIndexes(db);
};

async function createTable(
  db: Kysely<unknown>,
  name: string,
  { types, shape }: { readonly types: ColumnTypes; readonly shape: TableShape },
): Promise<void> {
  const columns = shape.columns.map(([column, type, nullable]) => {
    const sqlType = type === "text" ? types.exactText : types.bigint;
    return sql`${sql.ref(column)} ${sqlType}${sql.raw(nullable === "null" ? "" : " not null")}`;
  });
  const key = sql.join(shape.primaryKey.map((column) => sql.ref(column)));
  await sql`create table ${tableOf(name, types)} (${sql.join(columns)}, primary key (${key})) ${sql.raw(shape.end)}`.execute(
    db,
  );
}

/** Kysely puts the schema before the names that it knows of, and not into SQL of one's own. */
function tableOf(name: string, { kind }: ColumnTypes) {
  return sql.table(kind === "postgres" ? `signalbox.${name}` : name);
}

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  const index = (name: string, on: string, columns: readonly string[]) =>
    db.schema
      .createIndex(name)
      .on(on)
      .columns([...columns]);
  await index("requests_by_key", "requests", ["key_id", "at"]).execute();
  await index("requests_by_session", "requests", ["session", "key_id", "at"])
    .where(sql.ref("session"), "is not", null)
    .execute();
  // Small at all times: those that run, and those whose process has died.
  await index("requests_admitted", "requests", ["at"]).where(sql.ref("state"), "=", sql.lit("admitted")).execute();
  for (const owner of ["key", "team", "org"]) {
    await index(`daily_usage_by_${owner}`, "daily_usage", [`${owner}_id`, "day"]).execute();
  }
}
