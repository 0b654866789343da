import type { Secret } from "../config/secret.ts";
import { type BodyStore, openBodyStore } from "./bodies/bodies.ts";
import { makeDataFolder } from "./data-folder.ts";
import { type IdempotencyStore, openIdempotencyStore } from "./idempotency/idempotency.ts";
import { lockDataFolder } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { openRouterStore, type RouterStore } from "./routers.ts";
import type { Database, StoreKind } from "./schema.ts";
import { openSealer } from "./seal.ts";
import { openSqlite } from "./sqlite.ts";

export interface StoreOptions {
  /** The data folder, absolute. PostgreSQL leaves it alone. */
  readonly folder: string;
  /** `postgres://…`; absent: SQLite in the folder. */
  readonly databaseUrl?: Secret | undefined;
  /** What is kept sealed is sealed with it; absent: see `openSealer`. */
  readonly encryptionKey?: Secret | undefined;
  readonly now?: () => Date;
}

/** Everything that outlives a restart. */
export interface Store {
  readonly kind: StoreKind;
  readonly routers: RouterStore;
  readonly idempotency: IdempotencyStore;
  readonly bodies: BodyStore;
  /** Last of all: nothing may be asked of it afterwards. The data folder is free for another process then. */
  close(): Promise<void>;
}

/**
 * Opens the store and brings it up to date. SQLite's folder belongs to this process alone until `close`. Throws
 * StoreError (DataFolderError for the folder), whose message is for people.
 */
export async function openStore({
  folder,
  databaseUrl,
  encryptionKey,
  now = () => new Date(),
}: StoreOptions): Promise<Store> {
  const sealer = openSealer({ folder, encryptionKey, kind: databaseUrl === undefined ? "sqlite" : "postgres" });
  const database = databaseUrl === undefined ? await openFolder(folder) : await openServer(databaseUrl);
  const { kind, close } = database;
  return {
    kind,
    routers: openRouterStore(database, now),
    idempotency: openIdempotencyStore(database, { sealer, now }),
    bodies: openBodyStore(database, { sealer, now }),
    close,
  };
}

async function openServer(url: Secret): Promise<Database> {
  // Only who uses PostgreSQL pays for loading its driver.
  const { openPostgres } = await import("./postgres.ts");
  return openPostgres(url);
}

async function openFolder(folder: string): Promise<Database> {
  makeDataFolder(folder);
  const lock = lockDataFolder(folder);
  let database: Database | undefined;
  const close = async (): Promise<void> => {
    await database?.close();
    lock.release();
  };
  try {
    database = openSqlite(folder);
    await migrate(database);
    return { ...database, close };
  } catch (error) {
    await close();
    throw error;
  }
}
