import type { TextsOrder } from "./messages.ts";

/** Why texts were not compressed by the model. */
export type Failure = "absent" | "loading" | "busy" | "late" | "failed";

export type Answer = { readonly texts: readonly string[] } | { readonly failure: Failure };

/** Those who wait for a model that does one thing at a time. */
export interface ModelQueue {
  /** Never rejects, and takes no longer than the limit. */
  readonly ask: (texts: readonly string[], share: number) => Promise<Answer>;
  /** What came of the order with this id. */
  readonly done: (id: number, answer: Answer) => void;
  /** There is nobody any more who could do what was ordered. */
  readonly failAll: () => void;
}

export interface ModelQueueOptions {
  readonly limitMs: number;
  readonly send: (order: TextsOrder) => void;
  /** An order was given up on long ago, and there is still no answer. */
  readonly hangs: () => void;
}

/** So much longer a step of the model may take after nobody waits for it. */
export const HANGS_MS = 30_000;
export const MOST_WAITING = 64;

interface Asked {
  readonly order: TextsOrder;
  readonly settle: (answer: Answer) => void;
}

export function createModelQueue({ limitMs, send, hangs }: ModelQueueOptions): ModelQueue {
  let waiting: readonly Asked[] = [];
  let running: Asked | undefined;
  let hanging: NodeJS.Timeout | undefined;
  let ids = 0;

  const next = (): void => {
    if (running !== undefined) return;
    [running, ...waiting] = waiting;
    if (running === undefined) return;
    hanging = setTimeout(hangs, limitMs + HANGS_MS).unref();
    send(running.order);
  };
  return {
    ask(texts, share) {
      if (waiting.length >= MOST_WAITING) return Promise.resolve({ failure: "busy" });
      return new Promise((resolve) => {
        ids += 1;
        const order: TextsOrder = { kind: "compress", id: ids, texts, share, untilMs: Date.now() + limitMs };
        const late = setTimeout(() => {
          waiting = waiting.filter((asked) => asked.order !== order);
          resolve({ failure: "late" });
        }, limitMs);
        const settle = (answer: Answer) => {
          clearTimeout(late);
          resolve(answer);
        };
        waiting = [...waiting, { order, settle }];
        next();
      });
    },
    done(id, answer) {
      if (running?.order.id !== id) return;
      clearTimeout(hanging);
      running.settle(answer);
      running = undefined;
      next();
    },
    failAll() {
      clearTimeout(hanging);
      for (const asked of [running, ...waiting]) asked?.settle({ failure: "failed" });
      running = undefined;
      waiting = [];
    },
  };
}
