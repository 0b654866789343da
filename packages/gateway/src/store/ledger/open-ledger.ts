import { guardOf } from "../guard.ts";
import type { Database } from "../schema.ts";
import { abandoned, beat, leave } from "./instances.ts";
import type { LedgerStore } from "./ledger-rows.ts";
import { expireDays, prepareDays } from "./postgres-days.ts";
import { postgresWrite } from "./postgres-write.ts";
import { reprice } from "./reprice.ts";
import { spentNano } from "./spent.ts";
import { sqliteLedger } from "./sqlite-ledger.ts";

/** The ledger in an open database. `file` is SQLite's. To be closed before the database is. */
export function openLedgerStore(database: Database, file: string): LedgerStore {
  const guard = guardOf(database.place);
  const writing = database.kind === "sqlite" ? sqliteLedger(file) : onServer(database);
  return {
    ...writing,
    beat: (instance) => guard(() => beat(database, instance)),
    leave: (instance) => guard(() => leave(database, instance)),
    abandoned: (instance, limit) => guard(() => abandoned(database, instance, limit)),
    spentNano: (owner, since) => guard(() => spentNano(database.db, owner, since)),
    reprice: (step) => guard(() => reprice(database, step)),
  };
}

function onServer(database: Database): Pick<LedgerStore, "write" | "sync" | "prepare" | "expire" | "close"> {
  const guard = guardOf(database.place);
  return {
    write: postgresWrite(database),
    // A commit is as durable as the server's settings make it.
    sync: async () => {},
    prepare: (now) => guard(() => prepareDays(database, now)),
    expire: (before) => guard(() => expireDays(database, before)),
    close: async () => {},
  };
}
