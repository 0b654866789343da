import { GatewayError, type Loss } from "@signalbox/protocol";
import type { OperationFormat } from "../../config/operations.ts";
import type { EndpointDialect } from "../../config/quirks.ts";
import { nextAttempt, placeOf, type Tried } from "../../routing/next-attempt.ts";
import { patience } from "../../routing/patience.ts";
import { type PlannedOperation, planOperation } from "../../routing/plan.ts";
import type { Plan } from "../../routing/target.ts";
import { cancellation } from "../../upstream/cancellation.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import { dispatch } from "../../upstream/dispatch.ts";
import { readRateLimits } from "../../upstream/rate-limits.ts";
import { redactError, secretsOf } from "../../upstream/redact.ts";
import { startWatchdog } from "../../upstream/watchdog.ts";
import { courseFrom, pause } from "../course.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { AttemptFailure, asGatewayError } from "../failure.ts";
import { isStrict } from "../prepare.ts";
import { refusalOf } from "../refusal.ts";
import type { Asked } from "./operation.ts";

/** In whose words each API refuses. */
const ERRORS: Readonly<Record<OperationFormat, EndpointDialect>> = {
  openai: "openai-chat",
  cohere: "openai-chat",
  voyage: "openai-chat",
  gemini: "gemini",
  imagen: "gemini",
};

interface Trip {
  readonly exchange: Exchange;
  readonly asked: Asked;
  readonly planned: readonly PlannedOperation[];
  readonly tried: Tried<PlannedOperation>[];
  readonly deadlineAt: number;
}

/** Attempts until one answers, or the table of errors says that none may follow. Throws the failure that tells most. */
export async function tryOperation(exchange: Exchange, asked: Asked, plan: Plan): Promise<void> {
  const trip = begin(exchange, asked, plan);
  let failure: AttemptFailure | undefined;
  for (;;) {
    const next = nextAttempt(courseFrom(exchange, trip));
    if (next === undefined) throw failure ?? new GatewayError("internal", "The plan was empty.");
    if (next.waitMs > 0) await pause(next.waitMs, exchange);
    const failed = await attemptOnce(trip, next.attempt);
    if (failed === undefined) return;
    failure = failure !== undefined && failed.error.code === "unsupported_feature" ? failure : failed;
    if (exchange.clientGone.reason() !== undefined || exchange.response.headersSent) throw failed;
  }
}

function begin(exchange: Exchange, asked: Asked, plan: Plan): Trip {
  const { health } = exchange.services;
  const turns = { lastUsed: health.lastUsed, chance: Math.random };
  const deadlineMs = plan.targets[0]?.timeouts.deadlineMs ?? exchange.snapshot.timeouts.deadlineMs;
  health.budget.deposit(performance.now());
  return {
    exchange,
    asked,
    planned: planOperation(plan.targets, asked.operation, turns),
    tried: [],
    deadlineAt: exchange.startedAt + deadlineMs,
  };
}

async function attemptOnce(trip: Trip, planned: PlannedOperation): Promise<AttemptFailure | undefined> {
  const { exchange, tried, asked } = trip;
  const { health } = exchange.services;
  const record: AttemptRecord = {
    ...placeOf(planned),
    lane: "translate",
    dialect: `${planned.endpoint.format}-${asked.operation}`,
    startedAt: performance.now(),
  };
  exchange.outcome.attempts.push(record);
  health.started(placeOf(planned), record.startedAt);
  let failure: AttemptFailure | undefined;
  try {
    await attempt(trip, planned, record);
  } catch (thrown) {
    failure = withoutSecrets(planned, thrown);
    record.error = failure.error;
    tried.push({ attempt: planned, error: failure.error });
  }
  record.endedAt = performance.now();
  noteEnd(exchange, planned, record);
  return failure;
}

async function attempt(
  { exchange, asked, deadlineAt }: Trip,
  planned: PlannedOperation,
  record: AttemptRecord,
): Promise<void> {
  const { upstream, lane, relay, dropped, adapted } = asked.prepare(planned);
  record.lane = lane;
  if (isStrict(exchange) && dropped.length > 0) throw unsupported(dropped, planned);
  const { endpoint, credential, target } = planned;
  const cancel = cancellation();
  const forget = exchange.clientGone.onAbort(cancel.abort);
  const waits = patience(target, { stream: asked.stream && asked.arriving?.() !== true, facts: {} });
  const remainingMs = Math.max(1, Math.ceil(deadlineAt - performance.now()));
  const timeouts = { ...waits, totalMs: Math.min(waits.totalMs, remainingMs) };
  const watchdog = startWatchdog(timeouts, cancel.abort);
  const { agents } = exchange.services;
  const onSent = () => {
    record.sentAt = performance.now();
  };
  try {
    const answer = await dispatch({ place: endpoint, credential, ...upstream }, { agents, timeouts, cancel, onSent });
    exchange.services.health.limits(
      placeOf(planned),
      readRateLimits(answer.headers, undefined, new Date()),
      performance.now(),
    );
    if (answer.status !== 200) throw await refused({ exchange, planned, cancel }, answer);
    await relay(
      { exchange, asked, planned: { ...planned, lane }, losses: { dropped, adapted }, record, cancel, watchdog },
      answer,
    );
  } catch (error) {
    cancel.abort(asGatewayError(error));
    throw error;
  } finally {
    watchdog.stop();
    forget();
  }
}

type Answer = Awaited<ReturnType<typeof dispatch>>;

async function refused(
  {
    exchange,
    planned,
    cancel,
  }: Pick<Trip, "exchange"> & {
    readonly planned: PlannedOperation;
    readonly cancel: ReturnType<typeof cancellation>;
  },
  answer: Answer,
): Promise<AttemptFailure> {
  if (answer.status < 400)
    return new AttemptFailure(
      new GatewayError("upstream_invalid_response", `The upstream answered with status ${answer.status}.`),
    );
  const { endpoint, credential } = planned;
  const dialect = ERRORS[endpoint.format];
  const sameDialect = dialect === exchange.surface.dialect && (endpoint.format === "openai" || dialect === "gemini");
  return refusalOf({ place: endpoint, credential, dialect, sameDialect, cancel }, answer);
}

function withoutSecrets({ endpoint, credential }: PlannedOperation, thrown: unknown): AttemptFailure {
  const failure = thrown instanceof AttemptFailure ? thrown : new AttemptFailure(classifyTransportError(thrown));
  const error = redactError(failure.error, secretsOf(endpoint, credential));
  return error === failure.error ? failure : new AttemptFailure(error, failure.raw);
}

function noteEnd({ services }: Exchange, planned: PlannedOperation, record: AttemptRecord): void {
  const { health, log } = services;
  const place = placeOf(planned);
  const { error, startedAt, endedAt = startedAt } = record;
  if (error?.code === "client_closed") health.cancelled(place, endedAt);
  else if (error === undefined) health.succeeded(place, { durationMs: endedAt - startedAt }, endedAt);
  else {
    const rested = health.failed(place, error, endedAt);
    if (rested !== undefined) log.warn({ ...rested, until: undefined, forMs: rested.until - endedAt }, "left alone");
  }
}

function unsupported(dropped: readonly Loss[], { target, endpoint }: PlannedOperation): GatewayError {
  const details = dropped.map(({ feature, detail }) => `${feature}: ${detail}`).join(" ");
  return new GatewayError(
    "unsupported_feature",
    `${target.provider.id} (${endpoint.format}) cannot be told all of this request. ${details}`,
  );
}
