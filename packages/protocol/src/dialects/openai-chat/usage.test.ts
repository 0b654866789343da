import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

const counts = (wire: JsonObject) => {
  const { raw: _, ...rest } = decodeUsage(wire) ?? {};
  return rest;
};

test.each<[string, JsonObject, JsonObject]>([
  [
    "nothing about caches stays unsaid",
    { prompt_tokens: 3, completion_tokens: 2 },
    { inputTokens: 3, outputTokens: 2 },
  ],
  [
    "OpenAI",
    { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 } },
    { inputTokens: 3, cacheReadTokens: 4, cacheWrite5mTokens: 3, outputTokens: 5 },
  ],
  [
    "DeepSeek",
    { prompt_tokens: 10, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 },
    { inputTokens: 6, cacheReadTokens: 4 },
  ],
  ["Moonshot", { prompt_tokens: 10, cached_tokens: 4 }, { inputTokens: 6, cacheReadTokens: 4 }],
  ["Vercel", { prompt_tokens: 10, cache_creation_input_tokens: 4 }, { inputTokens: 6, cacheWrite5mTokens: 4 }],
  [
    "Vercel leaves Gemini's reasoning out of output and total",
    {
      prompt_tokens: 61,
      completion_tokens: 10,
      total_tokens: 71,
      completion_tokens_details: { reasoning_tokens: 96 },
    },
    { inputTokens: 61, outputTokens: 106, reasoningTokens: 96 },
  ],
  [
    "xAI leaves reasoning out of the output",
    {
      prompt_tokens: 12,
      completion_tokens: 1,
      total_tokens: 241,
      completion_tokens_details: { reasoning_tokens: 228 },
    },
    { inputTokens: 12, outputTokens: 229, reasoningTokens: 228 },
  ],
  [
    "OpenAI leaves it in",
    { prompt_tokens: 1, completion_tokens: 9, total_tokens: 10, completion_tokens_details: { reasoning_tokens: 8 } },
    { inputTokens: 1, outputTokens: 9, reasoningTokens: 8 },
  ],
  [
    "more cached than there is",
    { prompt_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
    { inputTokens: 0, cacheReadTokens: 4 },
  ],
])("%s", (_name, wire, expected) => {
  expect(counts(wire)).toEqual(expected);
});

test("totals include everything on the wire", () => {
  const usage = {
    inputTokens: 1,
    cacheReadTokens: 2,
    cacheWrite5mTokens: 3,
    cacheWrite1hTokens: 4,
    outputTokens: 5,
    reasoningTokens: 1,
  };
  expect(encodeUsage(usage)).toEqual({
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
    prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 7 },
    completion_tokens_details: { reasoning_tokens: 1 },
  });
  expect(encodeUsage({})).toBeUndefined();
  expect(encodeUsage(undefined)).toBeUndefined();
});

test("searches are counted under each vendor's name for them, and charges that are not tokens", () => {
  const totals = { prompt_tokens: 3, completion_tokens: 2 };
  expect(decodeUsage({ ...totals, server_tool_use: { web_search_requests: 2 } })).toMatchObject({ webSearches: 2 });
  expect(decodeUsage({ ...totals, num_search_queries: 5 })).toMatchObject({ webSearches: 5 });
  expect(decodeUsage({ ...totals, prompt_audio_seconds: 36 })).toMatchObject({ otherCharges: 36 });
  expect(decodeUsage({ ...totals, num_sources_used: 0 })).not.toHaveProperty("otherCharges");
});
