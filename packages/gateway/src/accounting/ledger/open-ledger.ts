import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "@signalbox/protocol";
import type { LedgerSettings } from "../../config/settings.ts";
import type { Logger } from "../../observe/log.ts";
import { cannotWrite, makeDataFolder } from "../../store/data-folder.ts";
import type { LedgerEntry, LedgerStore, Settlement } from "../../store/ledger/ledger-rows.ts";
import { type FileLock, lockFile } from "../../store/lock.ts";
import { lockName } from "./adopt.ts";
import { realFiles, type SpoolFiles } from "./files.ts";
import { type Ended, Flusher, type FlushKind, type Running } from "./flush.ts";
import type { Ledger } from "./ledger.ts";
import { setAside } from "./set-aside.ts";
import { Spool } from "./spool.ts";
import { admissionLine, settlementLine, writeAdmission } from "./spool-line.ts";
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
/** What is kept in memory while the spool cannot be written. Then nobody is let in: money is not forgotten. */
const MOST_IN_MEMORY_ONLY = 20_000;
/** A few milliseconds. */
const RESPOOLED_AT_ONCE = 1_000;
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
  const clock = openClock({ flush, spool, settings, log, respool: front.respool, isFull: front.isBatchFull });
  return {
    admit: front.admit,
    settle: (settlement) => {
      front.settle(settlement);
      clock.hurry();
    },
    backlog: () => ({ rows: flush.rows, oldestMs: flush.oldestMs }),
    flush: () => flush.run("running"),
    close: async () => {
      clock.stop();
      front.close();
      await keep.stop();
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

interface FrontParts {
  readonly running: Map<string, Running>;
  readonly unspooled: Set<Running | Ended>;
  readonly spool: Spool;
  readonly flush: Flusher;
  readonly settings: LedgerSettings;
  readonly log: Logger;
  readonly now: () => number;
}

interface Front extends Pick<Ledger, "admit" | "settle"> {
  /** Says to the spool what it could not be told before. */
  readonly respool: () => void;
  readonly isBatchFull: () => boolean;
  readonly close: () => void;
}

function openFront({ running, unspooled, spool, flush, settings, log, now }: FrontParts): Front {
  let failing = false;
  let closed = false;

  const append = (line: string) => {
    const segment = spool.append(line);
    if ((segment === undefined) === failing) return segment;
    failing = segment === undefined;
    if (failing) log.error({ why: spool.failure }, "the ledger's spool cannot be written");
    else log.info("the ledger's spool can be written again");
    return segment;
  };

  const refusal = (): GatewayError =>
    new GatewayError("overloaded", "What is used cannot be written down at the moment.", { retryAfterMs: 5_000 });

  const enqueue = (one: Running, settlement: Settlement, segment: Ended["segment"]): void => {
    const ended: Ended = { entry: { admission: one.admission, settlement }, at: now(), segment };
    flush.push(ended);
    if (segment === undefined) unspooled.add(ended);
  };

  return {
    admit: (admission) => {
      if (closed) throw refusal();
      const written = writeAdmission(admission);
      const segment = append(admissionLine(written));
      const mayGoOn = settings.onFullDisk === "continue" && unspooled.size < MOST_IN_MEMORY_ONLY;
      if (segment === undefined && !mayGoOn) throw refusal();
      const one: Running = { admission, written, segment, since: now(), inDatabase: false };
      running.set(admission.id, one);
      if (segment === undefined) unspooled.add(one);
    },
    settle: (settlement) => {
      const one = running.get(settlement.id);
      if (one === undefined) return;
      running.delete(settlement.id);
      unspooled.delete(one);
      const isBehind = flush.goBehind();
      const segment = append(settlementLine(one.written, settlement));
      if (one.segment !== undefined) spool.release(one.segment);
      one.segment = undefined;
      if (segment === undefined || !isBehind) {
        enqueue(one, settlement, segment);
        return;
      }
      spool.release(segment);
      flush.pass();
    },
    respool: () => {
      let left = RESPOOLED_AT_ONCE;
      for (const one of unspooled) {
        left -= 1;
        if (left < 0) return;
        const segment = append(lineOf(one));
        if (segment === undefined) return;
        one.segment = segment;
        unspooled.delete(one);
      }
    },
    isBatchFull: () => flush.rows >= BATCH_ROWS,
    close: () => {
      closed = true;
    },
  };
}

function lineOf(one: Running | Ended): string {
  if ("written" in one) return admissionLine(one.written);
  const { admission, settlement }: LedgerEntry = one.entry;
  const written = writeAdmission(admission);
  return settlement === undefined ? admissionLine(written) : settlementLine(written, settlement);
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
