import { CompiledQuery, type Kysely } from "kysely";
import { explainFailure, StoreError } from "../errors.ts";
import { postgresSchema } from "../migrate.ts";
import type { Database, Schema } from "../schema.ts";
import { dailyChanges, dailyKeyColumns, dailySumColumns } from "./daily.ts";
import { dayOf } from "./days.ts";
import type { LedgerStore } from "./ledger-rows.ts";
import { type BatchEntry, mayBecome, mergeEntries } from "./merge.ts";
import {
  attemptColumns,
  attemptValues,
  type EndedEntry,
  requestColumns,
  requestValues,
  settlementColumns,
  settlementValues,
} from "./rows.ts";
import type { Value } from "./values.ts";

// Rows travel as one parameter, a JSON array of arrays: one statement for a table, whatever the size of the batch. Nothing is
// prepared by name, for a pooler in between may give the next transaction another connection.

type Columns = readonly (readonly [name: string, type: "text" | "number"])[];

const dailyColumns: Columns = [
  ...dailyKeyColumns.map((name) => [name, "text"] as const),
  ...dailySumColumns.map((name) => [name, "number"] as const),
];

const finishColumns: Columns = [["id", "text"], ["day", "text"], ...settlementColumns];

const table = (name: string) => `${postgresSchema}.${name}`;

function namesOf(columns: Columns): string {
  return columns.map(([name]) => name).join(", ");
}

function fieldsOf(columns: Columns): string {
  return columns
    .map(([name, type], index) => `(e->>${index})${type === "number" ? "::bigint" : ""} as ${name}`)
    .join(", ");
}

function insertInto(name: string, columns: Columns): string {
  return `insert into ${table(name)} (${namesOf(columns)}) select ${fieldsOf(columns)} from jsonb_array_elements($1::jsonb) as e`;
}

const insertRequests = `${insertInto("requests", requestColumns)} order by e->>0 on conflict (id, day) do nothing returning id`;

const lockRequests = `select id, state, cost_nano from ${table("requests")}
  where id = any($1::text[]) and day = any($2::text[]) order by id for update`;

const finishRequests = `update ${table("requests")} as r
  set ${settlementColumns.map(([name]) => `${name} = v.${name}`).join(", ")}
  from (select ${fieldsOf(finishColumns)} from jsonb_array_elements($1::jsonb) as e) as v
  where r.id = v.id and r.day = v.day and r.day = any($2::text[])`;

const insertAttempts = `${insertInto("attempts", attemptColumns)} on conflict (request_id, day, position) do nothing`;

const addDaily = `${insertInto("daily_usage", dailyColumns)} order by ${dailyKeyColumns.map((_, index) => index + 1).join(", ")}
  on conflict (${dailyKeyColumns.join(", ")}) do update
  set ${dailySumColumns.map((name) => `${name} = daily_usage.${name} + excluded.${name}`).join(", ")}`;

interface LockedRow {
  readonly id: string;
  readonly state: string;
  readonly cost_nano: number;
}

export function postgresWrite({ db, place }: Database): LedgerStore["write"] {
  return async (entries, instance) => {
    const batch = mergeEntries(entries);
    if (batch.length === 0) return;
    try {
      await db
        .transaction()
        .setIsolationLevel("read committed")
        .execute((trx) => write(trx, batch, instance));
    } catch (error) {
      throw new StoreError(isRefusal(error) ? "invalid" : "unavailable", `${place}: ${explainFailure(error)}.`);
    }
  };
}

async function write(trx: Kysely<Schema>, batch: readonly BatchEntry[], instance: string): Promise<void> {
  const rows = batch.map(({ entry, end }) => requestValues(entry, end, instance));
  const inserted = new Set(
    (await run<{ id: string }>(trx, insertRequests, [JSON.stringify(rows)])).map(({ id }) => id),
  );
  const changes = dailyChanges();
  const ends: EndedEntry[] = [];
  const known: EndedEntry[] = [];
  for (const { end } of batch) if (end !== undefined) (inserted.has(end.admission.id) ? ends : known).push(end);
  if (known.length > 0) ends.push(...(await finish(trx, known, changes)));
  const attempts: (readonly Value[])[] = [];
  for (const end of ends) {
    changes.addEnded(end);
    end.attempts.forEach((attempt, position) => {
      attempts.push(attemptValues(end.admission, position, attempt));
    });
  }
  if (attempts.length > 0) await run(trx, insertAttempts, [JSON.stringify(attempts)]);
  const daily = changes.rows();
  if (daily.length > 0) await run(trx, addDaily, [JSON.stringify(daily)]);
}

/** Those of them that were not final yet, and are now. */
async function finish(
  trx: Kysely<Schema>,
  ends: readonly EndedEntry[],
  changes: ReturnType<typeof dailyChanges>,
): Promise<readonly EndedEntry[]> {
  const ids = ends.map(({ admission }) => admission.id);
  const days = [...new Set(ends.map(({ admission }) => dayOf(admission.at)))];
  const found = new Map((await run<LockedRow>(trx, lockRequests, [ids, days])).map((row) => [row.id, row]));
  const open = ends.filter((end) => {
    const row = found.get(end.admission.id);
    if (row === undefined || !mayBecome(row.state, end)) return false;
    if (row.state === "unknown") changes.removeUnknown(end.admission, row.cost_nano);
    return true;
  });
  const rows = open.map((end) => [end.admission.id, dayOf(end.admission.at), ...settlementValues(end)]);
  if (rows.length > 0) await run(trx, finishRequests, [JSON.stringify(rows), days]);
  return open;
}

export async function run<Row>(db: Kysely<Schema>, text: string, parameters: readonly unknown[]): Promise<Row[]> {
  return (await db.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))).rows;
}

/** Data exceptions and broken constraints. https://www.postgresql.org/docs/15/errcodes-appendix.html */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^2[23]/.test(error.code);
}
