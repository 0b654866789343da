import type { KeptAnswer } from "./kept-answer.ts";

/** What becomes of a request that has waited for its twin. */
export type Turn =
  /** The twin's answer is there. */
  | { readonly type: "kept"; readonly kept: KeptAnswer }
  /** The twin has failed: this one goes, and the others wait for it. */
  | { readonly type: "lead" }
  /** The twin's answer is of a kind that is not kept. Its twins' will be, too: nobody waits any longer. */
  | { readonly type: "free" };

export interface Waiting {
  readonly turn: Promise<Turn>;
  /** Nobody waits here any more. Whoever was to lead has another one lead. */
  readonly leave: () => void;
}

export type Ending = { readonly type: "kept"; readonly kept: KeptAnswer } | { readonly type: "failed" | "unkept" };

/** Of concurrent twins one goes, and the others wait for its answer. */
export interface Flights {
  /** Undefined: nobody is on the way, and this one goes. It must `land`, in whatever ending. */
  readonly board: (name: string) => Waiting | undefined;
  readonly land: (name: string, ending: Ending) => void;
  /** How many wait. */
  readonly waiting: () => number;
}

type Resolve = (turn: Turn) => void;

export function createFlights(): Flights {
  const flights = new Map<string, Set<Resolve>>();

  const land = (name: string, ending: Ending): void => {
    const waiting = flights.get(name);
    if (waiting === undefined) return;
    if (ending.type === "failed") {
      const [next] = waiting;
      if (next === undefined) flights.delete(name);
      else {
        waiting.delete(next);
        next({ type: "lead" });
      }
      return;
    }
    flights.delete(name);
    for (const resolve of waiting) resolve(ending.type === "kept" ? ending : { type: "free" });
  };

  return {
    board(name) {
      const waiting = flights.get(name);
      if (waiting === undefined) {
        flights.set(name, new Set());
        return undefined;
      }
      const { promise, resolve } = Promise.withResolvers<Turn>();
      let leads = false;
      const wake = (turn: Turn) => {
        leads = turn.type === "lead";
        resolve(turn);
      };
      waiting.add(wake);
      return {
        turn: promise,
        leave: () => {
          waiting.delete(wake);
          if (leads) land(name, { type: "failed" });
          leads = false;
        },
      };
    },
    land,
    waiting: () => [...flights.values()].reduce((sum, waiting) => sum + waiting.size, 0),
  };
}
