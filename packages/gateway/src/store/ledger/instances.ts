import { type Selectable, sql } from "kysely";
import { surfaceDialects } from "../../config/quirks.ts";
import { StoreError } from "../errors.ts";
import type { Database } from "../schema.ts";
import type { Admission } from "./ledger-rows.ts";
import type { RequestsTable } from "./tables.ts";

/** Whoever has not been heard of for so long is taken for dead. If it lives after all, its settlements still count. */
const SILENT_MS = 5 * 60_000;
/** Then nothing of it is left to be asked for. */
const FORGOTTEN_MS = 7 * 86_400_000;

/** The database's own clock: those of several machines differ. */
const nowOf = {
  sqlite: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
  postgres: sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
};

export async function beat({ db, kind }: Database, instance: string): Promise<void> {
  await db
    .insertInto("ledger_instances")
    .values({ id: instance, seen_at: nowOf[kind] })
    .onConflict((row) => row.column("id").doUpdateSet({ seen_at: nowOf[kind] }))
    .execute();
}

export async function leave({ db, kind }: Database, instance: string): Promise<void> {
  await db
    .deleteFrom("ledger_instances")
    .where((row) =>
      row.or([row("id", "=", instance), row("seen_at", "<", sql<number>`${nowOf[kind]} - ${FORGOTTEN_MS}`)]),
    )
    .execute();
}

export async function abandoned(
  { db, kind }: Database,
  instance: string,
  limit: number,
): Promise<readonly Admission[]> {
  let left = db
    .selectFrom("requests")
    .selectAll()
    .where("state", "=", "admitted")
    .where((row) => row.or([row("instance", "is", null), row("instance", "<>", instance)]))
    .orderBy("at")
    .limit(limit);
  // SQLite's folder belongs to one process: whoever else has written there is no more.
  if (kind === "postgres") {
    left = left.where((row) => {
      const alive = row
        .selectFrom("ledger_instances")
        .select("ledger_instances.id")
        .whereRef("ledger_instances.id", "=", "requests.instance")
        .where("ledger_instances.seen_at", ">", sql<number>`${nowOf[kind]} - ${SILENT_MS}`);
      return row.not(row.exists(alive));
    });
  }
  return (await left.execute()).map(admissionOf);
}

function admissionOf(row: Selectable<RequestsTable>): Admission {
  const dialect = surfaceDialects.find((known) => known === row.dialect);
  if (dialect === undefined) throw new StoreError("corrupt", `The request ${row.id} has no dialect that is known.`);
  return {
    id: row.id,
    at: row.at,
    key: row.key_id,
    ...(row.team_id === null ? {} : { team: row.team_id }),
    ...(row.org_id === null ? {} : { org: row.org_id }),
    ...(row.session === null ? {} : { session: row.session }),
    ...(row.agent === null ? {} : { agent: row.agent }),
    ...(row.parent_agent === null ? {} : { parentAgent: row.parent_agent }),
    dialect,
    operation: row.operation,
    model: row.model,
    ...(row.router === null ? {} : { router: row.router }),
    stream: row.stream === 1,
    reservedNano: row.reserved_nano,
  };
}
