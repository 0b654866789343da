import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "@signalbox/protocol";
import { askedOutputs } from "../routing/asked-outputs.ts";
import type { Timing } from "../routing/health/health.ts";
import { type Course, type NextAttempt, nextAttempt, placeOf } from "../routing/next-attempt.ts";
import { type PlannedAttempt, planAttempts } from "../routing/plan.ts";
import { unknownFields } from "../upstream/unknown-fields.ts";
import { attempt } from "./attempt.ts";
import type { Assembly } from "./attempt-context.ts";
import { startContinuation } from "./continuation.ts";
import { courseFrom, pause } from "./course.ts";
import type { AttemptRecord, Exchange } from "./exchange.ts";
import { AttemptFailure, asGatewayError } from "./failure.ts";
import { asksForBreakpoints } from "./features/prompt-cache.ts";
import { searchesAt } from "./features/search.ts";
import { goneCaches } from "./gone-caches.ts";
import { hedgeDelayMs, hedgeFor } from "./hedge.ts";
import type { Journey } from "./journey.ts";
import { meterAbandoned } from "./metering.ts";
import { passthroughObstacle } from "./obstacle.ts";
import type { Parties } from "./parties.ts";
import { prepare } from "./prepare.ts";
import { startRace } from "./race.ts";
import { remember } from "./remember.ts";

/** One loop for streams and whole answers: attempts until one answers, or the table of errors says that none may follow. */
export async function attemptAll(parties: Parties, assembly?: Assembly): Promise<void> {
  const { exchange } = parties;
  const journey = begin(parties, assembly);
  let failure: AttemptFailure | undefined;
  let again: Trial | undefined;
  for (;;) {
    const next = again ?? nextAttempt(courseOf(journey));
    if (next === undefined) return fail(journey, failure);
    if (next.waitMs > 0) await pause(next.waitMs, exchange);
    const failed = await run(journey, next);
    if (failed === undefined) return;
    if (again !== undefined) exchange.services.learned.forget(again.attempt, again.fields);
    failure = worthTelling(failure, failed);
    if (exchange.clientGone.reason() !== undefined) throw failed;
    // Behind one cache that is gone there may be another: each is forgotten, and in the end the request is sent whole.
    const mayTryAgain = again === undefined || goneCaches.has(failed.error);
    again = mayTryAgain ? withoutUnknownFields(journey, failed) : undefined;
  }
}

/** Tells the client in its stream, where that has begun. Throws where it has not. */
function fail({ continuation }: Journey, failure: AttemptFailure | undefined): void {
  if (continuation?.giveUp() === true) return;
  throw failure ?? new GatewayError("internal", "The plan was empty.");
}

/** The same attempt once more, without the fields that the upstream did not know, or without the cache that it does not have. */
interface Trial extends NextAttempt {
  readonly fields: readonly string[];
}

function withoutUnknownFields(journey: Journey, { error }: AttemptFailure): Trial | undefined {
  const at = journey.tried.findIndex((tried) => tried.error === error);
  const refused = journey.tried[at];
  if (error.code !== "invalid_request" || refused === undefined) return undefined;
  if (goneCaches.has(error)) {
    journey.tried.splice(at, 1);
    return { attempt: refused.attempt, waitMs: 0, fields: [] };
  }
  const fields = unknownFields(error.message);
  if (fields.length === 0) return undefined;
  const { learned } = journey.exchange.services;
  if (!learned.learn(refused.attempt, fields)) return undefined;
  const left = leftOut(journey, refused.attempt);
  if (!fields.some((field) => left.includes(field))) {
    learned.forget(refused.attempt, fields);
    return undefined;
  }
  journey.tried.splice(at, 1);
  return { attempt: refused.attempt, waitMs: 0, fields };
}

/** Nothing where the client forbids it: what is the gateway's own wish is no loss to one that wants nothing left out. */
function leftOut({ exchange, request }: Journey, refused: PlannedAttempt): readonly string[] {
  try {
    const { dropped, withheld = [] } = prepare(exchange, request, refused);
    return [...dropped.map(({ feature }) => feature), ...withheld];
  } catch (error) {
    if (error instanceof GatewayError && error.code === "unsupported_feature") return [];
    throw error;
  }
}

function begin(parties: Parties, assembly: Assembly | undefined): Journey {
  const { exchange, request, client } = parties;
  const { plan } = exchange.outcome;
  if (plan === undefined) throw new GatewayError("internal", "A request was tried before it was planned.");
  const { health } = exchange.services;
  const { dialect } = exchange.surface;
  const planned = planAttempts(plan.targets, {
    dialect,
    outputs: askedOutputs({ bytes: request.bytes, scan: request.scan, dialect }),
    obstacle: passthroughObstacle(request, exchange),
    breakpoints: asksForBreakpoints(request, exchange),
    searches: searchesAt(exchange, request, plan),
    lastUsed: health.lastUsed,
    chance: Math.random,
  });
  const deadlineMs = plan.targets[0]?.timeouts.deadlineMs ?? exchange.snapshot.timeouts.deadlineMs;
  health.budget.deposit(performance.now());
  health.hedgeBudget.deposit(performance.now());
  if (request.stream) client.awaitContent();
  return {
    ...parties,
    planned,
    race: startRace(),
    tried: [],
    assembly,
    continuation: startContinuation(parties),
    deadlineAt: exchange.startedAt + deadlineMs,
  };
}

function courseOf({ exchange, planned, tried, deadlineAt, continuation }: Journey): Course {
  return courseFrom(exchange, { planned: continuation?.candidates(planned) ?? planned, tried, deadlineAt });
}

/** One attempt, and the hedge beside it if it is slow to begin. Undefined when one of them answered. */
async function run(journey: Journey, next: NextAttempt): Promise<AttemptFailure | undefined> {
  const first = attemptOnce(journey, next.attempt);
  const afterMs = hedgeDelayMs(journey, next.attempt);
  if (afterMs === undefined) return first;
  const began = new AbortController();
  const second = hedge(journey, next.attempt, { afterMs, signal: began.signal });
  const failed = await first.finally(() => began.abort());
  const hedged = await second;
  if (failed === undefined || hedged === "answered") return undefined;
  return hedged !== "none" && hedged.error.retry === "never" ? hedged : failed;
}

interface HedgeTiming {
  readonly afterMs: number;
  readonly signal: AbortSignal;
}

async function hedge(
  journey: Journey,
  slow: PlannedAttempt,
  { afterMs, signal }: HedgeTiming,
): Promise<AttemptFailure | "none" | "answered"> {
  const isLate = await delay(afterMs, true, { signal }).catch(() => false);
  const beside = isLate ? hedgeFor(journey, slow) : undefined;
  if (beside === undefined) return "none";
  return (await attemptOnce(journey, beside)) ?? "answered";
}

async function attemptOnce(journey: Journey, planned: PlannedAttempt): Promise<AttemptFailure | undefined> {
  const { exchange, tried } = journey;
  const { health } = exchange.services;
  const place = placeOf(planned);
  const going = goingOn(journey);
  const record: AttemptRecord = {
    ...place,
    lane: planned.lane,
    dialect: planned.endpoint.dialect,
    startedAt: performance.now(),
    ...(going === journey ? {} : { continues: true }),
  };
  exchange.outcome.attempts.push(record);
  health.started(place, record.startedAt);
  let failure: AttemptFailure | undefined;
  try {
    await attempt(going, planned, record);
  } catch (thrown) {
    failure = thrown instanceof AttemptFailure ? thrown : new AttemptFailure(asGatewayError(thrown));
    record.error = failure.error;
    meterAbandoned({ exchange, request: going.request, record });
    tried.push({ attempt: planned, error: failure.error });
  }
  record.endedAt = performance.now();
  noteEnd(journey, planned, record);
  return failure;
}

/** The same journey where an answer that was cut is gone on with: the one who had the client's ear has lost it. */
function goingOn(journey: Journey): Journey {
  const { continuation } = journey;
  return continuation?.isOpen() === true ? { ...journey, request: continuation.request(), race: startRace() } : journey;
}

function noteEnd(journey: Journey, planned: PlannedAttempt, record: AttemptRecord): void {
  const { exchange } = journey;
  const { health, log } = exchange.services;
  const place = placeOf(planned);
  const { error, startedAt, endedAt = startedAt } = record;
  if (error?.code === "client_closed" || wasHurried(journey, planned, record)) {
    health.cancelled(place, endedAt);
  } else if (error !== undefined) {
    const rested = health.failed(place, error, endedAt);
    if (rested !== undefined) log.warn({ ...rested, until: undefined, forMs: rested.until - endedAt }, "left alone");
  } else {
    health.succeeded(place, timingOf(exchange, record, endedAt), endedAt);
    remember(journey, planned, record.usage);
  }
}

/** Who gives an upstream less time than the operator does learns nothing of its health, and must not spoil it for the others. */
function wasHurried(
  { request }: Journey,
  { target }: PlannedAttempt,
  { error, firstContentAt }: AttemptRecord,
): boolean {
  const { firstTokenMs = Number.POSITIVE_INFINITY, timeouts } = target;
  const isLate = error?.code === "upstream_timeout" && firstContentAt === undefined;
  return isLate && request.stream && firstTokenMs < timeouts.firstTokenMs;
}

function timingOf({ outcome }: Exchange, record: AttemptRecord, endedAt: number): Timing {
  const { startedAt, firstContentAt } = record;
  const { outputTokens } = record.usage ?? outcome.usage ?? {};
  return {
    durationMs: endedAt - startedAt,
    ...(firstContentAt === undefined || outcome.stream !== true ? {} : { firstTokenMs: firstContentAt - startedAt }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}

/** That a later target could not be told all of the request says less than why an earlier one failed. */
function worthTelling(earlier: AttemptFailure | undefined, latest: AttemptFailure): AttemptFailure {
  return earlier !== undefined && latest.error.code === "unsupported_feature" ? earlier : latest;
}
