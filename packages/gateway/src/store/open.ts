import { existsSync } from "node:fs";
import type { Secret } from "../config/secret.ts";
import type { AccountStore } from "./accounts/accounts.ts";
import { openAccountStore } from "./accounts/open.ts";
import { type BodyStore, openBodyStore } from "./bodies/bodies.ts";
import { checkSealed } from "./check-sealed.ts";
import { makeDataFolder } from "./data-folder.ts";
import { DataFolderError } from "./errors.ts";
import { type IdempotencyStore, openIdempotencyStore } from "./idempotency/idempotency.ts";
import type { LedgerStore } from "./ledger/ledger-rows.ts";
import { openLedgerStore } from "./ledger/open-ledger.ts";
import { lockDataFolder } from "./lock.ts";
import { expectMigrated, migrate } from "./migrate.ts";
import { type ObjectStore, openObjectStore } from "./objects/objects.ts";
import { openReader } from "./reader/reader.ts";
import { type ConversationStore, openConversationStore } from "./responses/conversations.ts";
import { openResponseStore, type ResponseStore } from "./responses/responses.ts";
import { openRouterStore, type RouterStore } from "./routers.ts";
import type { Database, StoreKind } from "./schema.ts";
import { type KeyedSealer, openSealer } from "./seal.ts";
import { openSemanticEntryStore, type SemanticEntryStore } from "./semantic-cache/semantic-entries.ts";
import { databaseFile, openSqlite } from "./sqlite.ts";
import { openUsageStore, type UsageStore } from "./usage/usage-store.ts";

export interface StoreOptions {
  /** The data folder, absolute. PostgreSQL leaves it alone. */
  readonly folder: string;
  /** `postgres://…`; absent: SQLite in the folder. */
  readonly databaseUrl?: Secret | undefined;
  /** What is kept sealed is sealed with it; absent: see `openSealer`. */
  readonly encryptionKey?: Secret | undefined;
  /** Beside a gateway that may be running: neither locks the folder nor changes a table, and expects this version's tables. */
  readonly beside?: boolean;
  readonly now?: () => Date;
}

/** Everything that outlives a restart. */
export interface Store {
  readonly kind: StoreKind;
  readonly routers: RouterStore;
  readonly ledger: LedgerStore;
  /** Reads what the ledger has written. */
  readonly usage: UsageStore;
  readonly accounts: AccountStore;
  /** For whatever must be read again, and by nobody who only has the database. */
  readonly sealer: KeyedSealer;
  readonly idempotency: IdempotencyStore;
  readonly bodies: BodyStore;
  readonly responses: ResponseStore;
  readonly conversations: ConversationStore;
  readonly objects: ObjectStore;
  /** PostgreSQL only. */
  readonly semanticEntries: SemanticEntryStore | undefined;
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
  beside = false,
  now = () => new Date(),
}: StoreOptions): Promise<Store> {
  const sealer = openSealer({ folder, encryptionKey, kind: databaseUrl === undefined ? "sqlite" : "postgres" });
  const database = databaseUrl === undefined ? await openFolder(folder, beside) : await openServer(databaseUrl, beside);
  const { kind, close } = database;
  await checkSealed(database, sealer).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const file = databaseFile(folder);
  const ledger = openLedgerStore(database, file);
  const reader = kind === "sqlite" ? openReader(database, file) : undefined;
  return {
    kind,
    routers: openRouterStore(database, now),
    ledger,
    usage: openUsageStore(reader ?? database),
    accounts: openAccountStore(database, { sealer, now }),
    sealer,
    idempotency: openIdempotencyStore(database, { sealer, now }),
    bodies: openBodyStore(database, { sealer, now }),
    responses: openResponseStore(database, { sealer, now }),
    conversations: openConversationStore(database, { sealer, now }),
    objects: openObjectStore(database, { sealer, now }),
    semanticEntries: kind === "postgres" ? openSemanticEntryStore(database, { sealer, now }) : undefined,
    close: async () => {
      await reader?.close();
      await ledger.close();
      await close();
    },
  };
}

async function openServer(url: Secret, beside: boolean): Promise<Database> {
  // Only who uses PostgreSQL pays for loading its driver.
  const { openPostgres } = await import("./postgres.ts");
  return openPostgres(url, beside ? "expect" : "migrate");
}

async function openFolder(folder: string, beside: boolean): Promise<Database> {
  if (beside) return openBeside(folder);
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

async function openBeside(folder: string): Promise<Database> {
  if (!existsSync(databaseFile(folder))) {
    throw new DataFolderError(
      `There is no database in ${folder} yet. Start Signalbox there once, or name another folder.`,
    );
  }
  const database = openSqlite(folder);
  try {
    await expectMigrated(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
