import { type AnswerContext, type LossReport, lossRecorder, type Origin } from "@signalbox/protocol";
import { roughTokens } from "../accounting/estimate.ts";
import { placeOf } from "../routing/next-attempt.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { Cancellation } from "../upstream/cancellation.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { returnedResponseHeaders } from "../upstream/headers.ts";
import type { Watchdog } from "../upstream/watchdog.ts";
import { answerHeaders } from "./answer-headers.ts";
import type { Answering } from "./answer-metadata.ts";
import type { Assembly } from "./assembly.ts";
import type { ClientStream } from "./client-stream.ts";
import type { Continuation } from "./continuation.ts";
import type { AttemptRecord, Exchange } from "./exchange.ts";
import type { Runner } from "./race.ts";
import type { ClientRequest } from "./receive.ts";

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
  for (const { feature, detail } of losses.dropped) recorder.drop(feature, detail);
  for (const { feature, detail } of losses.adapted) recorder.adapt(feature, detail);
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
