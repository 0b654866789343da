import {
  type AnswerContext,
  type CanonicalResponse,
  type LossReport,
  lossRecorder,
  type Origin,
  type StreamEvent,
} from "@signalbox/protocol";
import { roughTokens } from "../accounting/estimate.ts";
import { placeOf } from "../routing/next-attempt.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { Cancellation } from "../upstream/cancellation.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { returnedResponseHeaders } from "../upstream/headers.ts";
import type { Watchdog } from "../upstream/watchdog.ts";
import { answerHeaders } from "./answer-headers.ts";
import type { Answering } from "./answer-metadata.ts";
import type { NextStep } from "./answer-work.ts";
import type { ClientRequest } from "./client-request.ts";
import type { ClientStream } from "./client-stream.ts";
import type { Continuation } from "./continuation.ts";
import type { AttemptRecord, Exchange } from "./exchange.ts";
import { lossesInto } from "./losses-into.ts";
import type { Runner } from "./race.ts";
import type { LaneOptions, Outlet, StreamLane } from "./stream-lane.ts";

/** Everything that belongs to one try of one target. */
export interface Attempt {
  readonly exchange: Exchange;
  readonly request: ClientRequest;
  readonly planned: PlannedAttempt;
  readonly client: ClientStream;
  readonly watchdog: Watchdog;
  readonly cancel: Cancellation;
  readonly origin: Origin;
  /** What the upstream was not told, or told differently. */
  readonly losses: LossReport;
  /** The client has not asked for the stream's usage; the gateway has. */
  readonly hidesUsage: boolean;
  readonly record: AttemptRecord;
  readonly runner: Runner;
  readonly continuation: Continuation | undefined;
  readonly assembly: Assembly | undefined;
}

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
  /** What any of the upstreams that had a part in it was not told, or told differently. */
  readonly losses: () => LossReport;
  /** All that the client is told, for one that wants it whole. Throws where the answer has no end. */
  readonly whole: () => CanonicalResponse;
  /** After an answer that was left open. `ask`: upstreams are to be asked this; else the events that go on with the answer. */
  readonly next: () => Promise<NextStep | undefined>;
  /** The attempt that has answered last. */
  readonly latest: () => Attempt | undefined;
}

/** The attempt is the one that answers: from here on the exchange tells of it. Throws AttemptFailure when another one does. */
export function claim({ exchange, planned, losses, record, runner }: Attempt): void {
  runner.claim();
  if (record.firstContentAt === undefined) {
    record.firstContentAt = performance.now();
    exchange.services.health.answered(placeOf(planned), record.startedAt, record.firstContentAt);
  }
  exchange.outcome.firstContentAt ??= record.firstContentAt;
  exchange.outcome.dropped = losses.dropped;
  exchange.outcome.adapted = losses.adapted;
}

/** What an encoder must know to answer the client. */
export function answerContext({
  exchange,
  request,
  planned,
  losses,
}: Pick<Attempt, "exchange" | "request" | "losses"> & { readonly planned: Answering }): AnswerContext {
  const recorder = lossRecorder();
  lossesInto(recorder, losses);
  const canonical = request.canonical();
  return {
    request: canonical,
    model: planned.target.model,
    uniqueId: exchange.id.replace(/^req_/, ""),
    now: Math.floor(Date.now() / 1000),
    estimatedInputTokens: roughTokens(canonical),
    losses: recorder,
  };
}

/** The headers of a successful answer: the gateway's own, and the upstream's where the client speaks its dialect. */
export function successHeaders({ exchange, planned, losses }: Attempt, answer: UpstreamAnswer): Record<string, string> {
  const own = answerHeaders(exchange, planned, losses);
  return planned.lane === "passthrough" ? { ...returnedResponseHeaders(answer.headers), ...own } : own;
}
