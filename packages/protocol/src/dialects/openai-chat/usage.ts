import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { remainder, totalInputTokens, type Usage, usageOf } from "../../ir/usage.ts";
import { compact, numberOf, objectOf } from "../../json/read.ts";
import { ownUsage } from "../shared/usage-losses.ts";

/**
 * The wire's totals include cached tokens and reasoning. Vendors differ in where they tell of them:
 * - DeepSeek: `prompt_cache_hit_tokens`. https://api-docs.deepseek.com/guides/kv_cache
 * - Moonshot: `cached_tokens` beside the totals. https://platform.moonshot.ai/docs/api/chat
 * - Perplexity: `reasoning_tokens` beside the totals. https://docs.perplexity.ai/api-reference/chat-completions-post
 * - Vercel AI Gateway: `cache_creation_input_tokens`. https://vercel.com/docs/ai-gateway
 * - OpenAI and OpenRouter: `prompt_tokens_details.cache_write_tokens`.
 * - OpenRouter: `server_tool_use.web_search_requests`. https://openrouter.ai/docs/guides/features/server-tools/web-search
 * - Perplexity: `num_search_queries`. xAI: `num_sources_used`. Mistral: `prompt_audio_seconds`, billed by the minute.
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  const usage = objectOf(value);
  if (usage === undefined) return undefined;
  const prompt = objectOf(usage["prompt_tokens_details"]) ?? {};
  const completion = objectOf(usage["completion_tokens_details"]) ?? {};
  const total = numberOf(usage["prompt_tokens"]);
  const cacheRead = firstNumber(
    prompt["cached_tokens"],
    usage["prompt_cache_hit_tokens"],
    usage["cached_tokens"],
    usage["cache_read_input_tokens"],
  );
  const cacheWrite = firstNumber(prompt["cache_write_tokens"], usage["cache_creation_input_tokens"]);
  const reasoning = firstNumber(completion["reasoning_tokens"], usage["reasoning_tokens"]);
  return usageOf(
    {
      inputTokens: total === undefined ? undefined : remainder(total, cacheRead, cacheWrite),
      cacheReadTokens: cacheRead,
      cacheWrite5mTokens: cacheWrite,
      outputTokens: outputTokens(usage, reasoning),
      reasoningTokens: reasoning,
      audioInputTokens: numberOf(prompt["audio_tokens"]),
      audioOutputTokens: numberOf(completion["audio_tokens"]),
      imageInputTokens: numberOf(prompt["image_tokens"]),
      imageOutputTokens: numberOf(completion["image_tokens"]),
      webSearches: firstNumber(
        objectOf(usage["server_tool_use"])?.["web_search_requests"],
        usage["num_search_queries"],
      ),
      otherCharges: otherCharges(usage),
    },
    usage,
  );
}

/**
 * xAI's `completion_tokens` leave reasoning out, which shows in a `total_tokens` that is greater by just that
 * (https://docs.x.ai/docs/guides/reasoning). Vercel AI Gateway leaves the reasoning of Gemini models out of the total as
 * well, and bills it: then it shows only where there is more of it than of all output.
 */
function outputTokens(usage: JsonObject, reasoning: number | undefined): number | undefined {
  const output = numberOf(usage["completion_tokens"]);
  if (output === undefined || reasoning === undefined) return output;
  const total = numberOf(usage["total_tokens"]);
  const apart = total === (numberOf(usage["prompt_tokens"]) ?? 0) + output + reasoning;
  return apart || reasoning > output ? output + reasoning : output;
}

/** Absent where there is none. */
function otherCharges(usage: JsonObject): number | undefined {
  const charges = (numberOf(usage["num_sources_used"]) ?? 0) + (numberOf(usage["prompt_audio_seconds"]) ?? 0);
  return charges > 0 ? charges : undefined;
}

function firstNumber(...values: readonly (JsonValue | undefined)[]): number | undefined {
  return values.map(numberOf).find((value) => value !== undefined);
}

/** The wire's usage, or undefined when the upstream told nothing. Only a detail that is known is written. */
export function encodeUsage(usage: Usage | undefined): JsonObject | undefined {
  if (usage === undefined) return undefined;
  const prompt = totalInputTokens(usage);
  const own = ownUsage(usage, "openai-chat") ?? {};
  if (prompt === undefined && usage.outputTokens === undefined) return undefined;
  const cacheWrite =
    usage.cacheWrite5mTokens === undefined && usage.cacheWrite1hTokens === undefined
      ? undefined
      : (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
  return compact({
    prompt_tokens: prompt ?? 0,
    completion_tokens: usage.outputTokens ?? 0,
    total_tokens: (prompt ?? 0) + (usage.outputTokens ?? 0),
    prompt_tokens_details: detailsOf({
      ...objectOf(own["prompt_tokens_details"]),
      audio_tokens: usage.audioInputTokens,
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: cacheWrite,
      image_tokens: usage.imageInputTokens,
    }),
    completion_tokens_details: detailsOf({
      ...objectOf(own["completion_tokens_details"]),
      audio_tokens: usage.audioOutputTokens,
      reasoning_tokens: usage.reasoningTokens,
      image_tokens: usage.imageOutputTokens,
    }),
    // OpenRouter's place for it; OpenAI has none.
    server_tool_use: (usage.webSearches ?? 0) === 0 ? undefined : { web_search_requests: usage.webSearches },
  });
}

function detailsOf(counts: JsonObject): JsonObject | undefined {
  const known = compact(counts);
  return Object.keys(known).length === 0 ? undefined : known;
}
