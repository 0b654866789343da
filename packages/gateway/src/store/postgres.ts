import { Kysely, PostgresAdapter, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Secret } from "../config/secret.ts";
import { explainFailure, StoreError } from "./errors.ts";
import { expectMigrated, migrate, postgresSchema } from "./migrate.ts";
import type { Database, Schema } from "./schema.ts";

const connectTimeoutMs = 5000;
/** The client's own clock and not `statement_timeout`, which poolers like pgbouncer refuse as a start parameter. */
const queryTimeoutMs = 10_000;
/** A migration may have to wait for that of another replica. */
const migrationTimeoutMs = 300_000;

/**
 * Opens the database behind `postgres://…` and brings its tables up to date, or only expects that they are. Throws StoreError, never
 * with the password.
 */
export async function openPostgres(url: Secret, tables: "migrate" | "expect" = "migrate"): Promise<Database> {
  const place = describe(url);
  if (tables === "expect") return openMigrated(connect(url, { place, max: 2, timeoutMs: queryTimeoutMs }));
  const migrating = connect(url, { place, max: 1, timeoutMs: migrationTimeoutMs });
  try {
    await migrate(migrating);
  } finally {
    await migrating.close();
  }
  const database = connect(url, { place, max: 10, timeoutMs: queryTimeoutMs });
  return { ...database, db: database.db.withSchema(postgresSchema) };
}

async function openMigrated(database: Database): Promise<Database> {
  try {
    await expectMigrated(database);
    return { ...database, db: database.db.withSchema(postgresSchema) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface PoolOptions {
  readonly place: string;
  readonly max: number;
  readonly timeoutMs: number;
}

function connect(url: Secret, { place, max, timeoutMs }: PoolOptions): Database {
  const types = new pg.TypeOverrides();
  // Every `bigint` of ours is a time or a counter, far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max,
    types,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: timeoutMs,
    idleTimeoutMillis: 30_000,
    // A connection that a failover of the server left without an answer is not kept for longer.
    maxLifetimeSeconds: 300,
    keepAlive: true,
    fallback_application_name: "signalbox",
  });
  // Without a listener the loss of a connection would end the process. The pool drops it by itself, and listens only while it is
  // idle: whoever uses it is told by the query that fails. https://node-postgres.com/apis/pool#events
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = new Kysely<Schema>({ dialect: new PooledPostgresDialect({ pool }) });
  return { kind: "postgres", db, place, close: () => db.destroy() };
}

/**
 * Kysely's own lock is one of the session. Behind a pooler like pgbouncer a session is not ours to keep: the lock would
 * be taken on one connection and given back on another. This one ends with the transaction that migrates.
 */
class TransactionLockAdapter extends PostgresAdapter {
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`select pg_advisory_xact_lock(hashtext('signalbox migrations'))`.execute(db);
  }

  override async releaseMigrationLock(): Promise<void> {}
}

class PooledPostgresDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new TransactionLockAdapter();
  }
}

/** The place without the password. Parsing is left to pg, which also knows its environment variables and sockets. */
function describe(url: Secret): string {
  const text = url.reveal();
  const wrong = "The database's URL is not one of PostgreSQL: postgres://user:password@host:5432/name.";
  if (!/^postgres(ql)?:\/\//.test(text)) {
    throw new StoreError("invalid", `${wrong} It stands in "database:" of signalbox.yaml, or in DATABASE_URL.`);
  }
  try {
    const { host, port, database, user } = new pg.Client({ connectionString: text });
    return `PostgreSQL at ${host}:${port} (database "${database ?? user}", user "${user}")`;
  } catch (error) {
    // The URL itself may be in this error, but not in its message.
    throw new StoreError("invalid", `${wrong} (${explainFailure(error)})`);
  }
}
