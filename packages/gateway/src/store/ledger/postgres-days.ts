import { sql } from "kysely";
import { postgresSchema } from "../migrate.ts";
import type { Database } from "../schema.ts";
import { DAY_MS, dayOf } from "./days.ts";
import type { LedgerStore } from "./ledger-rows.ts";
import { run } from "./postgres-write.ts";

/** Attempts first, so that none is ever without its request. */
const tables = ["attempts", "requests"] as const;

const daysAround = [-1, 0, 1, 2, 3];
const ROWS_A_STEP = 1000;

// Partitions are made and dropped under locks that stop the writers of that table. Who does not get them soon tries again later.
const lockTimeout = "set local lock_timeout = '2s'";

const partitionOf = (table: string, day: string) => `${postgresSchema}.${table}_${day.replaceAll("-", "")}`;

/** Makes the partitions of the days around that time which are missing. */
export async function prepareDays({ db }: Database, now: number): Promise<void> {
  const days = daysAround.map((offset) => dayOf(now + offset * DAY_MS));
  if ((await missingDays(db, days)).length === 0) return;
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('signalbox ledger days'))`.execute(trx);
    await sql.raw(lockTimeout).execute(trx);
    for (const day of await missingDays(trx, days)) {
      // A day whose rows stand among the others already stays there to its end.
      const rows = `select 1 from ${postgresSchema}.requests_other where day = $1
        union all select 1 from ${postgresSchema}.attempts_other where day = $1 limit 1`;
      if ((await run(trx, rows, [day])).length > 0) continue;
      const bounds = `from ('${day}') to ('${dayOf(Date.parse(day) + DAY_MS)}')`;
      for (const table of tables) {
        const parent = `${postgresSchema}.${table}`;
        await run(trx, `create table ${partitionOf(table, day)} partition of ${parent} for values ${bounds}`, []);
      }
    }
  });
}

async function missingDays(db: Database["db"], days: readonly string[]): Promise<readonly string[]> {
  // Not `to_regclass`, which may remember that there was none before another replica has made it.
  const text = `select day from unnest($1::text[]) as day where not exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = '${postgresSchema}' and c.relname = 'requests_' || replace(day, '-', ''))`;
  return (await run<{ day: string }>(db, text, [days])).map(({ day }) => day);
}

/** One partition, or some rows. */
export async function expireDays(
  { db }: Database,
  before: Parameters<LedgerStore["expire"]>[0],
): ReturnType<LedgerStore["expire"]> {
  const firstKept = dayOf(before.requests);
  const name = await oldestBefore(db, firstKept);
  if (name !== undefined) {
    await db.transaction().execute(async (trx) => {
      await sql.raw(lockTimeout).execute(trx);
      for (const table of tables) await run(trx, `drop table if exists ${partitionOf(table, name)}`, []);
    });
    return true;
  }
  let removed = 0;
  for (const table of tables) removed += await deleteSome(db, `${table}_other`, firstKept);
  removed += await deleteSome(db, "daily_usage", dayOf(before.daily));
  return removed > 0;
}

/** A day, as partitions are named: 20261121. */
async function oldestBefore(db: Database["db"], firstKept: string): Promise<string | undefined> {
  const rows = await run<{ day: string }>(
    db,
    `select substring(c.relname from '[0-9]{8}$') as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent in ('${postgresSchema}.requests'::regclass, '${postgresSchema}.attempts'::regclass)
     and c.relname ~ '^(requests|attempts)_[0-9]{8}$' and substring(c.relname from '[0-9]{8}$') < $1 order by 1 limit 1`,
    [firstKept.replaceAll("-", "")],
  );
  return rows[0]?.day;
}

async function deleteSome(db: Database["db"], table: string, firstKept: string): Promise<number> {
  const name = `${postgresSchema}.${table}`;
  const some = `select ctid from ${name} where day < $1 limit ${ROWS_A_STEP}`;
  return (await run(db, `delete from ${name} where ctid = any(array(${some})) returning 1`, [firstKept])).length;
}
