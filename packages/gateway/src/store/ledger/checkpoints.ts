import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Pages of the log, roughly, after which they are moved to the database: 8 MB. */
const PAGES = 2000;

/** Keeps SQLite's write-ahead log short without holding up the thread that serves requests. */
export interface Checkpoints {
  /** So many pages were written, roughly. */
  readonly wrote: (pages: number) => void;
  /** Nothing may be written meanwhile, or the log would never be empty and begin anew. Undefined: none runs. */
  readonly running: () => Promise<void> | undefined;
  readonly close: () => Promise<void>;
}

export function checkpoints(path: string): Checkpoints {
  let worker: Worker | undefined;
  let pages = 0;
  let current: Promise<void> | undefined;
  let broken = false;
  let finished = () => {};

  const start = (): Worker => {
    const isSource = import.meta.url.endsWith(".ts");
    const file = new URL(isSource ? "./checkpoint-worker.ts" : "./checkpoint-worker.js", import.meta.url);
    const limits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };
    const started = new Worker(file, { workerData: path, resourceLimits: limits, execArgv: [] });
    // SQLite's own rule stands in then: it does it at a commit, when the log has grown long.
    started.on("error", () => {
      broken = true;
    });
    started.on("message", () => finished());
    started.on("exit", () => finished());
    started.unref();
    return started;
  };

  const checkpoint = (): Promise<void> =>
    new Promise((resolve) => {
      worker ??= start();
      finished = () => {
        worker?.unref();
        current = undefined;
        resolve();
      };
      // Whoever waits for it must not find the process gone.
      worker.ref();
      worker.postMessage("checkpoint");
    });

  return {
    wrote: (count) => {
      pages += count;
      if (pages < PAGES || current !== undefined || broken) return;
      pages = 0;
      current = checkpoint();
    },
    running: () => current,
    close: async () => {
      await current;
      if (worker === undefined || broken) return;
      const ended = once(worker, "exit");
      worker.ref();
      worker.postMessage("close");
      await ended;
    },
  };
}
