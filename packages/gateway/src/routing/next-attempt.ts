import type { GatewayError } from "@signalbox/protocol";
import { modelFacts } from "../catalogue/catalogue.ts";
import type { RetrySettings } from "../config/settings.ts";
import { delayBefore } from "./backoff.ts";
import type { Place, Readiness } from "./health/place.ts";
import type { PlannedAttempt } from "./plan.ts";

/** What is decided on; a planned attempt is one, whatever it asks its target for. */
export type Candidate = Pick<PlannedAttempt, "target" | "credential">;

/** An attempt that was made, and why it did not answer. */
export interface Tried<A extends Candidate = PlannedAttempt> {
  readonly attempt: A;
  readonly error: GatewayError;
}

/** What the next attempt is decided by. */
export interface Course<A extends Candidate = PlannedAttempt> {
  /** Every attempt that the plan allows, best first. */
  readonly planned: readonly A[];
  readonly tried: readonly Tried<A>[];
  readonly settings: RetrySettings;
  readonly readiness: (place: Place) => Readiness;
  /** Takes one retry out of the budget, if there is one. */
  readonly withdraw: () => boolean;
  /** Takes one out even where none is left: a healthy place is asked anyway. */
  readonly spend: () => void;
  /** Milliseconds until the request's deadline. */
  readonly remainingMs: number;
  readonly chance: () => number;
}

export interface NextAttempt<A extends Candidate = PlannedAttempt> {
  readonly attempt: A;
  /** How long to wait first: only the same target is waited for. */
  readonly waitMs: number;
}

export function placeOf({ target, credential }: Candidate): Place {
  return { provider: target.provider.id, model: target.model, credential: credential?.id };
}

/**
 * The attempt to make now, or none: then the last failure is the answer. The first is the best that is not resting; when all
 * rest, the best, since a refusal of ours would tell less than the upstream's own words. After a failure the error
 * table says who may follow. A place that is known to be ill is only asked within the retry budget.
 */
export function nextAttempt<A extends Candidate>(course: Course<A>): NextAttempt<A> | undefined {
  const last = course.tried.at(-1);
  if (last === undefined) return firstAttempt(course);
  if (course.tried.length > course.settings.maxPerRequest || course.remainingMs <= 0) return undefined;
  // Not only the last: of two attempts that ran at once, either may have found the request wrong in itself.
  if (course.tried.some(({ error }) => error.retry === "never")) return undefined;
  return fallback(course, last) ?? retry(course, last);
}

function firstAttempt<A extends Candidate>({ planned, readiness }: Course<A>): NextAttempt<A> | undefined {
  const attempt = bestReady(planned, readiness) ?? planned[0];
  return attempt === undefined ? undefined : { attempt, waitMs: 0 };
}

/** The first that does not rest, one whose rate limit is nearly spent only when no other does not. */
function bestReady<A extends Candidate>(candidates: readonly A[], readiness: Course["readiness"]): A | undefined {
  let scarce: A | undefined;
  for (const candidate of candidates) {
    const found = readiness(placeOf(candidate));
    if (found.state === "resting") continue;
    if (found.state !== "ready" || found.scarceUntil === undefined) return candidate;
    scarce ??= candidate;
  }
  return scarce;
}

function fallback<A extends Candidate>(course: Course<A>, last: Tried<A>): NextAttempt<A> | undefined {
  const open = course.planned.filter((candidate) => !isTried(course, candidate) && mayFollow(candidate, last, course));
  const ready = bestReady(open, course.readiness);
  if (ready !== undefined) {
    course.spend();
    return { attempt: ready, waitMs: 0 };
  }
  const [resting] = open;
  return resting !== undefined && course.withdraw() ? { attempt: resting, waitMs: 0 } : undefined;
}

/** What has failed three times in a few seconds will not answer the fourth time. */
const MOST_OF_ONE_TARGET = 2;

/** The same target again, when nobody else is left and the failure was the endpoint's passing one. */
function retry<A extends Candidate>(course: Course<A>, last: Tried<A>): NextAttempt<A> | undefined {
  const attempt = last.attempt;
  if (last.error.retry !== "any-target" || !course.planned.includes(attempt)) return undefined;
  const times = course.tried.filter((tried) => tried.attempt === attempt).length;
  if (times > MOST_OF_ONE_TARGET) return undefined;
  const { retryAfterMs } = last.error.detail;
  const delay = delayBefore(
    { attempt: times, remainingMs: course.remainingMs, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    course.chance,
  );
  if ("giveUp" in delay || !course.withdraw()) return undefined;
  return { attempt, waitMs: delay.wait };
}

function isTried<A extends Candidate>({ tried }: Course<A>, candidate: A): boolean {
  return tried.some(({ attempt }) => attempt === candidate);
}

function mayFollow<A extends Candidate>(candidate: A, { attempt, error }: Tried<A>, course: Course<A>): boolean {
  if (error.code === "context_overflow") return isLarger(candidate, attempt);
  if (!sameTarget(candidate, attempt)) return !sharesFailedCredential(candidate, course);
  return error.scope === "credential" && !sharesFailedCredential(candidate, course);
}

/** Only a window that is known to be larger is worth a second upload of a prompt that did not fit. */
function isLarger(candidate: Candidate, failed: Candidate): boolean {
  const window = ({ target }: Candidate) => modelFacts(target.provider, target.model).contextTokens;
  const [wanted, had] = [window(candidate), window(failed)];
  return wanted !== undefined && had !== undefined && wanted > had;
}

function sameTarget(one: Candidate, other: Candidate): boolean {
  return one.target.provider.id === other.target.provider.id && one.target.model === other.target.model;
}

/** A credential that was refused as such, or whose account is empty, is of no use for any model; one that was slowed down may be. */
function sharesFailedCredential<A extends Candidate>(candidate: A, { tried }: Course<A>): boolean {
  return tried.some(
    ({ attempt, error }) =>
      attempt.credential !== undefined &&
      attempt.credential.id === candidate.credential?.id &&
      (error.code === "upstream_quota" || error.code === "upstream_auth"),
  );
}
