import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { remainder, type Usage, usageOf } from "../../ir/usage.ts";
import { isObject } from "../../json/parse.ts";
import { numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";

/**
 * `inputTokens` excludes what was read from or written to a cache. A total of cache writes without its details counts as five
 * minutes, the default. https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 * `answer` is the whole answer or a stream's `metadata`, which tells how it was served beside its usage.
 */
export function decodeUsage(answer: JsonObject): Usage | undefined {
  const usage = answer["usage"];
  if (!isObject(usage)) return undefined;
  const total = numberOf(usage["cacheWriteInputTokens"]) ?? numberOf(usage["cacheWriteInputTokenCount"]);
  const oneHour = writesOf(usage["cacheDetails"], "1h");
  return usageOf(
    {
      inputTokens: numberOf(usage["inputTokens"]),
      cacheReadTokens: numberOf(usage["cacheReadInputTokens"]) ?? numberOf(usage["cacheReadInputTokenCount"]),
      cacheWrite5mTokens: total === undefined ? writesOf(usage["cacheDetails"], "5m") : remainder(total, oneHour),
      cacheWrite1hTokens: oneHour,
      outputTokens: numberOf(usage["outputTokens"]),
    },
    usage,
    servedAs(answer),
  );
}

function writesOf(details: JsonValue | undefined, ttl: string): number | undefined {
  const counts = objectsOf(details).flatMap((detail) =>
    detail["ttl"] === ttl ? [numberOf(detail["inputTokens"])] : [],
  );
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}

/** The tier, as the answer names it. https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
export function tierOf(answer: JsonObject): string | undefined {
  return stringOf(objectOf(answer["serviceTier"])?.["type"]);
}

/** The tier and what else changes the price: latency-optimised inference. */
function servedAs(answer: JsonObject): string | undefined {
  const tier = tierOf(answer);
  if (objectOf(answer["performanceConfig"])?.["latency"] !== "optimized") return tier;
  return tier === undefined || tier === "default" ? "optimized" : `${tier}+optimized`;
}
