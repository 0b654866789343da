import { expect, test } from "vitest";
import type { ProviderModel } from "../config/settings.ts";
import { outputCap, worstCase, worstCaseNano } from "./worst-case.ts";

const AT = Date.UTC(2026, 10, 20, 12);
const provider = (id: string, ...models: readonly ProviderModel[]) => ({
  id,
  models: new Map(models.map((model) => [model.id, model])),
});
const target = (id: string, model: ProviderModel | string) =>
  typeof model === "string" ? { provider: provider(id), model } : { provider: provider(id, model), model: model.id };

test("the dearest target counts, all of its input at its dearest rate", () => {
  const tokens = { input: 1_000, output: 100 };
  const cheap = target("lab", { id: "cheap", price: { input: 1, output: 2 } });
  const dear = target("lab", { id: "dear", price: { input: 3, output: 15, cacheWrite5m: 3.75, cacheWrite1h: 6 } });
  expect(worstCaseNano([cheap], tokens, AT)).toBe(1_200_000);
  expect(worstCaseNano([cheap, dear], tokens, AT)).toBe(6_000_000 + 1_500_000);
  expect(worstCaseNano([], tokens, AT)).toBe(0);
});

test("what has no price counts as nothing", () => {
  const unknown = target("sambanova", "gpt-oss-120b");
  const known = target("openai", "gpt-5");
  expect(worstCaseNano([unknown], { input: 1_000, output: 100 }, AT)).toBe(0);
  expect(worstCaseNano([unknown, known], { input: 1_000, output: 100 }, AT)).toBe(1_250_000 + 1_000_000);
});

test("thresholds, busy hours and tiers count", () => {
  const haiku = target("anthropic", "claude-haiku-5-5");
  expect(worstCaseNano([haiku], { input: 100_000, output: 0 }, AT)).toBe(100_000 * 200);
  expect(worstCaseNano([haiku], { input: 100_001, output: 0 }, AT)).toBe(100_001 * 1_000);
  const deepseek = target("deepseek", "deepseek-v4-pro");
  expect(worstCaseNano([deepseek], { input: 1_000, output: 0 }, AT)).toBe(660_000);
  expect(worstCaseNano([deepseek], { input: 1_000, output: 0 }, Date.UTC(2026, 10, 20, 2))).toBe(1_320_000);
  const openai = target("openai", "gpt-5");
  expect(worstCaseNano([openai], { input: 1_000, output: 0, serviceTier: "priority" }, AT)).toBe(2_500_000);
  expect(worstCaseNano([openai], { input: 1_000, output: 0, serviceTier: "unheard of" }, AT)).toBe(1_250_000);
});

test("a fee for each request counts, and sound where some may be among it", () => {
  const price = { id: "p", input: 1, output: 2, audioInput: 40, audioOutput: 80, perThousandRequests: 5 };
  expect(worstCase([price], { input: 1_000, output: 100 }, AT)).toBe(1_000_000 + 200_000 + 5_000_000);
  expect(worstCase([price], { input: 1_000, output: 100, calls: 3 }, AT)).toBe(1_000_000 + 200_000 + 15_000_000);
  expect(worstCase([price], { input: 1_000, output: 100, audio: true }, AT)).toBe(40_000_000 + 8_000_000 + 5_000_000);
});

test("a count out of all proportion stays a number", () => {
  const price = { id: "p", input: 100_000, output: 100_000 };
  expect(worstCase([price], { input: 1e300, output: 1e300 }, AT)).toBe(Number.MAX_SAFE_INTEGER);
  expect(worstCase([price], { input: Number.NaN, output: -5 }, AT)).toBe(0);
  expect(worstCase([price], { input: Number.NaN, output: 1 }, AT)).toBe(100_000_000);
});

test("an answer is as long as was asked, and never longer than the model writes", () => {
  const small = target("lab", { id: "small", maxOutputTokens: 1_000 });
  const silent = target("lab", { id: "silent" });
  expect(outputCap(small, 1_000_000_000)).toBe(1_000);
  expect(outputCap(small, 10)).toBe(10);
  expect(outputCap(small, undefined)).toBe(1_000);
  expect(outputCap(silent, undefined)).toBe(4_096);
  expect(outputCap(silent, 1_000_000_000)).toBe(131_072);
  expect(outputCap(silent, Number.NaN)).toBe(4_096);
  expect(outputCap(target("anthropic", "claude-sonnet-4-5"), 1e9)).toBe(64_000);
});
