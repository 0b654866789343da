import { expect, test } from "vitest";
import { decodeUsage, encodeUsage, mergeWireUsage } from "./usage.ts";

const NONE = { inputTokens: 7, outputTokens: 0 };

test("a total of cache writes without its split counts as five minutes", () => {
  expect(decodeUsage({ input_tokens: 1, cache_creation_input_tokens: 9 })).toMatchObject({
    inputTokens: 1,
    cacheWrite5mTokens: 9,
  });
});

test("the split is kept, and what a later total adds to it counts as five minutes", () => {
  const split = { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 };
  const told = mergeWireUsage(
    { cache_creation: split, cache_creation_input_tokens: 5 },
    { cache_creation_input_tokens: 6 },
  );
  expect(decodeUsage(told)).toMatchObject({ cacheWrite5mTokens: 3, cacheWrite1hTokens: 3 });
});

test("null is no report", () => {
  expect(mergeWireUsage({ input_tokens: 5 }, { input_tokens: null, output_tokens: 2 })).toEqual({
    input_tokens: 5,
    output_tokens: 2,
  });
  expect(decodeUsage(null)).toBeUndefined();
  expect(decodeUsage({ input_tokens: null })).toEqual({ raw: { input_tokens: null } });
});

test("defaults stand only where the upstream told nothing of the prompt", () => {
  expect(encodeUsage(undefined, NONE)).toEqual({ input_tokens: 7, output_tokens: 0 });
  expect(encodeUsage({ cacheReadTokens: 4, outputTokens: 2 }, NONE)).toEqual({
    input_tokens: 0,
    cache_read_input_tokens: 4,
    output_tokens: 2,
  });
});

test("wire to IR to wire is the same", () => {
  const wire = {
    input_tokens: 1,
    cache_creation_input_tokens: 5,
    cache_read_input_tokens: 3,
    cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
    output_tokens: 4,
    output_tokens_details: { thinking_tokens: 2 },
    server_tool_use: { web_search_requests: 1 },
  };
  expect(encodeUsage(decodeUsage(wire), NONE)).toEqual(wire);
});

test("what changes the price of all tokens is told as the tier", () => {
  const tier = (usage: Record<string, string>) => decodeUsage({ input_tokens: 1, ...usage })?.serviceTier;
  expect(tier({ service_tier: "standard", inference_geo: "global" })).toBe("standard");
  expect(tier({ service_tier: "standard", inference_geo: "not_available", speed: "standard" })).toBe("standard");
  expect(tier({ service_tier: "standard", inference_geo: "us" })).toBe("geo-us");
  expect(tier({ service_tier: "batch", speed: "fast" })).toBe("batch+fast");
  expect(tier({})).toBeUndefined();
});

test("searches of the web are counted, and told again to clients of this dialect", () => {
  const wire = {
    input_tokens: 1,
    output_tokens: 2,
    server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
  };
  expect(decodeUsage(wire)).toMatchObject({ webSearches: 2 });
  expect(encodeUsage(decodeUsage(wire), NONE)).toEqual(wire);
  expect(encodeUsage({ inputTokens: 1, outputTokens: 2, webSearches: 3 }, NONE)).toMatchObject({
    server_tool_use: { web_search_requests: 3, web_fetch_requests: 0 },
  });
});

test("compaction counts as what it is billed as, and stands apart again on this wire", () => {
  const step = (type: string, input: number, output: number) => ({ type, input_tokens: input, output_tokens: output });
  const wire = {
    input_tokens: 612,
    cache_read_input_tokens: 0,
    output_tokens: 2819,
    iterations: [{ ...step("compaction", 60_385, 522), cache_read_input_tokens: 7 }, step("message", 612, 2819)],
  };
  const usage = decodeUsage(wire);
  expect(usage).toMatchObject({ inputTokens: 60_997, cacheReadTokens: 7, outputTokens: 3341 });
  expect(usage).not.toHaveProperty("otherCharges");
  expect(encodeUsage(usage, NONE)).toEqual(wire);
});

test("what other models did for it is a charge that its counts do not hold", () => {
  const iterations = [
    { type: "message", input_tokens: 1, output_tokens: 2 },
    { type: "advisor_message", model: "claude-opus-4-7", input_tokens: 9, output_tokens: 9 },
  ];
  const usage = decodeUsage({ input_tokens: 1, output_tokens: 2, iterations });
  expect(usage).toMatchObject({ inputTokens: 1, outputTokens: 2, otherCharges: 1 });
});
