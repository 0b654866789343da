import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { addUsage, mergeUsage, remainder, servedAs, totalInputTokens, usageOf } from "./usage.ts";

describe("usageOf", () => {
  it("keeps zero, and drops what is absent, negative or no number", () => {
    expect(
      usageOf({
        inputTokens: 0,
        outputTokens: undefined,
        cacheReadTokens: -1,
        reasoningTokens: Number.NaN,
        audioInputTokens: Number.POSITIVE_INFINITY,
        cacheWrite5mTokens: 3,
      }),
    ).toEqual({ inputTokens: 0, cacheWrite5mTokens: 3 });
  });

  it("keeps the upstream's own object", () => {
    expect(usageOf({}, { prompt_tokens: 1 })).toEqual({ raw: { prompt_tokens: 1 } });
  });
});

describe("remainder", () => {
  it.each([
    [10, [3, undefined, 2], 5],
    [10, [], 10],
    [10, [8, 8], 0],
  ] as const)("of %i without %o is %i", (total, parts, expected) => {
    expect(remainder(total, ...parts)).toBe(expected);
  });

  it("is never negative, and with its parts is never less than the total", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat()), (total, parts) => {
        const rest = remainder(total, ...parts);
        const sum = parts.reduce((left, right) => left + right, rest);
        expect(rest).toBeGreaterThanOrEqual(0);
        expect(sum).toBeGreaterThanOrEqual(total);
        if (rest > 0) expect(sum).toBe(total);
      }),
    );
  });
});

describe("totalInputTokens", () => {
  it("is the sum of the four disjoint kinds", () => {
    expect(
      totalInputTokens({ inputTokens: 1, cacheReadTokens: 20, cacheWrite5mTokens: 300, cacheWrite1hTokens: 4000 }),
    ).toBe(4321);
    expect(totalInputTokens({ cacheReadTokens: 7 })).toBe(7);
    expect(totalInputTokens({ inputTokens: 0 })).toBe(0);
  });

  it("is unknown when nothing is known, and ignores what is a part of another count", () => {
    expect(totalInputTokens({ outputTokens: 5, audioInputTokens: 3, imageInputTokens: 2 })).toBeUndefined();
  });
});

describe("mergeUsage", () => {
  it("lets later counts replace earlier ones, field by field", () => {
    expect(mergeUsage({ inputTokens: 5, outputTokens: 1 }, { outputTokens: 9 })).toEqual({
      inputTokens: 5,
      outputTokens: 9,
    });
    expect(mergeUsage(undefined, { outputTokens: 9 })).toEqual({ outputTokens: 9 });
    expect(mergeUsage({ inputTokens: 5 }, undefined)).toEqual({ inputTokens: 5 });
    expect(mergeUsage(undefined, undefined)).toBeUndefined();
  });
});

describe("addUsage", () => {
  it("adds field by field, keeps what only one told, and no vendor's own object", () => {
    const one = { inputTokens: 3, outputTokens: 5, raw: { prompt_tokens: 3 } };
    const other = { inputTokens: 4, cacheReadTokens: 6, raw: { prompt_tokens: 10 } };
    expect(addUsage(one, other)).toEqual({ inputTokens: 7, outputTokens: 5, cacheReadTokens: 6 });
  });

  it("keeps a tier that both were served in", () => {
    const flex = { outputTokens: 1, serviceTier: "flex" };
    expect(addUsage(flex, flex)).toEqual({ outputTokens: 2, serviceTier: "flex" });
    expect(addUsage(flex, { outputTokens: 1, serviceTier: "default" })).toEqual({ outputTokens: 2 });
    expect(addUsage(flex, { outputTokens: 1 })).toEqual({ outputTokens: 2 });
  });

  it("of one alone is that one", () => {
    const one = { inputTokens: 3, raw: { prompt_tokens: 3 } };
    expect(addUsage(one, undefined)).toBe(one);
    expect(addUsage(undefined, one)).toBe(one);
    expect(addUsage(undefined, undefined)).toBeUndefined();
  });
});

test("how an answer was served is told beside its counts, and only there", () => {
  expect(servedAs({ outputTokens: 1 }, "flex")).toEqual({ outputTokens: 1, serviceTier: "flex" });
  expect(servedAs({ outputTokens: 1 }, "")).toEqual({ outputTokens: 1 });
  expect(servedAs(undefined, "flex")).toBeUndefined();
});
