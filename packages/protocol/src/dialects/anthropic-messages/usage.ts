import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { remainder, type Usage, usageOf } from "../../ir/usage.ts";
import { isObject } from "../../json/parse.ts";
import { compact, numberOf, objectOf, stringOf } from "../../json/read.ts";
import { present } from "./wire.ts";

/**
 * `input_tokens` excludes what was read from or written to a cache. A total of cache writes without its split counts as
 * five minutes, the default. https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const split = objectOf(value["cache_creation"]);
  const total = numberOf(value["cache_creation_input_tokens"]);
  const oneHour = numberOf(split?.["ephemeral_1h_input_tokens"]);
  const fiveMinutes = numberOf(split?.["ephemeral_5m_input_tokens"]);
  return usageOf(
    {
      inputTokens: numberOf(value["input_tokens"]),
      cacheReadTokens: numberOf(value["cache_read_input_tokens"]),
      cacheWrite5mTokens: total === undefined ? fiveMinutes : remainder(total, oneHour),
      cacheWrite1hTokens: oneHour,
      outputTokens: numberOf(value["output_tokens"]),
      reasoningTokens: numberOf(objectOf(value["output_tokens_details"])?.["thinking_tokens"]),
      webSearches: numberOf(objectOf(value["server_tool_use"])?.["web_search_requests"]),
    },
    value,
    billedAs(value),
  );
}

/**
 * The tier, and what else changes the price of all tokens: fast mode and inference that stays in one country.
 * https://platform.claude.com/docs/en/about-claude/pricing#data-residency-pricing
 * https://platform.claude.com/docs/en/build-with-claude/fast-mode
 */
function billedAs(usage: JsonObject): string | undefined {
  const tier = stringOf(usage["service_tier"]);
  const speed = stringOf(usage["speed"]);
  const place = stringOf(usage["inference_geo"]);
  const changes = [
    ...(speed === undefined || speed === "standard" ? [] : [speed]),
    ...(place === undefined || PLACES_WITHOUT_CHARGE.has(place) ? [] : [`geo-${place}`]),
  ];
  if (changes.length === 0) return tier;
  return [...(tier === undefined || tier === "standard" ? [] : [tier]), ...changes].join("+");
}

const PLACES_WITHOUT_CHARGE: ReadonlySet<string> = new Set(["", "global", "not_available"]);

/** Streams report usage in pieces; each field's last report counts, and `null` is no report. */
export function mergeWireUsage(earlier: JsonValue | undefined, later: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(later)) return objectOf(earlier);
  const told = Object.entries(later).filter(([, value]) => present(value));
  return { ...objectOf(earlier), ...Object.fromEntries(told) };
}

/** Fields of Anthropic's usage that the IR has no word for. No other vendor's raw usage has these names. */
const OWN_FIELDS = ["server_tool_use", "inference_geo", "speed", "iterations", "fallback_credit"] as const;

export interface UsageDefaults {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Usage as this wire has it. `defaults` stand where the upstream told nothing, since the wire requires both counts. */
export function encodeUsage(usage: Usage | undefined, defaults: UsageDefaults): JsonObject {
  const counted = usage ?? {};
  const raw = objectOf(counted.raw) ?? {};
  const own = Object.fromEntries(OWN_FIELDS.flatMap((field) => (present(raw[field]) ? [[field, raw[field]]] : [])));
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = counted;
  const told = [counted.inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens].some(
    (count) => count !== undefined,
  );
  const writes = [cacheWrite5mTokens, cacheWrite1hTokens].filter((count) => count !== undefined);
  return compact({
    input_tokens: told ? (counted.inputTokens ?? 0) : defaults.inputTokens,
    cache_creation_input_tokens: writes.length === 0 ? undefined : writes.reduce((sum, count) => sum + count, 0),
    cache_read_input_tokens: cacheReadTokens,
    cache_creation:
      cacheWrite1hTokens === undefined
        ? undefined
        : {
            ephemeral_5m_input_tokens: cacheWrite5mTokens ?? 0,
            ephemeral_1h_input_tokens: cacheWrite1hTokens,
          },
    output_tokens: counted.outputTokens ?? defaults.outputTokens,
    output_tokens_details:
      counted.reasoningTokens === undefined ? undefined : { thinking_tokens: counted.reasoningTokens },
    server_tool_use:
      (counted.webSearches ?? 0) === 0
        ? undefined
        : { web_search_requests: counted.webSearches, web_fetch_requests: 0 },
    ...own,
  });
}
