import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LedgerSettings } from "../../config/settings.ts";
import type { Logger } from "../../observe/log.ts";
import { cannotWrite, makeDataFolder } from "../../store/data-folder.ts";
import type { LedgerStore } from "../../store/ledger/ledger-rows.ts";
import { type FileLock, lockFile } from "../../store/lock.ts";
import { lockName } from "./adopt.ts";
import { realFiles, type SpoolFiles } from "./files.ts";
import { type Ended, Flusher, type FlushKind, type Running } from "./flush.ts";
import { openFront } from "./front.ts";
import type { Ledger } from "./ledger.ts";
import { setAside } from "./set-aside.ts";
import { Spool } from "./spool.ts";
import { upkeep } from "./upkeep.ts";
import { BATCH_ROWS, writer } from "./writer.ts";

export interface LedgerOptions {
  /** The data folder, absolute. It is made where there is none. */
  readonly folder: string;
  readonly store: LedgerStore;
  readonly settings: LedgerSettings;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly files?: SpoolFiles;
  /** How long a file of the spool grows. */
  readonly segmentBytes?: number;
}

const SEGMENT_BYTES = 4 * 1024 * 1024;
const LONGEST_BACKOFF_MS = 30_000;

/** Takes over from processes that are no more, then begins. Throws StoreError (DataFolderError) where there can be no spool. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { folder, store, settings, log, now = Date.now, files = realFiles, segmentBytes = SEGMENT_BYTES } = options;
  const place = makePlace(folder);
  const spool = new Spool({ folder: place.folder, files, segmentBytes });
  const running = new Map<string, Running>();
  const unspooled = new Set<Running | Ended>();
  const aside = setAside(place.root, log);
  const { instance } = place;
  const toDatabase = writer({ store, log, aside, now });
  const flush = new Flusher({ instance, running, unspooled, spool, store, writer: toDatabase, log, now });
  const keep = upkeep({ spool: place.root, instance, writer: toDatabase, store, settings, log, aside, now });
  await keep.begin();
  const front = openFront({ running, unspooled, spool, flush, settings, log, now });
  const clock = openClock({
    flush,
    spool,
    settings,
    log,
    respool: front.respool,
    isFull: () => flush.rows >= BATCH_ROWS,
  });
  return {
    admit: front.admit,
    settle: (settlement) => {
      front.settle(settlement);
      clock.hurry();
    },
    written: front.written,
    write: front.write,
    backlog: () => {
      front.write();
      return { rows: flush.rows, oldestMs: flush.oldestMs };
    },
    flush: () => {
      front.write();
      return flush.run("running");
    },
    close: async () => {
      clock.stop();
      front.close();
      await keep.stop();
      front.write();
      const isDone = await flush.run("running");
      await spool.close();
      if (isDone && flush.rows === 0) await leave(store, place);
      place.lock.release();
    },
  };
}

interface Place {
  readonly instance: string;
  readonly root: string;
  readonly folder: string;
  readonly lock: FileLock;
}

function makePlace(dataFolder: string): Place {
  const root = join(dataFolder, "spool");
  makeDataFolder(root);
  const instance = `${Date.now().toString(36)}-${randomBytes(6).toString("hex")}`;
  const folder = join(root, instance);
  // The lock first: a folder without a lock is one whose process is no more.
  const lock = lockFile(root, lockName(instance));
  if (lock === undefined) throw cannotWrite(root, undefined);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    lock.release();
    throw cannotWrite(root, error);
  }
  return { instance, root, folder, lock };
}

/** Everything is in the database: nothing is left to be taken over. Where that cannot be made sure the next one finds the spool. */
async function leave(store: LedgerStore, { instance, root, folder }: Place): Promise<void> {
  try {
    await store.sync();
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(root, lockName(instance)), { force: true });
    await store.leave(instance);
  } catch {
    // It is only read once more than it had to be.
  }
}

interface ClockParts {
  readonly flush: Flusher;
  readonly spool: Spool;
  readonly settings: LedgerSettings;
  readonly log: Logger;
  readonly respool: () => void;
  readonly isFull: () => boolean;
}

interface Clock {
  /** A batch may be full. */
  readonly hurry: () => void;
  readonly stop: () => void;
}

function openClock({ flush, spool, settings, log, respool, isFull }: ClockParts): Clock {
  let failures = 0;
  let hurried = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const run = async (which: FlushKind): Promise<void> => {
    failures = (await flush.run(which)) ? 0 : failures + 1;
    hurried = false;
  };
  const schedule = (): void => {
    const waitMs = Math.min(
      settings.flushMs * 2 ** Math.min(failures, 20),
      Math.max(settings.flushMs, LONGEST_BACKOFF_MS),
    );
    timer = setTimeout(async () => {
      await run("due");
      if (!stopped) schedule();
    }, waitMs);
    timer.unref();
  };
  schedule();

  const sync = syncing(spool, log);
  const syncTimer = setInterval(() => {
    respool();
    sync();
  }, settings.syncMs);
  syncTimer.unref();

  return {
    hurry: () => {
      if (hurried || failures > 0 || stopped || !isFull()) return;
      hurried = true;
      setImmediate(run, "batches");
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      clearInterval(syncTimer);
    },
  };
}

/** Forces the spool to the disk, one at a time, and tells once of a row of failures. */
function syncing(spool: Spool, log: Logger): () => void {
  let isRunning = false;
  let failing = false;
  const run = async (): Promise<void> => {
    try {
      await spool.sync();
      failing = false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!failing) log.error({ why }, "the disk does not take the ledger's spool");
      failing = true;
    }
    isRunning = false;
  };
  return () => {
    if (isRunning || !spool.isDirty) return;
    isRunning = true;
    void run();
  };
}
