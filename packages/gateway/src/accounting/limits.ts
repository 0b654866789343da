import { GatewayError } from "@signalbox/protocol";
import { type OwnerKind, RATE_WINDOW_MS, type RateLimit, type RateWindow } from "../config/access.ts";

export interface PlannedRate extends RateLimit {
  readonly owner: OwnerKind;
  readonly bucket: string;
  readonly windowMs: number;
}

export interface PlannedSlots {
  readonly owner: OwnerKind;
  readonly bucket: string;
  readonly limit: number;
}

/** Nobody knows when another request of the owner ends. */
const CONCURRENCY_PAUSE_MS = 1_000;

export function plannedRate(owner: OwnerKind, id: string, { unit, per, limit }: RateLimit): PlannedRate {
  const bucket = `${owner}:${id}:${unit}:${per}`;
  return { owner, bucket, unit, per, limit, windowMs: RATE_WINDOW_MS[per] };
}

/** `API key per-minute rate limit exceeded (60 requests per minute).` Routeway's words: https://docs.routeway.ai */
export function rateExceeded({ owner, unit, per, limit }: PlannedRate, retryAfterMs: number): GatewayError {
  const kind = unit === "tokens" ? "token limit" : "rate limit";
  const message = `${ownerWords[owner]} ${adjectives[per]} ${kind} exceeded (${limit} ${unit} per ${nouns[per]}).`;
  return new GatewayError("rate_limited", message, { retryAfterMs, limit: { unit, per } });
}

/** Inputs are estimated on the safe side: what is told is at most so many times what the upstream counts. */
const ESTIMATE_MARGIN = 2;

/** The input alone would never fit. What the answer may add is no reason: most answers are much shorter than they may be. */
export function isTooLarge({ unit, limit }: PlannedRate, inputTokens: number): boolean {
  return unit === "tokens" && inputTokens > ESTIMATE_MARGIN * limit;
}

/** No waiting helps, so no time is told. */
export function neverFits({ owner, per, limit }: PlannedRate, inputTokens: number): GatewayError {
  const words = `${ownerWords[owner]} ${adjectives[per]} token limit (${limit} tokens per ${nouns[per]})`;
  const message = `The input of about ${inputTokens} tokens is larger than the ${words}.`;
  return new GatewayError("rate_limited", message, { limit: { unit: "tokens", per } });
}

export function crowded({ owner, limit }: PlannedSlots): GatewayError {
  const requests = limit === 1 ? "1 request" : `${limit} requests`;
  const message = `${ownerWords[owner]} concurrency limit exceeded (${requests} at one time).`;
  return new GatewayError("rate_limited", message, {
    retryAfterMs: CONCURRENCY_PAUSE_MS,
    limit: { unit: "concurrency" },
  });
}

const ownerWords: Readonly<Record<OwnerKind, string>> = { key: "API key", team: "Team", org: "Organization" };

const adjectives: Readonly<Record<RateWindow, string>> = {
  minute: "per-minute",
  hour: "per-hour",
  "5h": "5-hour",
  day: "per-day",
  "7d": "7-day",
};

const nouns: Readonly<Record<RateWindow, string>> = {
  minute: "minute",
  hour: "hour",
  "5h": "5 hours",
  day: "day",
  "7d": "7 days",
};
