import { collect, explode, type StreamEvent } from "@signalbox/protocol";
import type { AnswerWork } from "./answer-work.ts";
import { type Assembly, type Attempt, answerContext } from "./attempt-context.ts";
import type { Parties } from "./parties.ts";
import { hasContent, type Outlet, startOutlet, translateLane } from "./stream-lane.ts";
import { SILENT, tellingOf } from "./telling.ts";

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
