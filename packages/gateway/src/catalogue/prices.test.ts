import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { WrittenPrice } from "../config/price.ts";
import type { ProviderModel } from "../config/settings.ts";
import priceData from "./data/prices.json" with { type: "json" };
import { listedOperationPrices } from "./listed-operation-prices.ts";
import { listedPrices } from "./listed-prices.ts";
import { undatedId } from "./model-id.ts";
import { modelRows } from "./models.ts";
import { priceVersion } from "./price-rows.ts";
import { expectedCost, listedContextTokens, priceOf } from "./prices.ts";
import { tiersOf } from "./tiers.ts";

const provider = (id: string, ...models: readonly ProviderModel[]) => ({
  id,
  models: new Map(models.map((model) => [model.id, model])),
});

describe("the price of a model", () => {
  test("is the vendor's, with an id that names its day", () => {
    expect(priceOf(provider("openai"), "gpt-5")).toMatchObject({
      id: "openai/gpt-5@2026-11-21",
      input: 1.25,
      output: 10,
      cacheRead: 0.125,
      perThousandSearches: 10,
    });
    expect(priceVersion).toMatchObject({ date: "2026-11-21", source: expect.stringContaining("genai-prices 0.1.8") });
  });

  test.each([
    ["anthropic", "claude-opus-4-5-20251101", 5],
    ["anthropic", "claude-3-7-sonnet-latest", 3],
    ["openai", "gpt-5-mini-2025-08-07", 0.25],
    ["vertex", "claude-opus-4-5@20251101", 5],
    ["bedrock", "global.anthropic.claude-opus-4-6-v1:0", 5],
    ["bedrock", "us.anthropic.claude-opus-4-6-v1:0", 5.5],
    ["bedrock", "us.anthropic.claude-opus-4-6-v1", 5.5],
    ["bedrock", "global.anthropic.claude-opus-4-6-v1", 5],
    ["bedrock", "anthropic.claude-3-5-sonnet-20240620-v1:0", 3],
    ["bedrock", "eu.amazon.nova-lite-v1:0", 0.06],
    ["bedrock", "us.meta.llama3-3-70b-instruct-v1:0", 0.72],
    ["bedrock", "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0", 1.1],
    ["bedrock", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", 0.06],
    ["vertex", "claude-sonnet-4-5@20250929", 3],
    ["vertex", "claude-haiku-4-5@20251001", 1],
    ["azure", "gpt-5", 1.25],
    ["openrouter", "anthropic/claude-sonnet-4.5", 3],
    ["fireworks", "accounts/fireworks/models/deepseek-v4-pro", 1.74],
    ["minimax", "MiniMax-M2.7", 0.3],
  ])("is found at %s for %s", (id, model, input) => {
    expect(priceOf(provider(id), model)?.input).toBe(input);
  });

  test("tells two versions of one model apart where their prices differ", () => {
    expect(priceOf(provider("openai"), "gpt-4o-2024-05-13")?.input).toBe(5);
    expect(priceOf(provider("openai"), "gpt-4o-2024-11-20")?.input).toBe(2.5);
  });

  test.each([
    ["a later model than the table's", "anthropic", "claude-opus-5-6"],
    ["another vendor's model", "openai", "claude-opus-4-6"],
    ["an own server", "lab", "gpt-5"],
    ["a provider without published prices", "sambanova", "gpt-oss-120b"],
    ["a name out of thin air", "openrouter", "constructor"],
    [
      "what is said to be asked everywhere at the price of a region",
      "bedrock",
      "global.anthropic.claude-opus-4-1-v1:0",
    ],
    [
      "a profile that does not tell its model",
      "bedrock",
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
    ],
    ["a provider out of thin air", "__proto__", "gpt-5"],
  ])("is unknown for %s, not 0", (_, id, model) => {
    expect(priceOf(provider(id), model)).toBeUndefined();
  });

  test("is 0 only where the vendor says so", () => {
    const free = priceOf(provider("openrouter"), "google/gemma-3-27b-it:free");
    expect(free).toMatchObject({ input: 0, output: 0 });
  });

  test("is the operator's where they wrote one, and another id after every change", () => {
    const written = provider("openai", { id: "gpt-5", price: { input: 1, output: 8, cacheRead: 0.1 } });
    expect(priceOf(written, "gpt-5")).toEqual({
      id: "openai/gpt-5@config:1/8/0.1",
      rules: "own",
      input: 1,
      output: 8,
      cacheRead: 0.1,
    });
  });

  test("of an operator has another id whenever any figure differs, however many there are", () => {
    const base = { input: 1, output: 8 };
    const prices: readonly WrittenPrice[] = [
      base,
      { ...base, cacheRead: 1 },
      { ...base, audioInput: 1 },
      { ...base, imageInput: 1 },
      { ...base, perThousandSearches: 1 },
      { ...base, perThousandRequests: 1 },
      { ...base, long: [{ aboveTokens: 5, ...base }] },
      { ...base, long: [{ aboveTokens: 6, ...base }] },
      { ...base, tiers: { flex: 0.5 } },
      { ...base, tiers: { flex: 0.4 } },
      { ...base, tiers: { fast: 0.5 } },
      { ...base, tiers: { flex: base } },
    ];
    const ids = prices.map((price) => priceOf(provider("lab", { id: "m", price }), "m")?.id);
    expect(new Set(ids).size).toBe(prices.length);
    expect(ids[2]).toMatch(/^lab\/m@config:1\/8\+[0-9a-f]{12}$/);
    const reordered = { long: [{ output: 8, input: 1, aboveTokens: 5 }], output: 8, input: 1 };
    expect(priceOf(provider("lab", { id: "m", price: reordered }), "m")?.id).toBe(ids[6]);
  });

  test("is one object for one price", () => {
    const openai = provider("openai");
    expect(priceOf(openai, "gpt-5")).toBe(priceOf(openai, "gpt-5-2025-08-07"));
    expect(priceOf(provider("vertex"), "claude-opus-5")?.id).not.toBe(
      priceOf(provider("anthropic"), "claude-opus-5")?.id,
    );
  });

  test("knows how it changed, and which hours are dearer", () => {
    expect(priceOf(provider("openai"), "gpt-5.6-sol")?.times).toMatchObject([
      { input: 5, output: 30 },
      { from: "2026-08-21", input: 4, output: 20 },
    ]);
    expect(priceOf(provider("deepseek"), "deepseek-v4-pro")?.times?.at(-1)).toMatchObject({
      from: "2026-08-23",
      hours: [
        [60, 240],
        [360, 600],
      ],
      workdays: true,
      input: 1.32,
    });
  });

  test("stands before the shipped data where the vendor's page says more", () => {
    expect(priceOf(provider("anthropic"), "claude-haiku-5-5")?.long?.[0]).toMatchObject({
      aboveTokens: 100_000,
      input: 0.5,
    });
    expect(priceOf(provider("google-ai-studio"), "gemma-4-31b-it")).toMatchObject({ input: 0, output: 0 });
    expect(priceOf(provider("vertex"), "gemma-4-31b-it")).toBeUndefined();
  });

  test("says what the vendor bills besides", () => {
    expect(priceOf(provider("perplexity"), "sonar")?.unlisted).toContain("fee for each request");
    expect(priceOf(provider("openai"), "gpt-4o-search-preview")?.unlisted).toContain("search");
    expect(priceOf(provider("openai"), "gpt-5")?.unlisted).toBeUndefined();
  });

  test.each([
    ["openai/gpt-5", "flex", { factor: 0.5 }],
    ["openai/gpt-5-mini", "priority", { factor: 1.8, shortOnly: true }],
    ["openai/gpt-4.1-2025-04-14", "fast", { factor: 1.75, shortOnly: true }],
    ["anthropic/claude-sonnet-4-5", "batch", { factor: 0.5 }],
    ["google-ai-studio/gemini-3.8-flash", "priority", { factor: 1.8 }],
    ["anthropic/claude-sonnet-4-5", "priority", undefined],
    ["openai/gpt-6-sol", "fast", undefined],
    ["azure/gpt-5", "flex", undefined],
    ["vertex/gemini-2.5-pro", "provisioned_throughput", undefined],
  ])("of %s in the tier %s is what the vendor's page says", (name, tier, expected) => {
    const [id = "", model = ""] = name.split("/");
    const price = priceOf(provider(id), model);
    expect(price).toBeDefined();
    expect(price?.tiers?.get(tier)).toEqual(expected);
  });

  test("is never negative, and dearer for long inputs where it changes with them", () => {
    for (const [id, rows] of Object.entries(modelRows)) {
      for (const { id: model } of rows) {
        const price = priceOf(provider(id), model);
        if (price === undefined) continue;
        expect(Math.min(price.input, price.output, price.cacheRead ?? 0)).toBeGreaterThanOrEqual(0);
        for (const long of price.long ?? []) expect(long.input).toBeGreaterThan(price.input);
      }
    }
  });

  test("is known for most of what the catalogue lists of vendors that publish prices", () => {
    const listed = ["openai", "anthropic", "google-ai-studio", "mistral", "moonshot"].flatMap((id) =>
      (modelRows[id] ?? []).map((row) => priceOf(provider(id), row.id)),
    );
    expect(listed.filter((price) => price !== undefined).length / listed.length).toBeGreaterThan(0.85);
  });
});

test("the table's window is known beside its price", () => {
  expect(listedContextTokens("cerebras", "gpt-oss-120b")).toBe(131_072);
  expect(listedContextTokens("cerebras", "nothing")).toBeUndefined();
});

describe("the expected cost", () => {
  const price = {
    id: "p",
    input: 2,
    output: 10,
    cacheRead: 0.2,
    long: [{ aboveTokens: 200_000, input: 4, output: 15, cacheRead: 0.4 }],
  };

  test("is in US dollars", () => {
    expect(expectedCost(price, { inputTokens: 1_000_000 / 10, outputTokens: 100_000 })).toBeCloseTo(1.2);
  });

  test("takes cached input at its own price, and no more of it than there is input", () => {
    expect(expectedCost(price, { inputTokens: 100_000, outputTokens: 0, cachedTokens: 90_000 })).toBeCloseTo(0.038);
    expect(expectedCost(price, { inputTokens: 100_000, outputTokens: 0, cachedTokens: 900_000 })).toBeCloseTo(0.02);
  });

  test("takes the dearer rates for all of a long input", () => {
    expect(expectedCost(price, { inputTokens: 200_000, outputTokens: 0 })).toBeCloseTo(0.4);
    expect(expectedCost(price, { inputTokens: 200_001, outputTokens: 1_000 })).toBeCloseTo(0.815);
  });

  test("is that of other input where no cached price is known", () => {
    expect(expectedCost({ id: "p", input: 1, output: 1 }, { inputTokens: 10, outputTokens: 0, cachedTokens: 10 })).toBe(
      0.00001,
    );
  });
});

/**
 * Ledgers name the day of the price that they were reckoned with. Whoever changes any figure moves the day (`npm run update:prices --
 * <day>`), and writes here what this test then tells.
 */
test("the day of the prices moves with every change of them", () => {
  const providers = [
    "openai",
    "anthropic",
    "google-ai-studio",
    "vertex",
    "deepseek",
    "xai",
    "azure",
    "groq",
    "mistral",
  ];
  const own = JSON.stringify([
    listedPrices,
    listedOperationPrices,
    providers.flatMap((id) => (modelRows[id] ?? []).map((row) => [...tiersOf(id, undatedId(row.id))])),
    priceData,
  ]);
  expect([priceVersion.date, createHash("sha256").update(own).digest("hex").slice(0, 16)]).toEqual([
    "2026-11-21",
    "bd2313c18970a109",
  ]);
});
