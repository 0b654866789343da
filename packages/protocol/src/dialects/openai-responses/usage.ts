import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { remainder, totalInputTokens, type Usage, usageOf } from "../../ir/usage.ts";
import { numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { ownUsage } from "../shared/usage-losses.ts";

/**
 * OpenAI's `input_tokens` is the whole prompt: cached and cache-written tokens are details of it.
 * https://platform.openai.com/docs/guides/prompt-caching
 * Calls of hosted tools are counted in the answer's items; xAI tells their numbers in the usage.
 */
export function decodeUsage(value: JsonValue | undefined, output?: JsonValue): Usage | undefined {
  const usage = objectOf(value);
  if (usage === undefined) return undefined;
  const input = objectOf(usage["input_tokens_details"]);
  const outputDetails = objectOf(usage["output_tokens_details"]);
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
      reasoningTokens: numberOf(outputDetails?.["reasoning_tokens"]),
      audioInputTokens: numberOf(input?.["audio_tokens"]),
      audioOutputTokens: numberOf(outputDetails?.["audio_tokens"]),
      imageInputTokens: numberOf(input?.["image_tokens"]),
      imageOutputTokens: numberOf(outputDetails?.["image_tokens"]),
      ...(objectOf(usage["server_side_tool_usage_details"]) === undefined
        ? toolCalls(objectsOf(output))
        : toldToolCalls(objectOf(usage["server_side_tool_usage_details"]) ?? {})),
    },
    usage,
  );
}

/** https://docs.x.ai/developers/tools/tool-usage-details */
function toldToolCalls({ web_search_calls: searches, ...others }: JsonObject): HostedCalls {
  const sum = Object.values(others).reduce<number>((total, count) => total + (numberOf(count) ?? 0), 0);
  return hostedCalls(numberOf(searches) ?? 0, sum);
}

/** Of a web search's steps only the searches are billed: https://developers.openai.com/api/docs/guides/tools-web-search */
function toolCalls(items: readonly JsonObject[]): HostedCalls {
  const searches = items.filter(
    (item) =>
      item["type"] === "web_search_call" && (stringOf(objectOf(item["action"])?.["type"]) ?? "search") === "search",
  );
  return hostedCalls(searches.length, items.filter((item) => BILLED_APART.has(stringOf(item["type"]) ?? "")).length);
}

/** https://developers.openai.com/api/docs/pricing#built-in-tools. MCP calls and tools that the client runs are tokens only. */
const BILLED_APART: ReadonlySet<string> = new Set([
  "file_search_call",
  "code_interpreter_call",
  "image_generation_call",
  "shell_call",
]);

type HostedCalls = Pick<Usage, "webSearches" | "otherCharges">;

function hostedCalls(webSearches: number, otherCharges: number): HostedCalls {
  return { ...(webSearches > 0 ? { webSearches } : {}), ...(otherCharges > 0 ? { otherCharges } : {}) };
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
