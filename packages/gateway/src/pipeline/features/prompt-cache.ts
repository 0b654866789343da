import {
  type BedrockConverseQuirks,
  type CanonicalRequest,
  compact,
  GatewayError,
  mentions,
} from "@signalbox/protocol";
import { costOf } from "../../accounting/price.ts";
import { priceOf } from "../../catalogue/prices.ts";
import type { PromptCachePolicy } from "../../config/features.ts";
import { type BreakpointRules, withBreakpoints } from "../../features/prompt-cache/breakpoints.ts";
import { derivedCacheKey, keepsForADay, takesCacheKey } from "../../features/prompt-cache/cache-key.ts";
import type { Known } from "../../features/prompt-cache/known-prompts.ts";
import { type CachingApi, minimumPrefix } from "../../features/prompt-cache/minimums.ts";
import type { AnyEndpoint, PlannedAttempt } from "../../routing/plan.ts";
import type { Target } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange, Services } from "../exchange.ts";

/** Who is served, and by what rules. */
interface Asking extends Pick<Exchange, "snapshot" | "surface" | "outcome"> {
  readonly services: Pick<Services, "knownPrompts" | "learned">;
}

/** What a router says stands over the configuration. */
export function promptCachePolicy({ snapshot, outcome }: Pick<Exchange, "snapshot" | "outcome">): PromptCachePolicy {
  const said = outcome.plan?.features.promptCache;
  return said === undefined ? snapshot.promptCache : { ...snapshot.promptCache, ...said };
}

/** Undefined: the gateway sets nothing. A count of tokens writes no cache. */
function setting(exchange: Asking): PromptCachePolicy | undefined {
  if (exchange.surface.operation !== "generate") return undefined;
  const policy = promptCachePolicy(exchange);
  return policy.enabled === true ? policy : undefined;
}

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching, https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html */
const MOST = 4;

const CLAUDE = /claude|anthropic/i;

/** The breakpoints that are set for a target; undefined: none, or it takes none. */
function rulesAt(endpoint: AnyEndpoint, target: Target, { ttl }: PromptCachePolicy): BreakpointRules | undefined {
  const { model } = target;
  const rules: RulesOf = (api, takesTtl) =>
    compact({
      minimumTokens: minimumPrefix(api, model),
      most: MOST,
      ttl: ttl === "1h" && takesTtl && (api === "gemini" || isHourPriced(target)) ? ttl : undefined,
    });
  switch (endpoint.dialect) {
    case "anthropic-messages": {
      const { cacheControl, cacheControlTtl } = endpoint.quirks;
      if (cacheControl === "drop") return undefined;
      return rules(endpoint.host === "bedrock" ? "bedrock" : "anthropic", cacheControlTtl !== "drop");
    }
    case "bedrock-converse":
      return bedrockRules(endpoint.quirks, model, rules);
    case "gemini":
      return rules("gemini", true);
    case "openai-chat":
      // OpenRouter and others like it hand a breakpoint on where the model takes it.
      return endpoint.quirks.cacheControl === true && CLAUDE.test(model) ? rules("anthropic", true) : undefined;
    case "openai-responses":
      return undefined;
  }
}

/** What is written for an hour without a price for it would be missing in the bill. Where nothing has a price, nothing is. */
function isHourPriced({ provider, model }: Target): boolean {
  const price = priceOf(provider, model);
  if (price === undefined) return true;
  return (
    !costOf({ inputTokens: 0, cacheWrite1hTokens: 1, outputTokens: 0 }, price, 0).unpriced ||
    price.unlisted !== undefined
  );
}

const TTL_MS = { "5m": 300_000, "1h": 3_600_000 } as const;

/**
 * What of the request this process has seen before. Gemini's breakpoints cost nothing by themselves: what comes of them is decided
 * where its explicit caches are made.
 */
function knownAt(
  { outcome, services }: Asking,
  request: CanonicalRequest,
  { ttl = "5m" }: PromptCachePolicy,
): (endpoint: AnyEndpoint) => Known {
  const tenant = tenantOf(outcome);
  return ({ dialect }) =>
    dialect === "gemini"
      ? "conversation"
      : services.knownPrompts.sight(outcome, { request, tenant, ttlMs: TTL_MS[ttl] });
}

const tenantOf = ({ key }: Exchange["outcome"]): string => key?.org ?? key?.id ?? "";

type RulesOf = (api: CachingApi, takesTtl: boolean) => BreakpointRules;

/** Other models than these two families' cache nothing there, and Nova no tools. */
function bedrockRules(
  { family, cachePoints, cachePointTtl }: BedrockConverseQuirks,
  model: string,
  rules: RulesOf,
): BreakpointRules | undefined {
  if (cachePoints === "drop") return undefined;
  const found = family ?? (CLAUDE.test(model) ? "claude" : /\bnova-/i.test(model) ? "nova" : "other");
  if (found === "nova") return { ...rules("bedrock", false), tools: false };
  return found === "claude" ? rules("bedrock", cachePointTtl !== "drop") : undefined;
}

/** Why the client's bytes cannot go on as they are: a breakpoint is to be set in them. */
export function breakpointObstacle(request: ClientRequest, exchange: Asking) {
  const policy = setting(exchange);
  if (policy === undefined) return () => undefined;
  return (endpoint: AnyEndpoint, target: Target): string | undefined => {
    const rules = rulesAt(endpoint, target, policy);
    const asked = rules === undefined ? undefined : decoded(request);
    if (rules === undefined || asked === undefined) return undefined;
    const known = knownAt(exchange, asked, policy)(endpoint);
    if (withBreakpoints(asked, { ...rules, known }) === asked) return undefined;
    return "breakpoints of the provider's prompt cache are set in it";
  };
}

/** Whether a client of chat completions says what shall be cached, in the words of Inworld and OpenRouter, and is heard. */
export function asksForBreakpoints({ bytes, scan }: ClientRequest, exchange: Asking): boolean {
  if (exchange.surface.dialect !== "openai-chat" || !mentions(bytes, scan, "cache_control")) return false;
  return promptCachePolicy(exchange).enabled !== false;
}

/** What nobody here understands is its upstream's to refuse. */
function decoded(request: ClientRequest): CanonicalRequest | undefined {
  try {
    return request.canonical();
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** What OpenAI is told beside the request. */
export interface CacheWish {
  readonly fields: Readonly<Record<string, string>>;
  /** What it would be told, had it not said that it does not know it. */
  readonly withheld: readonly string[];
}

const KEY_FIELD = "prompt_cache_key";
const RETENTION_FIELD = "prompt_cache_retention";
const NO_WISH: CacheWish = { fields: {}, withheld: [] };

/** A request that names its prompt cache itself is left alone. */
function cacheWish(exchange: Asking, asked: () => CanonicalRequest | undefined, planned: PlannedAttempt): CacheWish {
  const policy = setting(exchange);
  const { target, endpoint } = planned;
  const provider = target.provider.id;
  if (policy === undefined || !takesCacheKey(provider, endpoint.dialect)) return NO_WISH;
  const request = asked();
  if (request === undefined || request.cacheKey !== undefined) return NO_WISH;
  const derived = derivedCacheKey(request, { tenant: tenantOf(exchange.outcome), model: target.model });
  if (derived === undefined) return NO_WISH;
  // Who promises to keep nothing is not asked to.
  const isLong = policy.ttl === "1h" && target.provider.zeroRetention !== true && keepsForADay(provider, target.model);
  const wishes = Object.entries({ [KEY_FIELD]: derived, ...(isLong ? { [RETENTION_FIELD]: "24h" } : {}) });
  const learned = exchange.services.learned.of(planned);
  // Who does not know the key knows nothing of what is said beside it.
  const isUnknown = (field: string) => learned.includes(field) || learned.includes(KEY_FIELD);
  return {
    fields: Object.fromEntries(wishes.filter(([field]) => !isUnknown(field))),
    withheld: wishes.flatMap(([field]) => (isUnknown(field) ? [field] : [])),
  };
}

/** For the client's own bytes: members to write beside those that are there. */
export function cacheWishIn(exchange: Asking, request: ClientRequest, planned: PlannedAttempt): CacheWish {
  const { fields, withheld } = cacheWish(exchange, () => decoded(request), planned);
  const missing = Object.entries(fields).filter(([field]) => !request.scan.members.has(field));
  return { fields: Object.fromEntries(missing.map(([field, value]) => [field, JSON.stringify(value)])), withheld };
}

export interface CacheReworked {
  readonly request: CanonicalRequest;
  readonly withheld: readonly string[];
}

/** The request with what makes the provider's prompt cache work for it, as far as the router or the configuration asks for it. */
export function withPromptCache(exchange: Asking, asked: CanonicalRequest, planned: PlannedAttempt): CacheReworked {
  const policy = setting(exchange);
  if (policy === undefined) return { request: asked, withheld: [] };
  const { endpoint, target } = planned;
  const rules = rulesAt(endpoint, target, policy);
  if (rules !== undefined) {
    const known = knownAt(exchange, asked, policy)(endpoint);
    return { request: withBreakpoints(asked, { ...rules, known }), withheld: [] };
  }
  const { fields, withheld } = cacheWish(exchange, () => asked, planned);
  const cacheKey = fields[KEY_FIELD];
  const retention = fields[RETENTION_FIELD];
  if (cacheKey === undefined) return { request: asked, withheld };
  const own = asked.extensions?.[endpoint.dialect];
  const isSaid = retention === undefined || own?.[RETENTION_FIELD] !== undefined;
  const extensions = isSaid
    ? {}
    : { extensions: { ...asked.extensions, [endpoint.dialect]: { ...own, [RETENTION_FIELD]: retention } } };
  return { request: { ...asked, cacheKey, ...extensions }, withheld };
}
