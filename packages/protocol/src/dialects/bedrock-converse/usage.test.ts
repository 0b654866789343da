import { expect, test } from "vitest";
import { decodeUsage } from "./usage.ts";

test("input excludes the cache already, and writes are split by how long they stay", () => {
  const usage = {
    inputTokens: 10,
    outputTokens: 5,
    totalTokens: 145,
    cacheReadInputTokens: 100,
    cacheWriteInputTokens: 30,
    cacheDetails: [
      { ttl: "1h", inputTokens: 20 },
      { ttl: "5m", inputTokens: 10 },
    ],
  };
  expect(decodeUsage({ usage })).toEqual({
    inputTokens: 10,
    cacheReadTokens: 100,
    cacheWrite5mTokens: 10,
    cacheWrite1hTokens: 20,
    outputTokens: 5,
    raw: usage,
  });
});

test("a total of writes without its details stays five minutes", () => {
  expect(decodeUsage({ usage: { inputTokens: 1, cacheWriteInputTokens: 7 } })).toMatchObject({ cacheWrite5mTokens: 7 });
});

test("counts that are not told are absent, and none is negative", () => {
  expect(decodeUsage({})).toBeUndefined();
  const usage = { inputTokens: -1, cacheWriteInputTokens: 1, cacheDetails: [{ ttl: "1h", inputTokens: 4 }] };
  expect(decodeUsage({ usage })).toEqual({ cacheWrite5mTokens: 0, cacheWrite1hTokens: 4, raw: usage });
});

test("how it was served is told where the price depends on it", () => {
  const usage = { inputTokens: 1 };
  const served = (more: object) => decodeUsage({ usage, ...more })?.serviceTier;
  expect(served({ serviceTier: { type: "priority" } })).toBe("priority");
  expect(served({ performanceConfig: { latency: "optimized" } })).toBe("optimized");
  expect(served({ performanceConfig: { latency: "standard" } })).toBeUndefined();
});
