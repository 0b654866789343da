import { type CanonicalResponse, collect, explode, type StreamEvent } from "@signalbox/protocol";
import type { AnswerWork, NextStep } from "./answer-work.ts";
import { type Attempt, answerContext } from "./attempt-context.ts";
import type { Parties } from "./journey.ts";
import {
  hasContent,
  type LaneOptions,
  type Outlet,
  type StreamLane,
  startOutlet,
  translateLane,
} from "./stream-lane.ts";
import { SILENT, tellingOf } from "./telling.ts";

/** The one answer that the client gets, where features of the gateway stand between it and the upstreams, which may be asked several times. */
export interface Assembly {
  /** An upstream has answered, and the client's answer is not at its end. */
  readonly isOpen: () => boolean;
  /** An upstream's stream for a client that streams. */
  readonly lane: (current: Attempt, options: LaneOptions) => StreamLane;
  /** What goes to the client of an upstream's whole answer. */
  readonly push: (current: Attempt, response: CanonicalResponse) => readonly StreamEvent[];
  /** The client's side of its stream. */
  readonly outlet: () => Outlet | undefined;
  /** All that the client is told, for one that wants it whole. Throws where the answer has no end. */
  readonly whole: () => CanonicalResponse;
  /** After an answer that was left open. `ask`: upstreams are to be asked this; else the events that go on with the answer. */
  readonly next: () => Promise<NextStep | undefined>;
  /** The attempt that has answered last. */
  readonly latest: () => Attempt | undefined;
}

/** Undefined where nothing is to be done to the answer. */
export function startAssembly({ exchange, request }: Parties): Assembly | undefined {
  const { work, keeper } = request;
  if (work === undefined) return undefined;
  const told: StreamEvent[] = [];
  let outlet: Outlet | undefined;
  let latest: Attempt | undefined;
  let begun = false;
  let ended = false;
  const isOpen = () => begun && !ended;

  const pass = (events: readonly StreamEvent[], through: readonly AnswerWork[]): readonly StreamEvent[] => {
    const shown = through.reduce((passing, feature) => feature.push(passing), events);
    ended ||= shown.some(({ type }) => type === "response-end");
    if (!request.stream) told.push(...shown);
    keeper?.events(shown);
    return shown;
  };
  const begin = (current: Attempt) => {
    latest = current;
    begun = true;
    for (const feature of work) feature.begin(current.planned);
  };

  return {
    isOpen,
    outlet: () => outlet,
    latest: () => latest,
    whole: () => collect(told),
    push(current, response) {
      begin(current);
      outlet ??= outletOf(current);
      return pass([...explode(response)], work);
    },
    lane(current, options) {
      const own = outlet ?? outletOf(current);
      let early: StreamEvent[] | undefined = [];
      /** What has no content yet may still be another attempt's to say. */
      const joined = (events: readonly StreamEvent[]): readonly StreamEvent[] => {
        if (early === undefined) return pass(events, work);
        early.push(...events);
        if (!hasContent(events)) return [];
        const first = early;
        early = undefined;
        begin(current);
        outlet = own;
        return pass(first, work);
      };
      return translateLane({ ...options, outlet: { ...own, end: () => (isOpen() ? [] : own.end()) }, joined });
    },
    async next() {
      const events: StreamEvent[] = [];
      for (const [at, feature] of work.entries()) {
        const step = await feature.next();
        if (step?.type === "ask") {
          for (const later of work.slice(at + 1)) later.keep?.();
          return step;
        }
        if (step !== undefined) events.push(...pass(step.events, work.slice(at + 1)));
      }
      return events.length === 0 ? undefined : { type: "tell", events };
    },
  };

  function outletOf(current: Attempt): Outlet {
    const telling = request.stream ? tellingOf(exchange, current.planned) : SILENT;
    return startOutlet(exchange.surface.dialect, answerContext(current), telling);
  }
}
