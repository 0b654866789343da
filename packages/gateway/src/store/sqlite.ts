import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from "kysely";
import { makePrivateFile } from "./data-folder.ts";
import { explainFailure, StoreError } from "./errors.ts";
import type { Database, Schema } from "./schema.ts";

/** Long enough for somebody's backup, short enough not to be felt much: SQLite waits on the thread that serves requests. */
const busyTimeoutMs = 1000;

/** 32 MB: the log is moved to the database by a thread of its own long before (ledger/checkpoints.ts). */
const longestLogPages = 8192;

// A commit is on the disk when it returns. `fullfsync` matters on macOS only, where fsync stops at the drive's own
// cache: https://www.sqlite.org/pragma.html#pragma_fullfsync
const pragmas = `
  PRAGMA busy_timeout = ${busyTimeoutMs};
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA foreign_keys = ON;
  PRAGMA wal_autocheckpoint = ${longestLogPages};
`;

export function databaseFile(folder: string): string {
  return join(folder, "signalbox.db");
}

/** Opens the database of a data folder that exists. */
export function openSqlite(folder: string): Database {
  const path = databaseFile(folder);
  makePrivateFile(folder, path);
  const db = new Kysely<Schema>({ dialect: new TransactionalSqliteDialect({ database: adapt(openFile(path)) }) });
  return { kind: "sqlite", db, place: path, close: () => db.destroy() };
}

function openFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(pragmas);
    return database;
  } catch (error) {
    database?.close();
    throw new StoreError("unavailable", `${path} cannot be used: ${explainFailure(error)}.`);
  }
}

/** What Kysely expects of better-sqlite3, said to `node:sqlite`. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const statement = database.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters.map(toInput)),
        run: (parameters) => statement.run(...parameters.map(toInput)),
        iterate: (parameters) => statement.iterate(...parameters.map(toInput)),
      };
    },
  };
}

/** Throws TypeError for what SQLite has no type for. */
export function toInput(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite takes no ${typeof value} as a parameter`);
}

/**
 * Kysely runs no migration of SQLite in a transaction, since foreign keys cannot be switched off inside of one. We never
 * do that, and half a migration after a crash would be worse: https://www.sqlite.org/lang_altertable.html
 */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class TransactionalSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new WritingSqliteDriver(this.#config);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }
}

/**
 * A transaction that has read and then writes is refused at once, without waiting, when another connection has written in
 * between: the ledger has one of its own. https://www.sqlite.org/rescode.html#busy_snapshot
 */
class WritingSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}
