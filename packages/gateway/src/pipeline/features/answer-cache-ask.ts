import type { CachePolicy } from "../../config/features.ts";
import {
  type Directives,
  policyOf,
  readDirectives,
  readSwitch,
  SWITCH_HEADER,
} from "../../features/response-cache/directives.ts";
import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import { asksBeyondItself } from "../../features/response-cache/may-keep.ts";
import {
  asksForOneOfItsKind,
  exactDigest,
  normalisedDigest,
  type ScannedRequest,
} from "../../features/response-cache/request-digest.ts";
import { idOf } from "../../features/response-cache/response-cache.ts";
import type { Plan, Target } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import type { Parties } from "../parties.ts";
import { stateWish } from "../responses/wish.ts";
import { keepsNothing } from "../responses/zero-retention.ts";
import { placeOf, routersOf, scopeOf, tenantOf } from "./answer-cache-scope.ts";
import type { SimilarAsk } from "./similar-answers.ts";

/** What is wished of the cache for one request, which it is on for. */
export interface CacheWish {
  readonly policy: Required<CachePolicy>;
  readonly directives: Directives;
  readonly plan: Plan;
}

/** The same with what the answer is found by. */
export interface CacheAsk extends CacheWish {
  readonly tenant: string;
  readonly id: string;
  readonly exact: string;
  readonly routers: readonly string[];
  /** At `now`, in milliseconds since 1970; absent: at this moment. */
  readonly isUsable: (kept: KeptAnswer, now?: number) => boolean;
  readonly similar: SimilarAsk<Exchange>;
}

/** Undefined: the cache is off for this request. Throws `invalid_request`. */
export function wishOf({ outcome, snapshot, request }: Exchange): CacheWish | undefined {
  const { plan, key } = outcome;
  if (plan === undefined || key === undefined) return undefined;
  const { headers } = request;
  const switched = headers[SWITCH_HEADER];
  const near = plan.features.cache ?? key.cache ?? switched;
  if (near === undefined && !snapshot.cache.enabled) return undefined;
  const header = readSwitch(switched === undefined ? undefined : String(switched));
  const policy = policyOf({ installation: snapshot.cache, key: key.cache, plan: plan.features.cache, header });
  if (!policy.enabled) return undefined;
  return { policy, directives: readDirectives(headers["cache-control"]), plan };
}

/** Neither found nor kept: the request says so, its owners do, or no answer to it serves another one. */
export function mustBypass(exchange: Exchange, request: ClientRequest, { directives, plan }: CacheWish): boolean {
  const { surface, outcome, services } = exchange;
  if (directives.noStore || surface.operation !== "generate" || request.pinned !== undefined) return true;
  if (keepsNothing(outcome.key?.policies ?? [])) return true;
  if (services.runs.of(exchange.request.socket) !== undefined) return true;
  if (plan.targets.some(searches) || asksForOneOfItsKind(scanned(exchange, request))) return true;
  return surface.dialect === "openai-responses" && isKeptElsewhere(exchange, request);
}

/** What is found was true then. */
function searches({ overrides }: Target): boolean {
  return overrides?.webSearch !== undefined || overrides?.webSearchOptions !== undefined;
}

/** Answers that are gone on from are kept by this gateway, or by the upstream that gave them: a replay comes from none. */
function isKeptElsewhere({ snapshot }: Exchange, request: ClientRequest): boolean {
  return !snapshot.responses.keep && stateWish(request).store !== false;
}

/** The same for what is only seen in what the request says. It is decoded for that, so that it is asked where nothing was found. */
export function asksForMore(request: ClientRequest): boolean {
  try {
    return asksBeyondItself(request.canonical());
  } catch {
    return true;
  }
}

const scanned = ({ surface }: Exchange, { bytes, scan }: ClientRequest): ScannedRequest => ({
  bytes,
  scan,
  dialect: surface.dialect,
});

export function askOf(parties: Parties, wish: CacheWish): CacheAsk {
  const { exchange, request } = parties;
  const { plan, policy } = wish;
  const { key } = exchange.outcome;
  const tenant = key === undefined ? "" : tenantOf(key);
  const scope = scopeOf(exchange, request, plan);
  const exact = exactDigest(scanned(exchange, request), scope);
  const digest = policy.match === "exact" ? exact : normalisedDigest(scanned(exchange, request), scope);
  const routers = routersOf(plan);
  const id = idOf(digest);
  const isUsable = (kept: KeptAnswer, now = Date.now()) =>
    kept.tenant === tenant && isFresh(kept, wish, now) && mayServe(kept, wish);
  const similar = { ...parties, scope, tenant, id, routers, ttlSeconds: policy.ttlSeconds, isUsable };
  return { ...wish, tenant, id, exact, routers, isUsable, similar };
}

/** An answer from the future was kept before the clock went back, or by another machine: as far as it is ahead, so old it is taken to be. */
export function isFresh(
  { createdAt, ttlSeconds }: KeptAnswer,
  { policy, directives }: Pick<CacheWish, "policy" | "directives">,
  now: number,
): boolean {
  const oldest = Math.min(ttlSeconds, policy.ttlSeconds, directives.maxAgeSeconds ?? Number.POSITIVE_INFINITY);
  return Math.abs(now - createdAt) <= oldest * 1000;
}

/** By who gave it, and by what it does. */
function mayServe(kept: KeptAnswer, { policy, plan }: CacheWish): boolean {
  if (kept.isThrifty === true && plan.isThrifty !== true) return false;
  if (!policy.toolCalls && kept.response.parts.some(({ type }) => type === "tool-call")) return false;
  return targetOf(plan, kept) !== undefined;
}

/** Who gave the answer, as long as it is among those that may give one now: what keys may have is respected so. */
export function targetOf({ targets }: Plan, { provider, model, place }: KeptAnswer): Target | undefined {
  return targets.find(
    (target) => target.provider.id === provider && target.model === model && placeOf(target.provider) === place,
  );
}
