import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { remainder, type Usage, usageOf } from "../../ir/usage.ts";
import { isObject } from "../../json/parse.ts";
import { compact, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { present } from "./wire.ts";

/**
 * `input_tokens` excludes what was read from or written to a cache. A total of cache writes without its split counts as
 * five minutes, the default. https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const steps = stepsApart(value);
  const counts = steps.filter(({ type }) => type === "compaction").map(tokensOf);
  return usageOf(
    {
      ...[tokensOf(value), ...counts].reduce(sumOf),
      reasoningTokens: numberOf(objectOf(value["output_tokens_details"])?.["thinking_tokens"]),
      webSearches: numberOf(objectOf(value["server_tool_use"])?.["web_search_requests"]),
      otherCharges: steps.length === counts.length ? undefined : steps.length - counts.length,
    },
    value,
    billedAs(value),
  );
}

/** What is counted of a message as a whole, and of each of its steps. */
interface Tokens {
  readonly inputTokens: number | undefined;
  readonly cacheReadTokens: number | undefined;
  readonly cacheWrite5mTokens: number | undefined;
  readonly cacheWrite1hTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

function tokensOf(usage: JsonObject): Tokens {
  const split = objectOf(usage["cache_creation"]);
  const total = numberOf(usage["cache_creation_input_tokens"]);
  const oneHour = numberOf(split?.["ephemeral_1h_input_tokens"]);
  const fiveMinutes = numberOf(split?.["ephemeral_5m_input_tokens"]);
  return {
    inputTokens: numberOf(usage["input_tokens"]),
    cacheReadTokens: numberOf(usage["cache_read_input_tokens"]),
    cacheWrite5mTokens: total === undefined ? fiveMinutes : remainder(total, oneHour),
    cacheWrite1hTokens: oneHour,
    outputTokens: numberOf(usage["output_tokens"]),
  };
}

function sumOf(one: Tokens, other: Tokens): Tokens {
  const sum = (name: keyof Tokens) => ((other[name] ?? 0) === 0 ? one[name] : (one[name] ?? 0) + (other[name] ?? 0));
  return {
    inputTokens: sum("inputTokens"),
    cacheReadTokens: sum("cacheReadTokens"),
    cacheWrite5mTokens: sum("cacheWrite5mTokens"),
    cacheWrite1hTokens: sum("cacheWrite1hTokens"),
    outputTokens: sum("outputTokens"),
  };
}

/**
 * The steps that the message's own counts leave out: compaction, which is billed as the message is, and what other models did
 * (advisors, fallbacks), which is billed at their prices.
 * https://platform.claude.com/docs/en/build-with-claude/compaction#understanding-usage
 */
function stepsApart(usage: JsonObject): readonly JsonObject[] {
  return objectsOf(usage["iterations"]).filter(({ type }) => typeof type === "string" && type !== "message");
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

/** The message's own counts again: without the compaction, which this wire tells apart. */
function ownCounts(counted: Usage, raw: JsonObject): Tokens {
  const apart = stepsApart(raw).filter(({ type }) => type === "compaction");
  const steps = apart
    .map(tokensOf)
    .reduce<Tokens | undefined>((sum, one) => (sum === undefined ? one : sumOf(sum, one)), undefined);
  const without = (name: keyof Tokens) => {
    const count = counted[name];
    return count === undefined ? undefined : remainder(count, steps?.[name]);
  };
  return {
    inputTokens: without("inputTokens"),
    cacheReadTokens: without("cacheReadTokens"),
    cacheWrite5mTokens: without("cacheWrite5mTokens"),
    cacheWrite1hTokens: without("cacheWrite1hTokens"),
    outputTokens: without("outputTokens"),
  };
}

export interface UsageDefaults {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Usage as this wire has it. `defaults` stand where the upstream told nothing, since the wire requires both counts. */
export function encodeUsage(usage: Usage | undefined, defaults: UsageDefaults): JsonObject {
  const counted = usage ?? {};
  const raw = objectOf(counted.raw) ?? {};
  const own = Object.fromEntries(OWN_FIELDS.flatMap((field) => (present(raw[field]) ? [[field, raw[field]]] : [])));
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = ownCounts(
    counted,
    raw,
  );
  const told = [inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens].some(
    (count) => count !== undefined,
  );
  const writes = [cacheWrite5mTokens, cacheWrite1hTokens].filter((count) => count !== undefined);
  return compact({
    input_tokens: told ? (inputTokens ?? 0) : defaults.inputTokens,
    cache_creation_input_tokens: writes.length === 0 ? undefined : writes.reduce((sum, count) => sum + count, 0),
    cache_read_input_tokens: cacheReadTokens,
    cache_creation:
      cacheWrite1hTokens === undefined
        ? undefined
        : {
            ephemeral_5m_input_tokens: cacheWrite5mTokens ?? 0,
            ephemeral_1h_input_tokens: cacheWrite1hTokens,
          },
    output_tokens: outputTokens ?? defaults.outputTokens,
    output_tokens_details:
      counted.reasoningTokens === undefined ? undefined : { thinking_tokens: counted.reasoningTokens },
    server_tool_use:
      (counted.webSearches ?? 0) === 0
        ? undefined
        : { web_search_requests: counted.webSearches, web_fetch_requests: 0 },
    ...own,
  });
}
