import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Database, Schema } from "../schema.ts";
import { toInput } from "../sqlite.ts";
import { type ReaderThread, readerThread } from "./reader-thread.ts";

/**
 * Reads an SQLite file that is open already, on a thread of its own: a query that takes long would else hold up everybody's requests. It
 * sees what was committed when a query begins. To be closed before the database is.
 */
export function openReader({ place }: Pick<Database, "place">, file: string): Database {
  const thread = readerThread(file);
  const db = new Kysely<Schema>({ dialect: dialectOf(thread) });
  const close = async (): Promise<void> => {
    // By itself Kysely closes nothing that was never asked anything, and what is asked later would start the thread.
    await thread.close();
    await db.destroy();
  };
  return { kind: "sqlite", db, place, close };
}

/** SQLite's adapter has Kysely use one connection, and so one query at a time. */
function dialectOf(thread: ReaderThread): Dialect {
  return {
    createDriver: () => driverOf(thread),
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

function driverOf(thread: ReaderThread): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async ({ sql, parameters }) => ({
      rows: await thread.all({ sql, parameters: parameters.map(toInput) }),
    }),
    streamQuery: () => {
      throw new Error("Rows come in pages here: use limits.");
    },
  };
  const refuse = async (): Promise<void> => {
    throw new Error("This connection only reads, one query at a time.");
  };
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: thread.close,
  };
}
