import { collect, explode, type StreamEvent, type Usage } from "@signalbox/protocol";
import type { AnswerWork, NextStep } from "./answer-work.ts";
import { startHearing, startSums } from "./assembly-parts.ts";
import { type Assembly, type Attempt, answerContext } from "./attempt-context.ts";
import { lossesInto } from "./losses-into.ts";
import type { Parties } from "./parties.ts";
import { hasContent, type Outlet, startOutlet, translateLane } from "./stream-lane.ts";
import { SILENT, tellingOf } from "./telling.ts";

/** Undefined where nothing is to be done to the answer. */
export function startAssembly(parties: Parties): Assembly | undefined {
  const { work } = parties.request;
  if (work === undefined) return undefined;
  const { outcome } = parties.exchange;
  const thread = startThread(parties, work);
  let outlet: Outlet | undefined;
  let latest: Attempt | undefined;

  const begin = (current: Attempt, usage: () => Usage | undefined) => {
    latest = current;
    thread.begin(current, usage);
  };
  /** Of an attempt that came to nothing the client was told nothing, so that the next one begins anew. */
  const outletFor = (current: Attempt): Outlet =>
    thread.goesOn() && outlet !== undefined ? outlet : outletOf(parties, current);

  return {
    isOpen: thread.isOpen,
    outlet: () => outlet,
    latest: () => latest,
    whole: thread.whole,
    losses: thread.sums.losses,
    next: thread.next,
    push(current, response) {
      begin(current, () => response.usage);
      outlet = outletFor(current);
      Object.assign(outcome, thread.sums.usage());
      return thread.pass([...explode(response)], work);
    },
    lane(current, options) {
      const joint = outletFor(current);
      let early: StreamEvent[] | undefined = [];
      /** What has no content yet may still be another attempt's to say. */
      const joined = (events: readonly StreamEvent[]): readonly StreamEvent[] => {
        if (early === undefined) return thread.pass(events, work);
        early.push(...events);
        if (!hasContent(events)) return [];
        const first = early;
        early = undefined;
        begin(current, ownUsage);
        outlet = joint;
        lossesInto(joint.losses, current.losses);
        return thread.pass(first, work);
      };
      const end = () => (thread.isOpen() ? [] : joint.end());
      const inner = translateLane({ ...options, outlet: { ...joint, end }, joined });
      const ownUsage = () => inner.summary().usage;
      return { ...inner, ownUsage, summary: () => ({ ...joint.losses.report(), ...thread.sums.usage() }) };
    },
  };
}

/** One answer on its way through the features that work on it. */
function startThread({ exchange, request, client }: Parties, work: readonly AnswerWork[]) {
  const { outcome } = exchange;
  const told: StreamEvent[] = [];
  const sums = startSums();
  const heard = startHearing(request.keeper, client);
  let begun = false;
  let ended = false;
  let goesOn = false;

  const pass = (events: readonly StreamEvent[], through: readonly AnswerWork[]): readonly StreamEvent[] => {
    const shown = through.reduce((passing, feature) => feature.push(passing), events);
    for (const event of shown) {
      if (event.type !== "response-end") continue;
      ended = true;
      outcome.finishReason = event.finishReason.unified;
    }
    if (!request.stream) told.push(...shown);
    heard.push(shown);
    return shown;
  };
  const keepBefore = (asking: number) => {
    for (const later of work.slice(asking + 1)) later.keep?.();
    sums.keep();
    heard.keep();
    goesOn = true;
  };

  return {
    sums,
    pass,
    isOpen: () => begun && !ended,
    /** What was told stands: upstreams are asked for more of the same answer. */
    goesOn: () => goesOn,
    whole: () => collect(told),
    begin({ planned, losses }: Attempt, usage: () => Usage | undefined) {
      begun = true;
      heard.reset();
      sums.begin(losses, usage);
      for (const feature of work) feature.begin(planned);
    },
    async next(): Promise<NextStep | undefined> {
      const events: StreamEvent[] = [];
      for (const [at, feature] of work.entries()) {
        const step = await feature.next();
        if (step?.type === "ask") {
          keepBefore(at);
          return step;
        }
        if (step !== undefined) events.push(...pass(step.events, work.slice(at + 1)));
      }
      return events.length === 0 ? undefined : { type: "tell", events };
    },
  };
}

function outletOf({ exchange, request }: Parties, current: Attempt): Outlet {
  const telling = request.stream ? tellingOf(exchange, current.planned) : SILENT;
  return startOutlet(exchange.surface.dialect, answerContext(current), telling);
}
