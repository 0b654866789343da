import { type Kysely, sql } from "kysely";
import { type Migration as KyselyMigration, Migrator } from "kysely/migration";
import { explainFailure, StoreError } from "./errors.ts";
import { migrations } from "./migrations/all.ts";
import type { ColumnTypes, Migration } from "./migrations/migration.ts";
import type { Database, StoreKind } from "./schema.ts";

/** The schema of PostgreSQL that holds every table: the database may be one that others use too. */
export const postgresSchema = "signalbox";

const columnTypes: { readonly [kind in StoreKind]: ColumnTypes } = {
  sqlite: { kind: "sqlite", bigint: sql`integer`, exactText: sql`text`, bytes: sql`blob` },
  // The order of any other collation changes with the operating system, and an index over it breaks:
  // https://wiki.postgresql.org/wiki/Locale_data_changes
  postgres: { kind: "postgres", bigint: sql`bigint`, exactText: sql`text collate "C"`, bytes: sql`bytea` },
};

/**
 * Brings the tables to this version's. All that is missing is done in one transaction, and of several processes one
 * does it while the others wait. Throws StoreError; then nothing has changed.
 */
export async function migrate(
  { db, kind, place }: Database,
  all: ReadonlyMap<string, Migration> = migrations,
): Promise<void> {
  const schema = kind === "postgres" ? { migrationTableSchema: postgresSchema } : {};
  const provider = { getMigrations: async () => Object.fromEntries(prepare(all, kind)) };
  try {
    await db.transaction().execute(async (trx) => {
      // Kysely takes this lock only after it has made its own tables, which is too late for two that start at once.
      await trx.getExecutor().adapter.acquireMigrationLock(trx, { lockTable: "", lockRowId: "" });
      const { error } = await new Migrator({ db: trx, provider, ...schema }).migrateToLatest();
      if (error !== undefined) throw error;
    });
  } catch (error) {
    throw migrationError(place, error);
  }
}

/**
 * For whoever opens the database beside a gateway that may be running: changes nothing, and throws StoreError unless the tables are
 * exactly this version's.
 */
export async function expectMigrated(
  { db, kind, place }: Database,
  all: ReadonlyMap<string, Migration> = migrations,
): Promise<void> {
  const done = await executed({ db, kind }).catch((error: unknown) => {
    throw new StoreError("unavailable", `${place} cannot be used: ${explainFailure(error)}.`);
  });
  if (done.length === 0) throw new StoreError("unavailable", `${place} has no tables yet. Start Signalbox there once.`);
  const later = done.find((name) => !all.has(name));
  if (later !== undefined) throw newerVersion(place, later);
  if (done.length === all.size) return;
  throw new StoreError(
    "unavailable",
    `${place} was written by an older version of Signalbox. Start this one there once: that brings it up to date.`,
  );
}

async function executed({ db, kind }: Pick<Database, "db" | "kind">): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const table = tables.find(
    ({ name, schema }) => name === "kysely_migration" && (kind === "sqlite" || schema === postgresSchema),
  );
  if (table === undefined) return [];
  const written = kind === "sqlite" ? sql.id(table.name) : sql.id(postgresSchema, table.name);
  const { rows } = await sql<{ readonly name: string }>`select name from ${written} order by name`.execute(db);
  return rows.map(({ name }) => name);
}

function* prepare(all: ReadonlyMap<string, Migration>, kind: StoreKind): Generator<[string, KyselyMigration]> {
  for (const [name, migration] of all) {
    yield [name, { up: (db: Kysely<unknown>) => migration(inSchema(db, kind), columnTypes[kind]) }];
  }
}

function inSchema(db: Kysely<unknown>, kind: StoreKind): Kysely<unknown> {
  return kind === "postgres" ? db.withSchema(postgresSchema) : db;
}

function migrationError(place: string, error: unknown): StoreError {
  const why = explainFailure(error);
  const unknown = /previously executed migration (\S+) is missing/.exec(why)?.[1];
  if (unknown === undefined) return new StoreError("unavailable", `${place} cannot be used: ${why}.`);
  return newerVersion(place, unknown);
}

function newerVersion(place: string, migration: string): StoreError {
  return new StoreError(
    "unavailable",
    `${place} was written by a newer version of Signalbox (it has "${migration}"). Start that version, or a newer one.`,
  );
}
