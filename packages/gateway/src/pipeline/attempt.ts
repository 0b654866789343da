import { GatewayError } from "@signalbox/protocol";
import { modelFacts } from "../catalogue/catalogue.ts";
import type { Timeouts } from "../config/timeouts.ts";
import { placeOf } from "../routing/next-attempt.ts";
import { patience } from "../routing/patience.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import { cancellation } from "../upstream/cancellation.ts";
import { classifyTransportError } from "../upstream/classify.ts";
import { dispatch, type UpstreamAnswer } from "../upstream/dispatch.ts";
import { type RateLimitHint, readRateLimits } from "../upstream/rate-limits.ts";
import { redactError, secretsOf } from "../upstream/redact.ts";
import { startWatchdog } from "../upstream/watchdog.ts";
import type { Attempt } from "./attempt-context.ts";
import type { AttemptRecord } from "./exchange.ts";
import { AttemptFailure } from "./failure.ts";
import { goneCaches } from "./gone-caches.ts";
import type { Journey } from "./journey.ts";
import { meterPrompt } from "./metering.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { type Refused, refusalOf } from "./refusal.ts";
import { relayStream } from "./relay-stream.ts";
import { relayWhole } from "./relay-whole.ts";
import { whenMetered } from "./when-metered.ts";

/**
 * One try of one target, to its end. Resolves when the client has its answer, or its error event after content was sent
 * (the record then says which). Rejects with AttemptFailure while another attempt may still answer.
 */
export async function attempt(journey: Journey, planned: PlannedAttempt, record: AttemptRecord): Promise<void> {
  const { exchange, request, client, race } = journey;
  const prepared = prepare(exchange, request, planned);
  const cancel = cancellation();
  const runner = race.enter((lost) => {
    meterPrompt({ exchange, request, record });
    cancel.abort(lost);
  });
  const forget = exchange.clientGone.onAbort(cancel.abort);
  const timeouts = timeoutsOf(journey, planned);
  const watchdog = startWatchdog(timeouts, cancel.abort);
  const { provider, model } = planned.target;
  const origin = { dialect: planned.endpoint.dialect, provider: provider.id, model };
  const current: Attempt = {
    exchange,
    request,
    planned,
    client,
    watchdog,
    cancel,
    origin,
    losses: prepared,
    hidesUsage: prepared.asksUsage === true,
    record,
    runner,
    continuation: journey.continuation,
    assembly: journey.assembly,
  };
  try {
    const { agents } = exchange.services;
    const onSent = () => {
      record.sentAt = performance.now();
    };
    if (prepared.cache !== undefined) whenMetered(record, prepared.cache.answered);
    const answer = await dispatch(prepared.upstream, { agents, timeouts, cancel, onSent });
    await relay(current, answer);
  } catch (error) {
    const failure = unlessCacheGone(prepared, withoutSecrets(planned, error));
    cancel.abort(failure.error);
    throw failure;
  } finally {
    watchdog.stop();
    runner.leave();
    forget();
  }
}

/** What is wrong with a request that names a cache that is gone is the request: nobody's health, and the whole of it may be sent. */
function unlessCacheGone({ cache }: Prepared, failure: AttemptFailure): AttemptFailure {
  const { message, detail } = failure.error;
  if (cache?.isGone({ message, status: detail.upstreamStatus }) !== true) return failure;
  const error = new GatewayError("invalid_request", "The explicit cache of the prompt is gone.", {
    cause: failure.error,
  });
  goneCaches.add(error);
  return new AttemptFailure(error);
}

/** In an event or in a whole answer an upstream may echo what it was sent, too. */
function withoutSecrets({ endpoint, credential }: PlannedAttempt, thrown: unknown): AttemptFailure {
  const failure = thrown instanceof AttemptFailure ? thrown : new AttemptFailure(classifyTransportError(thrown));
  const error = redactError(failure.error, secretsOf(endpoint, credential));
  return error === failure.error ? failure : new AttemptFailure(error, failure.raw);
}

/** The attempt's own patience, and never longer than the request's deadline. */
function timeoutsOf({ request, deadlineAt }: Journey, { target }: PlannedAttempt): Timeouts {
  const facts = modelFacts(target.provider, target.model);
  const timeouts = patience(target, { stream: request.stream, facts });
  const remainingMs = Math.max(1, Math.ceil(deadlineAt - performance.now()));
  return { ...timeouts, totalMs: Math.min(timeouts.totalMs, remainingMs) };
}

async function relay(current: Attempt, answer: UpstreamAnswer): Promise<void> {
  noteLimits(current, readRateLimits(answer.headers, undefined, new Date()));
  if (answer.status >= 400) throw await refusalOf(refusedBy(current), answer);
  const type = String(answer.headers["content-type"] ?? "");
  if (answer.status !== 200) throw invalidAnswer(`status ${answer.status}`);
  if (type.includes("text/event-stream")) return relayStream(current, answer);
  if (type.includes("json") && current.continuation?.isOpen() !== true) return relayWhole(current, answer);
  throw invalidAnswer(`content type '${type.slice(0, 80)}'`);
}

function refusedBy({ exchange, planned, cancel }: Attempt): Refused {
  const { endpoint, credential } = planned;
  const { dialect, host } = endpoint;
  return { place: endpoint, credential, dialect, sameDialect: dialect === exchange.surface.dialect, host, cancel };
}

function noteLimits({ exchange, planned }: Attempt, hint: RateLimitHint): void {
  exchange.services.health.limits(placeOf(planned), hint, performance.now());
}

function invalidAnswer(what: string): AttemptFailure {
  return new AttemptFailure(new GatewayError("upstream_invalid_response", `The upstream answered with ${what}.`));
}
