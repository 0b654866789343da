import { closeSync, fdatasync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { explainFailure, StoreError } from "../errors.ts";
import { checkpoints } from "./checkpoints.ts";
import { dayOf } from "./days.ts";
import type { LedgerStore } from "./ledger-rows.ts";
import { mergeEntries } from "./merge.ts";
import { expireRows } from "./sqlite-expire.ts";
import { type BatchWriter, batchWriter } from "./sqlite-write.ts";

const syncFile = promisify(fdatasync);

/** How long another connection may hold the database. */
const BUSY_MS = 5_000;
const BUSY_PAUSE_MS = 5;

/** The ends of the tables. */
const ENDS = 8;
/** Measured with batches of 256: 2.4. A row touches pages of its indexes that few others of its batch do. */
const PAGES_PER_ROW = 3;

// What is committed is in the log, and there when the process dies. The disk is waited for in `sync`, on another thread: with
// `synchronous = FULL` each commit would wait for it on the thread that serves requests. The log is moved to the
// database by a thread of its own too (checkpoints.ts); SQLite does it itself at 32 MB, should that one be gone.
const pragmas = `
  PRAGMA busy_timeout = 0;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA fullfsync = ON;
  PRAGMA wal_autocheckpoint = 8192;
  PRAGMA cache_size = -16000;
`;

export type LedgerWriting = Pick<LedgerStore, "write" | "sync" | "prepare" | "expire" | "close">;

/**
 * Writes through a connection of its own, in transactions that begin and end in one turn of the event loop: those of the store's
 * other connection may be open across many.
 */
export function sqliteLedger(path: string): LedgerWriting {
  const log = checkpoints(path);
  let open: { readonly database: DatabaseSync; readonly write: BatchWriter; readonly logFile: number } | undefined;

  const connect = () => {
    if (open !== undefined) return open;
    const database = new DatabaseSync(path);
    try {
      database.exec(pragmas);
      // The log exists from the first transaction that was made in it.
      database.exec("begin immediate; commit");
      open = { database, write: batchWriter(database), logFile: openSync(`${path}-wal`, "r+") };
      return open;
    } catch (error) {
      database.close();
      throw error;
    }
  };

  const guarded = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      throw new StoreError(isRefusal(error) ? "invalid" : "unavailable", `${path}: ${explainFailure(error)}.`);
    }
  };

  const inTurn = async <T>(operation: () => T): Promise<T> => {
    await log.running();
    // A transaction of the other connection that waits for nothing but itself is over then.
    await nextTurn();
    return whenFree(operation);
  };

  return {
    write: (entries, instance) =>
      guarded(async () => {
        const batch = mergeEntries(entries);
        await inTurn(() => connect().write(batch, instance));
        log.wrote(ENDS + PAGES_PER_ROW * batch.length);
      }),
    prepare: async () => {},
    expire: (before) =>
      guarded(async () => {
        const firstKept = { requests: dayOf(before.requests), daily: dayOf(before.daily) };
        const removed = await inTurn(() => expireRows(connect().database, firstKept));
        log.wrote(removed);
        return removed > 0;
      }),
    sync: () =>
      guarded(async () => {
        if (open !== undefined) await syncFile(open.logFile);
      }),
    close: async () => {
      await log.close();
      if (open === undefined) return;
      closeSync(open.logFile);
      open.database.close();
      open = undefined;
    },
  };
}

/** Not by SQLite's own waiting, which would hold the thread that the other connection needs to go on. */
async function whenFree<T>(operation: () => T): Promise<T> {
  const deadline = performance.now() + BUSY_MS;
  for (;;) {
    try {
      return operation();
    } catch (error) {
      if (resultCode(error) !== SQLITE_BUSY || performance.now() > deadline) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

const SQLITE_BUSY = 5;
/** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE. https://www.sqlite.org/rescode.html */
const REFUSALS: ReadonlySet<number | undefined> = new Set([18, 19, 20, 25]);

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(resultCode(error));
}

/** The primary one, of 8 bits. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && "errcode" in error && typeof error.errcode === "number")) return undefined;
  return error.errcode & 0xff;
}
