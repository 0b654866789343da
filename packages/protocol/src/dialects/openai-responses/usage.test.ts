import { expect, test } from "vitest";
import { decodeUsage, encodeUsage } from "./usage.ts";

const wire = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 15 },
  total_tokens: 120,
};

test("the prompt's total is taken apart, and put together again", () => {
  const usage = decodeUsage(wire);
  expect(usage).toEqual({
    inputTokens: 10,
    cacheReadTokens: 60,
    cacheWrite5mTokens: 30,
    outputTokens: 20,
    reasoningTokens: 15,
    raw: wire,
  });
  expect(encodeUsage(usage)).toEqual(wire);
});

test("long-lived cache writes are counted apart", () => {
  const details = {
    cached_tokens: 0,
    cache_write_tokens: 30,
    cache_write_tokens_details: { ttl_12h_tokens: 20, ttl_30m_tokens: 10 },
  };
  expect(decodeUsage({ input_tokens: 50, input_tokens_details: details })).toMatchObject({
    inputTokens: 20,
    cacheWrite5mTokens: 10,
    cacheWrite1hTokens: 20,
  });
});

test("absent stays absent, and no count is negative", () => {
  expect(decodeUsage(null)).toBeUndefined();
  expect(encodeUsage(undefined)).toBeNull();
  expect(decodeUsage({ output_tokens: 3 })).toEqual({ outputTokens: 3, raw: { output_tokens: 3 } });
  expect(decodeUsage({ input_tokens: 5, input_tokens_details: { cached_tokens: 9 } })).toMatchObject({
    inputTokens: 0,
  });
});

test("hosted tools are counted where they are billed: searches, and what else is not tokens", () => {
  const search = (type: string) => ({ type: "web_search_call", action: { type } });
  const output = [
    search("search"),
    search("open_page"),
    search("find_in_page"),
    { type: "web_search_call" },
    { type: "file_search_call" },
    { type: "mcp_call" },
    { type: "function_call" },
  ];
  expect(decodeUsage(wire, output)).toMatchObject({ webSearches: 2, otherCharges: 1 });
  expect(decodeUsage(wire, [])).not.toHaveProperty("webSearches");
});

test("xAI tells the calls of its tools itself", () => {
  const usage = {
    ...wire,
    server_side_tool_usage_details: { web_search_calls: 3, x_search_calls: 1, code_interpreter_calls: 2 },
  };
  expect(decodeUsage(usage, [{ type: "web_search_call" }])).toMatchObject({ webSearches: 3, otherCharges: 3 });
});
