import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { remainder, totalInputTokens, type Usage, usageOf } from "../../ir/usage.ts";
import { numberOf, objectOf } from "../../json/read.ts";
import { ownUsage } from "../shared/usage-losses.ts";

/**
 * OpenAI's `input_tokens` is the whole prompt: cached and cache-written tokens are details of it.
 * https://platform.openai.com/docs/guides/prompt-caching
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  const usage = objectOf(value);
  if (usage === undefined) return undefined;
  const input = objectOf(usage["input_tokens_details"]);
  const output = objectOf(usage["output_tokens_details"]);
  const total = numberOf(usage["input_tokens"]);
  const read = numberOf(input?.["cached_tokens"]);
  const written = cacheWrites(input);
  return usageOf(
    {
      inputTokens: total === undefined ? undefined : remainder(total, read, written.short, written.long),
      cacheReadTokens: read,
      cacheWrite5mTokens: written.short,
      cacheWrite1hTokens: written.long,
      outputTokens: numberOf(usage["output_tokens"]),
      reasoningTokens: numberOf(output?.["reasoning_tokens"]),
      audioInputTokens: numberOf(input?.["audio_tokens"]),
      audioOutputTokens: numberOf(output?.["audio_tokens"]),
      imageInputTokens: numberOf(input?.["image_tokens"]),
      imageOutputTokens: numberOf(output?.["image_tokens"]),
    },
    usage,
  );
}

/** OpenAI's lifetimes are 30 minutes and 12 hours; the shorter counts as the IR's shorter, the longer as its longer. */
function cacheWrites(input: JsonObject | undefined): { readonly short?: number; readonly long?: number } {
  const total = numberOf(input?.["cache_write_tokens"]);
  if (total === undefined) return {};
  const long = numberOf(objectOf(input?.["cache_write_tokens_details"])?.["ttl_12h_tokens"]) ?? 0;
  return long > 0 ? { short: remainder(total, long), long } : { short: total };
}

/** The SDKs and Codex require the totals and both details; a part that the upstream did not tell is zero there. */
export function encodeUsage(usage: Usage | undefined): JsonObject | null {
  if (usage === undefined) return null;
  const input = totalInputTokens(usage) ?? 0;
  const output = usage.outputTokens ?? 0;
  const own = ownUsage(usage, "openai-responses") ?? {};
  return {
    input_tokens: input,
    input_tokens_details: {
      ...objectOf(own["input_tokens_details"]),
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0),
    },
    output_tokens: output,
    output_tokens_details: { ...objectOf(own["output_tokens_details"]), reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
