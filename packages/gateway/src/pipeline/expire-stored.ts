import type { Logger } from "../observe/log.ts";

const EVERY_MS = 10 * 60 * 1000;

/** What knows by itself which of its rows are over. */
export interface Expiring {
  expire(): Promise<number>;
}

/**
 * Removes from now on, every few minutes, what is no longer to be kept. Several replicas may do so at once. Returns what stops it.
 */
export function expireStored(stores: readonly Expiring[], log: Logger): () => void {
  const run = async () => {
    for (const store of stores) {
      try {
        await store.expire();
      } catch (err) {
        log.warn({ err }, "what is no longer to be kept could not be removed");
      }
    }
  };
  void run();
  const timer = setInterval(() => void run(), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
