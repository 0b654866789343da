import type { Logger } from "../observe/log.ts";
import type { BodyStore, KeptBody } from "../store/bodies/bodies.ts";

const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const AT_ONCE = 16;
const CLOSE_PATIENCE_MS = 3000;

/** What waits to be written. It is bounded, and nothing waits for it: where it is full or the database away, bodies are lost. */
export interface BodyKeeper {
  /** Of one request. Never throws. */
  readonly keep: (bodies: readonly KeptBody[]) => void;
  /** How many bodies were not kept since the start. */
  readonly dropped: () => number;
  /** Writes what waits, for a few seconds at most. */
  readonly close: () => Promise<void>;
}

export interface BodyKeeperOptions {
  readonly store: Pick<BodyStore, "put">;
  readonly log: Logger;
  readonly maxQueuedBytes?: number;
}

export function createBodyKeeper({ store, log, maxQueuedBytes = MAX_QUEUED_BYTES }: BodyKeeperOptions): BodyKeeper {
  let queue: KeptBody[] = [];
  let queuedBytes = 0;
  let dropped = 0;
  let complained = false;
  let closed = false;
  let writing: Promise<void> | undefined;

  const drop = (count: number, why: Readonly<Record<string, unknown>>) => {
    dropped += count;
    if (complained) return;
    complained = true;
    log.warn({ ...why, dropped }, "bodies that were to be kept are lost until it is said that they are kept again");
  };
  const writeNext = async () => {
    const batch = queue.slice(0, AT_ONCE);
    queue = queue.slice(AT_ONCE);
    try {
      await store.put(batch);
      if (complained) log.info({ dropped }, "bodies are kept again");
      complained = false;
    } catch (err) {
      drop(batch.length, { err });
    } finally {
      queuedBytes -= bytesOf(batch);
    }
  };
  const writeAll = async () => {
    // Not before the request that it belongs to has been settled.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) await writeNext();
    writing = undefined;
  };

  return {
    keep(bodies) {
      const bytes = bytesOf(bodies);
      if (closed || queuedBytes + bytes > maxQueuedBytes) return drop(bodies.length, { reason: "too many wait" });
      queuedBytes += bytes;
      queue.push(...bodies);
      writing ??= writeAll();
    },
    dropped: () => dropped,
    async close() {
      closed = true;
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_PATIENCE_MS);
      });
      await Promise.race([writing, patience]);
      clearTimeout(timer);
    },
  };
}

/** Whatever a body holds, its row costs something. */
const ROW_BYTES = 500;

const bytesOf = (bodies: readonly KeptBody[]): number =>
  bodies.reduce((sum, { bytes }) => sum + bytes.length + ROW_BYTES, 0);
