import { describe, expect, it } from "vitest";
import type { ReasoningEffort } from "../../ir/request.ts";
import { budgetOf, budgetOfEffort, effortOf, effortOfBudget, nearestEffort } from "./reasoning.ts";

const EFFORTS: readonly ReasoningEffort[] = ["minimal", "low", "medium", "high", "xhigh", "max"];

describe("effort and budget", () => {
  it("lead back to each other", () => {
    for (const effort of EFFORTS) expect(effortOfBudget(budgetOfEffort(effort))).toBe(effort);
  });

  it("grow together, and no budget is below Anthropic's floor", () => {
    const budgets = EFFORTS.map(budgetOfEffort);
    expect(budgets).toEqual([...budgets].sort((a, b) => a - b));
    expect(new Set(budgets).size).toBe(EFFORTS.length);
    expect(Math.min(...budgets)).toBe(1024);
  });

  it.each([
    [0, "minimal"],
    [1024, "minimal"],
    [1025, "low"],
    [10_000, "high"],
    [1_000_000, "max"],
  ])("a budget of %i is the effort %s", (tokens, effort) => {
    expect(effortOfBudget(tokens)).toBe(effort);
  });

  it("are taken as said before they are derived", () => {
    expect(effortOf({ effort: "low", budgetTokens: 30_000 })).toBe("low");
    expect(budgetOf({ effort: "low", budgetTokens: 30_000 })).toBe(30_000);
    expect(effortOf({ budgetTokens: 2000 })).toBe("low");
    expect(budgetOf({ effort: "medium" })).toBe(8192);
    expect(effortOf({ mode: "on" })).toBeUndefined();
    expect(budgetOf({ mode: "adaptive" })).toBeUndefined();
  });
});

describe("nearestEffort", () => {
  it.each([
    ["medium", ["low", "medium", "high"], "medium"],
    ["max", ["low", "medium", "high"], "high"],
    ["minimal", ["low", "high"], "low"],
    ["medium", ["low", "high"], "high"],
    ["xhigh", ["minimal"], "minimal"],
    ["low", [], "low"],
  ] as const)("of %s among %o is %s", (wanted, allowed, expected) => {
    expect(nearestEffort(wanted, allowed)).toBe(expected);
  });
});
