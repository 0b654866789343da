import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ReadAnswer, ReadQuery, ReadRequest } from "./messages.ts";

/** One thread with a connection of its own that only reads. It starts with the first query, and again after it has died. */
export interface ReaderThread {
  /** All rows. One query at a time. Throws why there are none. */
  readonly all: <Row>(query: ReadQuery) => Promise<Row[]>;
  /** What runs is answered first: SQLite cannot be stopped in the midst of a step. */
  readonly close: () => Promise<void>;
}

const ENDED = "the thread that reads it has ended";

interface Waiting {
  readonly resolve: (answer: ReadAnswer<never>) => void;
  readonly reject: (reason: Error) => void;
}

export function readerThread(path: string): ReaderThread {
  let worker: Worker | undefined;
  let waiting: Waiting | undefined;
  let current: Promise<unknown> | undefined;
  let closed = false;

  const start = (): Worker => {
    const started = startWorker(path);
    const end = (reason: Error): void => {
      if (worker !== started) return;
      worker = undefined;
      waiting?.reject(reason);
    };
    started.on("message", (answer) => waiting?.resolve(answer));
    started.on("error", end);
    started.on("exit", () => end(new Error(ENDED)));
    return started;
  };

  const ask = async <Row>(thread: Worker, request: ReadRequest): Promise<ReadPage<Row>> => {
    if (thread !== worker) throw new Error(ENDED);
    const answer = await new Promise<ReadAnswer<Row>>((resolve, reject) => {
      waiting = { resolve, reject };
      thread.postMessage(request);
    });
    if ("failure" in answer) throw new Error(answer.failure);
    return answer;
  };

  const read = async <Row>(thread: Worker, query: ReadQuery): Promise<Row[]> => {
    let page = await ask<Row>(thread, query);
    const rows = [...page.rows];
    while (page.more) {
      // Whatever else waits for its turn comes in between.
      await nextTurn();
      page = await ask<Row>(thread, "more");
      for (const row of page.rows) rows.push(row);
    }
    return rows;
  };

  return {
    all: async <Row>(query: ReadQuery) => {
      if (closed) throw new Error("it was closed");
      worker ??= start();
      const thread = worker;
      // Whoever waits for rows must not find the process gone.
      thread.ref();
      const rows = read<Row>(thread, query);
      current = rows;
      try {
        return await rows;
      } finally {
        if (!closed) thread.unref();
      }
    },
    close: async () => {
      closed = true;
      await current?.catch(() => {});
      const thread = worker;
      if (thread === undefined) return;
      const ended = new Promise((resolve) => thread.once("exit", resolve));
      thread.ref();
      thread.postMessage("close");
      await ended;
    },
  };
}

type ReadPage<Row> = Extract<ReadAnswer<Row>, { readonly rows: unknown }>;

function startWorker(path: string): Worker {
  const isSource = import.meta.url.endsWith(".ts");
  const file = new URL(isSource ? "./reader-worker.ts" : "./reader-worker.js", import.meta.url);
  // An answer that is larger ends the thread, and not the process.
  const limits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 };
  return new Worker(file, { workerData: path, resourceLimits: limits, execArgv: [] });
}
