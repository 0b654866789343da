import type { Logger } from "../../observe/log.ts";
import type { Admission, LedgerEntry, LedgerStore } from "../../store/ledger/ledger-rows.ts";
import { readChunk } from "./read-segment.ts";
import type { Segment, Spool } from "./spool.ts";
import { BATCH_ROWS, type Writer } from "./writer.ts";

/** A request that was let in and has not ended. */
export interface Running {
  readonly admission: Admission;
  /** Its array of the spool. */
  readonly written: string;
  /** Since when, by the ledger's own clock. */
  readonly since: number;
  /** Held until the database has it. Undefined: it has it, or the spool does not have it yet. */
  segment: Segment | undefined;
  inDatabase: boolean;
}

/** One that has ended, on its way to the database. */
export interface Ended {
  readonly entry: LedgerEntry;
  readonly at: number;
  /** Undefined: it is nowhere but here. */
  segment: Segment | undefined;
}

/** Beyond it memory is not the place to wait: what has ended later is read from the spool again. */
const LONGEST_QUEUE = 20_000;

/**
 * Requests that last longer are in the database while they run: they are seen there, and survive the loss of this disk. Those that
 * end sooner are written once, when they have ended.
 */
const RUNNING_AFTER_MS = 1_000;

export interface FlushParts {
  readonly instance: string;
  readonly running: ReadonlyMap<string, Running>;
  /** What could not be said to the spool. What the database has is taken out. */
  readonly unspooled: Set<Running | Ended>;
  readonly spool: Spool;
  readonly store: Pick<LedgerStore, "sync">;
  readonly writer: Writer;
  readonly log: Logger;
  readonly now: () => number;
}

interface Behind {
  segment: Segment;
  offset: number;
  rows: number;
  readonly at: number;
}

/** What is written: whole batches only; all that waits; or also what has only just begun. */
export type FlushKind = "batches" | "due" | "running";

/** The way from memory and spool to the database. */
export class Flusher {
  readonly #parts: FlushParts;
  readonly #queue: Ended[] = [];
  #behind: Behind | undefined;
  #current: Promise<boolean> = Promise.resolve(true);

  constructor(parts: FlushParts) {
    this.#parts = parts;
  }

  /** To be asked before ended requests are said to the spool. True: they need not be kept in memory. */
  goBehind(): boolean {
    if (this.#behind !== undefined) return true;
    if (this.#queue.length < LONGEST_QUEUE) return false;
    const { spool, now } = this.#parts;
    const segment = spool.current;
    this.#behind = { segment, offset: segment.size, rows: 0, at: now() };
    spool.keepFrom(segment.number);
    return true;
  }

  push(ended: Ended): void {
    this.#queue.push(ended);
  }

  /** One that is in the spool only. */
  pass(): void {
    if (this.#behind !== undefined) this.#behind.rows += 1;
  }

  get rows(): number {
    return this.#queue.length + (this.#behind?.rows ?? 0);
  }

  get oldestMs(): number {
    const oldest = this.#queue[0]?.at ?? this.#behind?.at;
    return oldest === undefined ? 0 : Math.max(0, this.#parts.now() - oldest);
  }

  /** False: the database is away. */
  run(which: FlushKind): Promise<boolean> {
    this.#current = this.#current.then(() => this.#guarded(which));
    return this.#current;
  }

  async #guarded(which: FlushKind): Promise<boolean> {
    try {
      return await this.#write(which);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.log.error({ why }, "the ledger's spool cannot be read or removed");
      return false;
    }
  }

  async #write(which: FlushKind): Promise<boolean> {
    const { spool, store } = this.#parts;
    if (which === "batches") return this.#writeQueue(BATCH_ROWS);
    const isDone =
      (await this.#writeRunning(which === "running")) && (await this.#writeQueue(1)) && (await this.#catchUp());
    if (isDone) await spool.removeReleased(() => store.sync());
    return isDone;
  }

  async #writeRunning(all: boolean): Promise<boolean> {
    const { running, writer, instance, now } = this.#parts;
    const before = now() - RUNNING_AFTER_MS;
    const due = [...running.values()].filter(({ inDatabase, since }) => !inDatabase && (all || since <= before));
    for (let from = 0; from < due.length; from += BATCH_ROWS) {
      const some = due.slice(from, from + BATCH_ROWS);
      if (
        !(await writer.write(
          some.map(({ admission }) => ({ admission })),
          instance,
        ))
      )
        return false;
      for (const one of some) {
        one.inDatabase = true;
        this.#release(one);
      }
    }
    return true;
  }

  /** As far as it goes now: what comes meanwhile waits for its own batch. */
  async #writeQueue(atLeast: number): Promise<boolean> {
    const { writer, instance } = this.#parts;
    for (let left = this.#queue.length; left >= atLeast; left -= BATCH_ROWS) {
      const some = this.#queue.slice(0, Math.min(left, BATCH_ROWS));
      const entries = some.map(({ entry }) => entry);
      if (!(await writer.write(entries, instance))) return false;
      this.#queue.splice(0, some.length);
      for (const one of some) this.#release(one);
    }
    return true;
  }

  #release(one: Running | Ended): void {
    const { spool, unspooled } = this.#parts;
    if (one.segment === undefined) unspooled.delete(one);
    else spool.release(one.segment);
    one.segment = undefined;
  }

  /** Those that run are in memory: of the spool only settlements are new. */
  async #catchUp(): Promise<boolean> {
    const { spool, writer, instance } = this.#parts;
    while (this.#behind !== undefined) {
      const { segment, offset } = this.#behind;
      if (offset >= segment.size) {
        this.#goOn(spool.after(segment.number));
        continue;
      }
      const chunk = await readChunk(segment.path, offset, segment.size);
      const entries = chunk.entries.filter(({ settlement }) => settlement !== undefined);
      if (!(await writer.write(entries, instance))) return false;
      this.#behind.offset = chunk.next;
      this.#behind.rows -= entries.length;
    }
    return true;
  }

  /** After the last segment memory is where ended requests wait again. */
  #goOn(next: Segment | undefined): void {
    this.#behind =
      next === undefined || this.#behind === undefined ? undefined : { ...this.#behind, segment: next, offset: 0 };
    this.#parts.spool.keepFrom(next?.number);
  }
}
