import { addUsage, type GatewayError, type LossReport, type StreamEvent, type Usage } from "@signalbox/protocol";
import { roughTokens } from "../accounting/estimate.ts";
import { applyOverrides } from "../routing/overrides.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { ClientRequest } from "./client-request.ts";
import type { AttemptRecord } from "./exchange.ts";
import { joinAnswer } from "./join-answer.ts";
import { tokensIn, usageOfCut } from "./metering.ts";
import type { Parties } from "./parties.ts";
import { asksForText, continuedRequest, takesPrefill } from "./prefill.ts";
import { charactersIn, type LaneOptions, type Outlet, type StreamLane, translateLane } from "./stream-lane.ts";
import { startTranscript, type Transcript } from "./transcript.ts";

/** One streamed answer that several attempts may have a part in, where the operator has opted in. */
export interface Continuation {
  /** A stream was cut, and the answer waits for an attempt that goes on with it. */
  readonly isOpen: () => boolean;
  /** What to ask next: for the rest of an answer that was cut, else what the client asks. */
  readonly request: () => ClientRequest;
  /** Those that can answer that. */
  readonly candidates: (planned: readonly PlannedAttempt[]) => readonly PlannedAttempt[];
  readonly lane: (part: AnswerPart, options: LaneOptions) => StreamLane;
  /** Nobody goes on with it: the client is told why its stream was cut. False when none was. */
  readonly giveUp: () => boolean;
}

/** One attempt's part in the answer. */
interface AnswerPart {
  readonly planned: PlannedAttempt;
  readonly record: AttemptRecord;
  readonly losses: LossReport;
  /** The client's side, for the attempt that begins the answer. */
  readonly startOutlet: () => Outlet;
}

interface OpenAnswer {
  readonly outlet: Outlet;
  readonly transcript: Transcript;
  readonly usage: Usage;
  /** Why the latest stream was cut. */
  readonly error: GatewayError;
}

/** Undefined where nothing is to be continued. */
export function startContinuation({ exchange, request, client }: Parties): Continuation | undefined {
  if (!request.stream || exchange.outcome.plan?.continuation !== true || request.work !== undefined) return undefined;
  let open: OpenAnswer | undefined;
  const said = () => open?.transcript.said().text ?? "";
  const asksText = ({ target }: PlannedAttempt) =>
    asksForText(applyOverrides(request.canonical(), target.overrides ?? {}).request);
  const promptTokens = () => roughTokens(request.canonical()) + tokensIn(said().length);

  return {
    isOpen: () => open !== undefined,
    request() {
      const text = said();
      return text === "" ? request : { ...request, continued: (asked) => continuedRequest(asked, text) };
    },
    candidates: (planned) =>
      open === undefined
        ? planned
        : planned.filter((next) => takesPrefill(next.endpoint, next.target) && asksText(next)),
    lane(part, options) {
      const earlier = open;
      const joint = jointOf(part, earlier);
      const inner = translateLane({ ...options, outlet: joint.outlet, joined: joint.joined });
      const { record, planned } = part;
      let own: Usage | undefined;
      const ownUsage = () => own ?? inner.summary().usage;
      return {
        ...inner,
        ownUsage,
        leave(error) {
          const { isPlain, text } = joint.transcript.said();
          if (error.scope !== "endpoint" || !isPlain || text.trim() === "" || !asksText(planned)) return false;
          own = usageOfCut(inner.summary().usage, promptTokens(), joint.characters());
          record.usage = own;
          record.usageEstimated = true;
          const usage = addUsage(earlier?.usage, own) ?? own;
          open = { outlet: joint.outlet, transcript: joint.transcript, usage, error };
          return true;
        },
        summary() {
          const { usage: _, ...rest } = inner.summary();
          const usage = addUsage(earlier?.usage, ownUsage());
          return { ...rest, ...(usage === undefined ? {} : { usage }) };
        },
      };
    },
    giveUp() {
      if (open === undefined) return false;
      exchange.outcome.error = open.error;
      client.fail(open.error, { told: false, sequence: open.outlet.sequence() });
      return true;
    },
  };
}

/** An attempt's events as those of the whole answer. */
function jointOf({ losses, startOutlet }: AnswerPart, earlier: OpenAnswer | undefined) {
  const outlet = earlier?.outlet ?? startOutlet();
  const transcript = earlier?.transcript ?? startTranscript();
  let characters = 0;
  let join: ((event: StreamEvent) => readonly StreamEvent[]) | undefined;
  if (earlier !== undefined) {
    join = joinAnswer({ said: transcript.said(), usage: earlier.usage, losses: outlet.losses });
    for (const { feature, detail } of losses.dropped) outlet.losses.drop(feature, detail);
    for (const { feature, detail } of losses.adapted) outlet.losses.adapt(feature, detail);
  }
  return {
    outlet,
    transcript,
    /** What the model wrote, whether the client saw it or not. */
    characters: () => characters,
    joined(events: readonly StreamEvent[]): readonly StreamEvent[] {
      for (const event of events) characters += charactersIn(event);
      const shown = join === undefined ? events : events.flatMap(join);
      transcript.note(shown);
      return shown;
    },
  };
}
