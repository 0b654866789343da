import type { KeptAnswer } from "./kept-answer.ts";

/** What becomes of a request that has waited for its twin. */
export type Turn =
  /** The twin's answer is there. */
  | { readonly type: "kept"; readonly kept: KeptAnswer }
  /** The twin has failed, or has left: this one goes, and the others wait for it. */
  | { readonly type: "lead" }
  /** The twin's answer is of a kind that is not kept, or two have failed. Its twins' will be, too: nobody waits any longer. */
  | { readonly type: "free" }
  /** The twin's answer was purged before it was there: this one asks as if it had come by now. */
  | { readonly type: "again" };

export interface Waiting {
  readonly turn: Promise<Turn>;
  /** Nobody waits here any more. Whoever was to lead has another one lead. */
  readonly leave: () => void;
}

/**
 * `failed`: nobody has answered. `left`: nobody was asked, or the client went away, which says nothing of others. `purged`: while it was
 * on its way, so that it is for its own client alone.
 */
export type Ending =
  | { readonly type: "kept"; readonly kept: KeptAnswer }
  | { readonly type: "failed" | "left" | "unkept" | "purged" };

/** One failure may be of the one request alone; whoever waits through more of them waits longer than anybody who does not. */
const FAILURES = 2;

/** Of concurrent twins one goes, and the others wait for its answer. */
export interface Flights {
  /** `since`: what was purged by then; who went before a purge is not waited for. Absent: nobody can tell, and any twin serves. */
  readonly board: (name: string, since?: string) => Seat;
  /** How many wait. */
  readonly waiting: () => number;
}

export interface Seat {
  /** Absent: nobody is on the way, and this one goes. */
  readonly waiting?: Waiting;
  /** Who goes must land, in whatever ending. */
  readonly land: (ending: Ending) => void;
}

type Resolve = (turn: Turn) => void;

interface Flight {
  readonly name: string;
  readonly since: string | undefined;
  readonly waiting: Set<Resolve>;
  failures: number;
}

export function createFlights(): Flights {
  /** Of each name the one that is waited for. */
  const latest = new Map<string, Flight>();
  const all = new Set<Flight>();

  const leave = (flight: Flight): void => {
    all.delete(flight);
    if (latest.get(flight.name) === flight) latest.delete(flight.name);
  };

  const land = (flight: Flight, ending: Ending): void => {
    const { waiting } = flight;
    if (ending.type === "failed") flight.failures += 1;
    if (ending.type === "left" || (ending.type === "failed" && flight.failures < FAILURES)) {
      const [next] = waiting;
      if (next === undefined) leave(flight);
      else {
        waiting.delete(next);
        next({ type: "lead" });
      }
      return;
    }
    leave(flight);
    for (const resolve of waiting) resolve(turnAfter(ending));
    waiting.clear();
  };

  const waitFor = (flight: Flight): Waiting => {
    const { promise, resolve } = Promise.withResolvers<Turn>();
    let leads = false;
    const wake = (turn: Turn) => {
      leads = turn.type === "lead";
      resolve(turn);
    };
    flight.waiting.add(wake);
    return {
      turn: promise,
      leave: () => {
        flight.waiting.delete(wake);
        if (leads) land(flight, { type: "left" });
        leads = false;
      },
    };
  };

  return {
    board(name, since) {
      const before = latest.get(name);
      const isTwin = since === undefined || before?.since === undefined || before.since === since;
      if (before !== undefined && isTwin) return { waiting: waitFor(before), land: (ending) => land(before, ending) };
      const flight: Flight = { name, since, waiting: new Set(), failures: 0 };
      latest.set(name, flight);
      all.add(flight);
      return { land: (ending) => land(flight, ending) };
    },
    waiting: () => [...all].reduce((sum, { waiting }) => sum + waiting.size, 0),
  };
}

function turnAfter(ending: Ending): Turn {
  if (ending.type === "kept") return ending;
  return { type: ending.type === "purged" ? "again" : "free" };
}
