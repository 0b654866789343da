import type { Usage } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { priceOf } from "../catalogue/prices.ts";
import type { Price } from "../catalogue/profile.ts";
import { costOf, NOTHING_USED } from "./price.ts";

const NOON = new Date("2026-11-20T12:00:00Z");
const price: Price = {
  id: "lab/m@day",
  input: 2,
  output: 10,
  cacheRead: 0.2,
  cacheWrite5m: 2.5,
  cacheWrite1h: 4,
};
const used: Usage = { inputTokens: 1_000, outputTokens: 100 };
const at = (provider: string, model: string) => {
  const found = priceOf({ id: provider, models: new Map() }, model);
  if (found === undefined) throw new Error(`no price of ${provider}/${model}`);
  return found;
};
const why = (cost: ReturnType<typeof costOf>) => (cost.unpriced ? cost.why : undefined);

describe("what a call cost", () => {
  test("is its tokens at their rates, each kind once", () => {
    const usage = { ...used, cacheReadTokens: 5_000, cacheWrite5mTokens: 700, cacheWrite1hTokens: 300 };
    expect(costOf(usage, price, NOON)).toEqual({
      unpriced: false,
      nano: 1_000 * 2_000 + 5_000 * 200 + 700 * 2_500 + 300 * 4_000 + 100 * 10_000,
      price: "lab/m@day",
    });
  });

  test("is rounded once, half up, after everything is added", () => {
    const cheap: Price = { id: "p", rules: "own", input: 0.0003, output: 0.0002 };
    const nano = (usage: Usage) => costOf(usage, cheap, NOON).nano;
    expect(nano({ inputTokens: 1, outputTokens: 0 })).toBe(0);
    expect(nano({ inputTokens: 1, outputTokens: 1 })).toBe(1);
    expect(nano({ inputTokens: 5, outputTokens: 0 })).toBe(2);
    expect(nano({ inputTokens: 1, cacheReadTokens: 1, outputTokens: 2 })).toBe(1);
  });

  test("takes sound and pictures out of the text, and reasoning out of the output where it has a rate", () => {
    const rich: Price = { ...price, audioInput: 40, audioOutput: 80, imageInput: 8, imageOutput: 30, reasoning: 3 };
    const usage: Usage = {
      inputTokens: 1_000,
      outputTokens: 500,
      audioInputTokens: 100,
      imageInputTokens: 200,
      audioOutputTokens: 50,
      imageOutputTokens: 60,
      reasoningTokens: 90,
    };
    expect(costOf(usage, rich, NOON).nano).toBe(
      700 * 2_000 + 100 * 40_000 + 200 * 8_000 + 300 * 10_000 + 90 * 3_000 + 50 * 80_000 + 60 * 30_000,
    );
    const plain = costOf({ ...used, reasoningTokens: 90 }, price, NOON);
    expect(plain).toEqual(costOf(used, price, NOON));
  });

  test("takes cached sound at its own rate, and says so where nobody told how much was cached", () => {
    const sound: Price = { ...price, audioInput: 40, audioCacheRead: 4 };
    const usage = { ...used, cacheReadTokens: 500, audioInputTokens: 700 };
    expect(costOf({ ...usage, audioCacheReadTokens: 300 }, sound, NOON)).toMatchObject({
      unpriced: false,
      nano: 600 * 2_000 + 400 * 40_000 + 200 * 200 + 300 * 4_000 + 100 * 10_000,
    });
    expect(why(costOf(usage, sound, NOON))).toContain("sound of which nobody told");
    const alike: Price = { ...price, audioInput: 2, audioCacheRead: 0.2 };
    expect(costOf(usage, alike, NOON)).toMatchObject({
      unpriced: false,
      nano: 1_000 * 2_000 + 500 * 200 + 100 * 10_000,
    });
  });

  test("is never negative where parts are told to be longer than their whole", () => {
    const rich: Price = { ...price, audioInput: 1, audioOutput: 1, imageInput: 1, imageOutput: 1, reasoning: 1 };
    const usage = { inputTokens: 3, outputTokens: 2, audioInputTokens: 9, imageInputTokens: 9, audioOutputTokens: 9 };
    expect(costOf({ ...usage, imageOutputTokens: 9, reasoningTokens: 9 }, rich, NOON).nano).toBe(5_000);
  });

  test("takes the dearest threshold that the whole prompt is beyond, cached tokens included", () => {
    const long: Price = {
      id: "p",
      input: 1,
      output: 1,
      cacheRead: 1,
      long: [
        { aboveTokens: 1_000, input: 2, output: 2, cacheRead: 2 },
        { aboveTokens: 10_000, input: 5, output: 5, cacheRead: 5 },
      ],
    };
    const nano = (inputTokens: number, cacheReadTokens: number) =>
      costOf({ inputTokens, cacheReadTokens, outputTokens: 0 }, long, NOON).nano;
    expect(nano(1_000, 0)).toBe(1_000_000);
    expect(nano(1, 1_000)).toBe(2_002_000);
    expect(nano(10_000, 1)).toBe(50_005_000);
  });

  test("counts fees for requests and searches", () => {
    const fees: Price = { ...price, perThousandRequests: 5, perThousandSearches: 10 };
    expect(costOf({ ...used, webSearches: 3 }, fees, NOON).nano).toBe(3_000_000 + 5_000_000 + 30_000_000);
  });

  test("of nothing is 0", () => {
    expect(NOTHING_USED).toEqual({ unpriced: false, nano: 0 });
    expect(costOf({ inputTokens: 0, outputTokens: 0 }, price, NOON)).toMatchObject({ unpriced: false, nano: 0 });
  });
});

describe("what has no price is told, and the rest is counted", () => {
  test.each<[Usage | undefined, string]>([
    [undefined, "did not tell what it used"],
    [{ outputTokens: 1 }, "how long the input was"],
    [{ inputTokens: 1 }, "how much it wrote"],
    [{ ...used, serviceTier: "priority" }, "service tier 'priority'"],
    [{ ...used, outputTokens: 0.5 }, "0.5 outputTokens"],
    [{ ...used, outputTokens: 1e300 }, "1e+300 outputTokens"],
  ])("usage that no sum can be made of: %j", (usage, words) => {
    const cost = costOf(usage, price, NOON);
    expect(cost).toMatchObject({ unpriced: true, nano: 0 });
    expect(why(cost)).toContain(words);
  });

  test("a tier of which nobody has heard leaves no trace in the price's id", () => {
    const cost = costOf({ ...used, serviceTier: "x".repeat(1_000) }, price, NOON);
    expect(cost).toMatchObject({ unpriced: true, price: "lab/m@day" });
    expect(why(cost)?.length).toBeLessThan(120);
  });

  test("a model whose price nobody knows", () => {
    expect(costOf(used, undefined, NOON)).toEqual({
      unpriced: true,
      nano: 0,
      why: "the price of this model is not known",
    });
  });

  test.each([
    ["cached input", { cacheReadTokens: 5 }, "read from a cache"],
    ["cache writes", { cacheWrite5mTokens: 5 }, "written to a cache"],
    ["long cache writes", { cacheWrite1hTokens: 5 }, "for long"],
    ["sound", { audioInputTokens: 5 }, "sound in the input"],
    ["spoken answers", { audioOutputTokens: 5 }, "sound in the output"],
    ["drawn answers", { imageOutputTokens: 5 }, "pictures in the output"],
    ["searches", { webSearches: 1 }, "searches of the web"],
    ["hosted tools", { otherCharges: 1 }, "other tools"],
  ])("%s", (_, more, words) => {
    const bare: Price = { id: "p", input: 2, output: 10 };
    const cost = costOf({ ...used, ...more }, bare, NOON);
    expect(cost).toMatchObject({ unpriced: true, price: "p" });
    expect(why(cost)).toContain(words);
    expect(cost.nano).toBeGreaterThan(0);
    expect(cost.nano).toBeLessThanOrEqual(3_000_000);
  });

  test("what the vendor bills besides", () => {
    const cost = costOf(used, { ...price, unlisted: "the weather" }, NOON);
    expect(cost).toMatchObject({ unpriced: true, nano: 3_000_000, why: "there is no price for the weather" });
  });

  test("a sum that no row can hold", () => {
    const dear: Price = { id: "p", input: 100_000, output: 100_000 };
    const cost = costOf({ inputTokens: 100_000_000, outputTokens: 100_000_000 }, dear, NOON);
    expect(cost).toMatchObject({ unpriced: true, nano: 0 });
  });
});

describe("tiers", () => {
  test.each(["default", "standard", "on_demand", "auto", undefined])("the ordinary one is called %s", (serviceTier) => {
    const usage = serviceTier === undefined ? used : { ...used, serviceTier };
    expect(costOf(usage, price, NOON)).toMatchObject({ nano: 3_000_000, price: "lab/m@day" });
  });

  test("change all rates of tokens, no fee, and the price's id", () => {
    const openai = at("openai", "gpt-5");
    const usage = { ...used, cacheReadTokens: 1_000, webSearches: 1 };
    expect(costOf(usage, openai, NOON).nano).toBe(1_250_000 + 125_000 + 1_000_000 + 10_000_000);
    expect(costOf({ ...usage, serviceTier: "flex" }, openai, NOON)).toEqual({
      unpriced: false,
      nano: 625_000 + 62_500 + 500_000 + 10_000_000,
      price: "openai/gpt-5@2026-11-21+flex",
    });
  });

  test("with figures of their own replace the others", () => {
    const tiers = new Map([["fast", { figures: { input: 20, output: 100 } }]]);
    expect(costOf({ ...used, serviceTier: "fast" }, { ...price, tiers }, NOON)).toMatchObject({
      nano: 30_000_000,
      price: "lab/m@day+fast",
    });
  });

  test("that leave long inputs out have no price for them", () => {
    const usage = { inputTokens: 300_000, outputTokens: 1, serviceTier: "priority" };
    expect(why(costOf(usage, at("openai", "gpt-5.4"), NOON))).toContain("so long an input");
    expect(costOf({ ...usage, inputTokens: 1 }, at("openai", "gpt-5.4"), NOON).unpriced).toBe(false);
    expect(costOf(usage, at("openai", "gpt-5.6-sol"), NOON).nano).toBe(300_000 * 16_000 + 60_000);
  });
});

describe("the moment counts", () => {
  const usage = { inputTokens: 1_000, outputTokens: 0 };
  const nano = (model: Price, time: string) => costOf(usage, model, new Date(time)).nano;

  test("by the day from which a price holds", () => {
    const sol = at("openai", "gpt-5.6-sol");
    expect(nano(sol, "2026-08-20T23:59:59.999Z")).toBe(5_000_000);
    expect(nano(sol, "2026-08-21T00:00:00Z")).toBe(4_000_000);
    const argon = at("google-ai-studio", "gemini-4-argon");
    expect(nano(argon, "2026-11-30T23:59:59Z")).toBe(2_000_000);
    expect(nano(argon, "2026-12-01T00:00:00Z")).toBe(4_000_000);
  });

  test.each([
    ["2026-08-01T02:00:00Z", 435_000],
    ["2026-08-17T00:59:59Z", 660_000],
    ["2026-08-17T01:00:00Z", 1_320_000],
    ["2026-08-22T01:00:00Z", 1_320_000],
    ["2026-11-20T03:59:59Z", 1_320_000],
    ["2026-11-20T04:00:00Z", 660_000],
    ["2026-11-20T06:00:00Z", 1_320_000],
    ["2026-11-20T10:00:00Z", 660_000],
    ["2026-11-21T06:00:00Z", 660_000],
    ["2026-11-22T06:00:00Z", 660_000],
    ["2026-11-23T06:00:00Z", 1_320_000],
  ])("by DeepSeek's busy hours, at %s", (time, expected) => {
    expect(nano(at("deepseek", "deepseek-v4-pro"), time)).toBe(expected);
  });

  test("over midnight", () => {
    const night: Price = { id: "p", input: 2, output: 2, times: [{ hours: [[1_380, 60]], input: 1, output: 1 }] };
    expect(nano(night, "2026-11-20T23:30:00Z")).toBe(1_000_000);
    expect(nano(night, "2026-11-20T00:30:00Z")).toBe(1_000_000);
    expect(nano(night, "2026-11-20T01:00:00Z")).toBe(2_000_000);
  });
});

describe("what vendors say of rates that tables leave out", () => {
  test("Anthropic's cache writes are multiples of the input", () => {
    const usage = { ...used, cacheWrite5mTokens: 1_000, cacheWrite1hTokens: 1_000 };
    const bare: Price = { id: "p", rules: "anthropic", input: 3, output: 15 };
    expect(costOf(usage, bare, NOON)).toMatchObject({
      unpriced: false,
      nano: 3_000_000 + 3_750_000 + 6_000_000 + 1_500_000,
    });
    expect(costOf(usage, at("vertex", "claude-sonnet-4-5@20250929"), NOON).nano).toBe(14_250_000);
  });

  test("OpenAI gives no discount on cached input where it lists none", () => {
    expect(costOf({ ...used, cacheReadTokens: 1_000 }, at("openai", "gpt-5-pro"), NOON)).toMatchObject({
      unpriced: false,
      nano: 15_000_000 * 2 + 12_000_000,
    });
  });

  test("Google has one price for input of all kinds but where it lists another", () => {
    const usage = { inputTokens: 1_000, outputTokens: 0, audioInputTokens: 500, imageInputTokens: 100 };
    expect(costOf(usage, at("google-ai-studio", "gemini-3.5-flash-lite"), NOON).unpriced).toBe(false);
    expect(costOf(usage, at("google-ai-studio", "gemini-2.5-flash"), NOON).nano).toBe(500 * 300 + 500 * 1_000);
    expect(why(costOf(usage, at("openai", "gpt-4o-audio-preview"), NOON))).toContain("sound in the input");
  });

  test("an operator's figures hold for everything", () => {
    const own = { input: 1, output: 2 };
    const written = priceOf({ id: "lab", models: new Map([["m", { id: "m", price: own }]]) }, "m");
    const usage = {
      inputTokens: 10,
      cacheReadTokens: 10,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 10,
      outputTokens: 10,
      audioInputTokens: 5,
      audioOutputTokens: 5,
      imageOutputTokens: 1,
    };
    expect(costOf(usage, written, NOON)).toMatchObject({ unpriced: false, nano: 60_000 });
  });
});
