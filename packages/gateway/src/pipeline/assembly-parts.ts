import { addUsage, type LossReport, lossRecorder, type StreamEvent, type Usage } from "@signalbox/protocol";
import type { Keeper } from "./answer-work.ts";
import type { ClientStream } from "./client-stream.ts";
import { lossesInto } from "./losses-into.ts";

/** What all upstreams together used for one answer, and what of its request they were not told. */
export interface Sums {
  /** The answer of this one comes; what it has used is known as it is told. */
  readonly begin: (losses: LossReport, own: () => Usage | undefined) => void;
  /** What came stands, and another answer follows. */
  readonly keep: () => void;
  readonly usage: () => { readonly usage?: Usage };
  readonly losses: () => LossReport;
}

export function startSums(): Sums {
  const recorder = lossRecorder();
  let spent: Usage | undefined;
  let own: () => Usage | undefined = () => undefined;
  const sum = () => addUsage(spent, own());
  return {
    begin(losses, itsOwn) {
      lossesInto(recorder, losses);
      own = itsOwn;
    },
    keep() {
      spent = sum();
      own = () => undefined;
    },
    usage() {
      const usage = sum();
      return usage === undefined ? {} : { usage };
    },
    losses: recorder.report,
  };
}

/** Keeps of an answer what stands: what was said by an attempt that came to nothing is not part of it. */
export interface Heard {
  readonly push: (events: readonly StreamEvent[]) => void;
  readonly reset: () => void;
  readonly keep: () => void;
}

export function startHearing(keeper: Keeper | undefined, client: Pick<ClientStream, "hasContent">): Heard {
  let heard: StreamEvent[] = [];
  const keep = () => {
    if (heard.length > 0) keeper?.events(heard);
    heard = [];
  };
  return {
    push(events) {
      if (keeper === undefined) return;
      heard.push(...events);
      if (client.hasContent() || events.some(({ type }) => type === "response-end")) keep();
    },
    reset() {
      heard = [];
    },
    keep,
  };
}
