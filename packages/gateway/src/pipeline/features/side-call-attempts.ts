import { GatewayError, type Usage } from "@signalbox/protocol";
import type { EndpointDialect } from "../../config/quirks.ts";
import type { UpstreamPlace } from "../../providers/resolved.ts";
import { type Candidate, nextAttempt, placeOf, type Tried } from "../../routing/next-attempt.ts";
import { patience } from "../../routing/patience.ts";
import { type Cancellation, cancellation } from "../../upstream/cancellation.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import { dispatch, type UpstreamAnswer, type UpstreamRequest } from "../../upstream/dispatch.ts";
import { readRateLimits } from "../../upstream/rate-limits.ts";
import { readBody } from "../../upstream/read-body.ts";
import { redactError, secretsOf } from "../../upstream/redact.ts";
import { startWatchdog } from "../../upstream/watchdog.ts";
import { courseFrom } from "../course.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { asGatewayError } from "../failure.ts";
import { tokensIn } from "../metering.ts";
import { refusalOf } from "../refusal.ts";
import type { SideCallOptions } from "./side-calls-types.ts";

/** What a model is sent, and how its answer is read. */
export interface SideRequest<T> extends Pick<UpstreamRequest, "url" | "headers" | "body"> {
  /** Throws GatewayError. */
  readonly read: (answer: Received) => SideAnswer<T>;
}

export interface Received {
  readonly bytes: Buffer;
  readonly contentType: string;
}

export interface SideAnswer<T> {
  /** Throws GatewayError where the answer says nothing that can be used: it is paid for all the same. */
  readonly value: () => T;
  /** Undefined: the upstream does not tell. */
  readonly usage: Usage | undefined;
}

/** Someone who may be asked. */
export interface SidePlace extends Candidate {
  readonly endpoint: UpstreamPlace;
}

export interface SideCall<P extends SidePlace, T> {
  readonly exchange: Exchange;
  readonly options: SideCallOptions;
  /** Best first. */
  readonly planned: readonly P[];
  /** How many characters are sent: what is taken to be used where nobody tells. */
  readonly characters: number;
  /** The API that it is asked in, as the ledger calls it, and in whose words it refuses. */
  readonly speaks: (planned: P) => { readonly dialect: string; readonly errors: EndpointDialect };
  /** Throws GatewayError where this place cannot be asked that. */
  readonly prepare: (planned: P) => SideRequest<T>;
  readonly records: AttemptRecord[];
}

const ANSWER_LIMIT = 64 * 1024 * 1024;

/** Asks one after the other, each once, until one answers or the time is over. Rejects with GatewayError. */
export async function askBeside<P extends SidePlace, T>(call: SideCall<P, T>): Promise<T> {
  const { exchange, options, planned } = call;
  const deadlineAt = performance.now() + options.timeoutMs;
  const tried: Tried<P>[] = [];
  let failure: GatewayError | undefined;
  for (;;) {
    const left = planned.filter((place) => tried.every(({ attempt }) => attempt !== place));
    const next = nextAttempt(courseFrom(exchange, { planned: left, tried, deadlineAt }));
    if (next === undefined) throw failure ?? new GatewayError("internal", "There is nobody to ask.");
    const record = started(call, next.attempt);
    try {
      return await attempt(call, next.attempt, { record, deadlineAt });
    } catch (thrown) {
      failure = record.error ?? asGatewayError(thrown);
      tried.push({ attempt: next.attempt, error: failure });
      if (failure.code === "client_closed") throw failure;
    }
  }
}

function started<P extends SidePlace, T>(
  { exchange, options, records, speaks }: SideCall<P, T>,
  planned: P,
): AttemptRecord {
  const record: AttemptRecord = {
    ...placeOf(planned),
    lane: "translate",
    dialect: speaks(planned).dialect,
    startedAt: performance.now(),
    purpose: options.purpose,
  };
  records.push(record);
  exchange.services.health.started(placeOf(planned), record.startedAt);
  return record;
}

interface Trial {
  readonly record: AttemptRecord;
  readonly deadlineAt: number;
}

async function attempt<P extends SidePlace, T>(call: SideCall<P, T>, planned: P, trial: Trial): Promise<T> {
  const { record } = trial;
  const cancel = cancellation();
  const { exchange, options } = call;
  const forget = options.afterwards === true ? () => true : exchange.clientGone.onAbort(cancel.abort);
  const own = patience(planned.target, { stream: false, facts: {} });
  const remainingMs = Math.max(1, Math.ceil(trial.deadlineAt - performance.now()));
  const isHurried = remainingMs < own.totalMs;
  const timeouts = { ...own, totalMs: Math.min(own.totalMs, remainingMs) };
  const watchdog = startWatchdog(timeouts, cancel.abort);
  try {
    const request = call.prepare(planned);
    const sent: UpstreamRequest = { ...request, place: planned.endpoint, credential: planned.credential };
    const onSent = () => {
      record.sentAt = performance.now();
    };
    const answer = await dispatch(sent, { agents: exchange.services.agents, timeouts, cancel, onSent });
    const received = await receivedFrom(call, planned, { answer, cancel });
    const { value, usage } = request.read(received);
    meter(call, record, usage);
    return value();
  } catch (thrown) {
    record.error = safeError(planned, cancel.reason() ?? thrown);
    cancel.abort(record.error);
    if (record.sentAt !== undefined && isAbandoned(record.error)) meter(call, record, undefined);
    throw record.error;
  } finally {
    watchdog.stop();
    forget();
    record.endedAt = performance.now();
    noteEnd(exchange, planned, { record, isHurried });
  }
}

async function receivedFrom<P extends SidePlace, T>(
  { exchange, speaks }: SideCall<P, T>,
  planned: P,
  { answer, cancel }: { readonly answer: UpstreamAnswer; readonly cancel: Cancellation },
): Promise<Received> {
  const { endpoint, credential } = planned;
  const { headers, status } = answer;
  exchange.services.health.limits(placeOf(planned), readRateLimits(headers, undefined, new Date()), performance.now());
  if (status >= 400)
    throw (
      await refusalOf(
        { place: endpoint, credential, dialect: speaks(planned).errors, sameDialect: false, cancel },
        answer,
      )
    ).error;
  if (status !== 200)
    throw new GatewayError("upstream_invalid_response", `The upstream answered with status ${status}.`);
  return { bytes: await readBody(answer.body, ANSWER_LIMIT), contentType: String(headers["content-type"] ?? "") };
}

/** The upstream has begun to read, and vendors differ in what they bill then. */
const isAbandoned = ({ code, cause }: GatewayError): boolean =>
  code === "client_closed" || (code === "upstream_timeout" && cause === undefined);

function meter<P extends SidePlace, T>(
  { characters }: SideCall<P, T>,
  record: AttemptRecord,
  usage: Usage | undefined,
): void {
  record.usage = usage ?? { inputTokens: tokensIn(characters), outputTokens: 0 };
  if (usage === undefined) record.usageEstimated = true;
}

function safeError({ endpoint, credential }: SidePlace, thrown: unknown): GatewayError {
  return redactError(classifyTransportError(thrown), secretsOf(endpoint, credential));
}

/** Whoever gave an upstream less time than its operator does learns nothing of its health. */
function noteEnd(
  { services }: Exchange,
  planned: SidePlace,
  { record, isHurried }: { readonly record: AttemptRecord; readonly isHurried: boolean },
): void {
  const { health, log } = services;
  const place = placeOf(planned);
  const { error, startedAt, endedAt = startedAt } = record;
  if (error === undefined) health.succeeded(place, { durationMs: endedAt - startedAt }, endedAt);
  else if (error.code === "client_closed" || (isHurried && error.code === "upstream_timeout"))
    health.cancelled(place, endedAt);
  else {
    const rested = health.failed(place, error, endedAt);
    if (rested !== undefined) log.warn({ ...rested, until: undefined, forMs: rested.until - endedAt }, "left alone");
  }
}
