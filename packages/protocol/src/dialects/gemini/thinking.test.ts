import { expect, test } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { Reasoning } from "../../ir/request.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { decodeThinking, encodeThinking } from "./thinking.ts";

const encode = (model: string, reasoning: Reasoning, quirks: GeminiQuirks = {}) => {
  const losses = lossRecorder();
  const config = encodeThinking(reasoning, { provider: "p", model, quirks }, losses);
  const { dropped, adapted } = losses.report();
  return { config, losses: [...dropped, ...adapted].map(({ feature }) => feature) };
};

test.each([
  [{ thinkingBudget: 0 }, { mode: "off" }],
  [{ thinkingBudget: -1 }, { mode: "adaptive" }],
  [
    { thinkingBudget: 512, includeThoughts: true },
    { mode: "on", budgetTokens: 512, summary: "auto" },
  ],
  [{ thinkingLevel: "HIGH" }, { mode: "on", effort: "high" }],
  [{ includeThoughts: false }, { summary: "none" }],
])("%j is read and written back", (config, reasoning) => {
  expect(decodeThinking(config)).toEqual({ reasoning });
  expect(encode("a-model", reasoning as Reasoning).config).toEqual(config);
});

test("models with budgets get one within their range", () => {
  expect(encode("gemini-2.5-flash", { mode: "on", effort: "high" })).toEqual({
    config: { thinkingBudget: 16_384 },
    losses: ["reasoning-effort"],
  });
  expect(encode("gemini-2.5-flash", { budgetTokens: 60_000 }).config).toEqual({ thinkingBudget: 24_576 });
  expect(encode("gemini-2.5-pro", { budgetTokens: 60_000 }).config).toEqual({ thinkingBudget: 32_768 });
  expect(encode("gemini-2.5-pro", { mode: "off" })).toEqual({
    config: { thinkingBudget: 128 },
    losses: ["reasoning-off"],
  });
  expect(encode("gemini-2.5-flash", { mode: "off" })).toEqual({ config: { thinkingBudget: 0 }, losses: [] });
});

test("quirk thinkingLevels: models with levels get the nearest they know", () => {
  expect(encode("gemini-3-pro", { effort: "xhigh" })).toEqual({
    config: { thinkingLevel: "HIGH" },
    losses: ["reasoning-effort"],
  });
  expect(encode("gemini-3-pro", { effort: "minimal" }).config).toEqual({ thinkingLevel: "LOW" });
  expect(encode("gemini-3.8-flash", { mode: "off" }).config).toEqual({ thinkingLevel: "LOW" });
  expect(encode("gemini-3-flash", { mode: "off" })).toEqual({
    config: { thinkingLevel: "MINIMAL" },
    losses: ["reasoning-off"],
  });
  expect(encode("gemini-3-pro", { budgetTokens: 8000 }).config).toEqual({ thinkingLevel: "MEDIUM" });
  expect(encode("gemini-3-pro", { effort: "medium" }, { thinkingLevels: ["LOW", "HIGH"] }).config).toEqual({
    thinkingLevel: "HIGH",
  });
});

test("quirk includeThoughts: thoughts are asked for where they can be", () => {
  expect(encode("gemini-2.5-flash", { summary: "auto" }).config).toEqual({ includeThoughts: true });
  expect(encode("gemini-2.5-flash", { summary: "detailed" }).losses).toEqual(["reasoning-summary"]);
  expect(encode("m", { summary: "auto" }, { includeThoughts: false })).toEqual({
    config: undefined,
    losses: ["reasoning-summary"],
  });
});

test("models that do not think are not asked to", () => {
  expect(encode("gemini-2.0-flash", { effort: "low" })).toEqual({ config: undefined, losses: ["reasoning"] });
  expect(encode("gemini-2.0-flash", { mode: "off" })).toEqual({ config: undefined, losses: [] });
});
