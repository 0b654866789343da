import { describe, expect, test } from "vitest";
import { openFalseHits, wilson } from "./false-hits.ts";
import { expectedError, type Observation, priors } from "./threshold.ts";

const seen = (count: number, similarity: number, right: boolean): readonly Observation[] =>
  Array.from({ length: count }, () => ({ similarity, right }));
const error = (similarity: number, own: readonly Observation[] = [], pool: readonly Observation[] = []): number =>
  expectedError(similarity, priors.meaning, { own, pool });

describe("the expected error", () => {
  test("is strict where nothing was observed, and falls with similarity", () => {
    expect(error(0.96)).toBeGreaterThan(0.01);
    expect(error(0.98)).toBeLessThan(0.01);
    expect(error(0.85)).toBeGreaterThan(0.9);
  });

  test("takes a hundred right answers for a budget of one in a hundred, and one wrong one to be above it again", () => {
    expect(error(0.94, seen(10, 0.94, true))).toBeGreaterThan(0.01);
    expect(error(0.94, seen(100, 0.94, true))).toBeLessThan(0.01);
    expect(error(0.94, [...seen(60, 0.94, true), ...seen(1, 0.94, false)])).toBeGreaterThan(0.01);
  });

  test("knows that a wrong answer speaks against all that is less similar, and a right one for nothing there", () => {
    expect(error(0.95, seen(5, 0.99, false))).toBeGreaterThan(0.5);
    expect(error(0.9, seen(500, 0.97, true))).toBe(error(0.9));
  });

  test("lets the entry's own observations stand over those of the others", () => {
    const pool = seen(300, 0.95, true);
    expect(error(0.95, [], pool)).toBeLessThan(0.01);
    expect(error(0.95, seen(1, 0.95, false), pool)).toBeGreaterThan(0.3);
  });
});

describe("the false-hit rate", () => {
  // Reckoned from the formula; without any wrong one the upper bound is z² / (n + z²).
  test.each([
    { wrong: 0, samples: 10, low: 0, high: 0.277533 },
    { wrong: 1, samples: 100, low: 0.001767, high: 0.054486 },
    { wrong: 5, samples: 10, low: 0.236593, high: 0.763407 },
    { wrong: 10, samples: 10, low: 0.722467, high: 1 },
  ])("$wrong of $samples lies between $low and $high", ({ wrong, samples, low, high }) => {
    const interval = wilson(wrong, samples);
    expect(interval.low).toBeCloseTo(low, 5);
    expect(interval.high).toBeCloseTo(high, 5);
  });

  test("is anything without samples", () => {
    expect(wilson(0, 0)).toEqual({ samples: 0, wrong: 0, low: 0, high: 1 });
  });

  test("is counted for each tenant and for all", () => {
    const rates = openFalseHits();
    rates.tell("org:a", true);
    rates.tell("org:a", false);
    rates.tell("org:b", true);
    expect(rates.of("org:a")).toMatchObject({ samples: 2, wrong: 1, rate: 0.5 });
    expect(rates.overall()).toMatchObject({ samples: 3, wrong: 1 });
    expect(rates.of("org:c").samples).toBe(0);
  });
});
