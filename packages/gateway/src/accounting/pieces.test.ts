import type { Usage } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { priceOf } from "../catalogue/prices.ts";
import type { Price } from "../catalogue/profile.ts";
import { LARGEST_DOLLARS } from "../config/money.ts";
import { priceSchema, type WrittenPrice } from "../config/price.ts";
import { costOf } from "./price.ts";

const AT = Date.UTC(2026, 10, 21);
const none = { input: 0, output: 0 };
const price = (figures: Partial<Price>): Price => ({ id: "p", ...none, ...figures });
const nano = (usage: Usage, of: Price) => {
  const cost = costOf(usage, of, AT);
  return cost.unpriced ? cost.why : cost.nano;
};
const shipped = (provider: string, model: string): Price => {
  const found = priceOf({ id: provider, models: new Map() }, model);
  if (found === undefined) throw new Error(`no price of ${provider}/${model}`);
  return found;
};

describe("what is billed by the piece", () => {
  test.each<[string, [Usage, Partial<Price>], number]>([
    ["pictures", [{ images: 3 }, { perImage: 0.04 }], 120_000_000],
    ["seconds, by the minute", [{ audioSeconds: 90 }, { perAudioMinute: 0.006 }], 9_000_000],
    ["an hour at a third of a cent's tenth", [{ audioSeconds: 3600 }, { perAudioMinute: 0.04 / 60 }], 40_000_000],
    ["characters, by the million", [{ characters: 1_234 }, { perMillionCharacters: 15 }], 18_510_000],
    ["searches, by the thousand", [{ searchUnits: 2 }, { perThousandSearchUnits: 2.5 }], 5_000_000],
    ["none of them", [{ images: 0 }, { perImage: 0.04 }], 0],
    ["short sound, as long as the shortest", [{ audioSeconds: 3 }, { perAudioMinute: 0.06, minAudioSeconds: 10 }], 1e7],
    ["no sound at all", [{ audioSeconds: 0 }, { perAudioMinute: 0.06, minAudioSeconds: 10 }], 0],
    ["with the fee of a request", [{ searchUnits: 1 }, { perThousandSearchUnits: 2, perThousandRequests: 1 }], 3e6],
  ])("%s", (_name, [usage, figures], expected) => {
    expect(nano(usage, price(figures))).toBe(expected);
  });

  test.each<[string, [Usage, Partial<Price>], string]>([
    ["another piece has a price", [{ images: 1 }, { perAudioMinute: 1 }], "a picture that was made"],
    ["tokens have a price and the piece has none", [{ characters: 5 }, { input: 1, output: 1 }], "characters"],
    ["nothing was told", [{}, { perImage: 0.04 }], "did not tell how much"],
    [
      "tokens were told, and have no price",
      [{ inputTokens: 9, outputTokens: 0 }, { perImage: 1 }],
      "did not tell how much",
    ],
    ["more than any request uses was told", [{ images: 1e12 }, { perImage: 1 }], "told 1000000000000 images"],
    ["less than nothing was told", [{ audioSeconds: -1 }, { perAudioMinute: 1 }], "told -1 audioSeconds"],
  ])("is unpriced where %s", (_name, [usage, figures], why) => {
    const cost = costOf(usage, price(figures), AT);
    expect(cost).toMatchObject({ unpriced: true, nano: 0 });
    expect(cost.unpriced && cost.why).toContain(why);
  });
});

describe("tokens and pieces of one call", () => {
  const both: Usage = { inputTokens: 1_000, outputTokens: 100, images: 1 };

  test("are billed once: tokens that have a price stand for the pieces", () => {
    const tokens = price({ input: 2, output: 10 });
    expect(nano(both, tokens)).toBe(3_000_000);
    expect(nano(both, { ...tokens, perImage: 0.04 })).toBe(3_000_000);
  });

  test("are billed once: pieces are, where only they have a price", () => {
    expect(nano(both, price({ perImage: 0.04 }))).toBe(40_000_000);
  });

  test("cost nothing where the model is free", () => {
    expect(nano(both, price({}))).toBe(0);
    expect(nano({}, price({}))).toBe(0);
  });

  test("are not whole where tokens are told in part", () => {
    expect(nano({ inputTokens: 10, images: 1 }, price({ input: 2, output: 10 }))).toContain("how much it wrote");
  });
});

describe("the shipped price", () => {
  test.each<[string, Usage, number]>([
    ["openai/text-embedding-3-small", { inputTokens: 8_000, outputTokens: 0 }, 160_000],
    ["openai/text-embedding-3-small", { inputTokens: 8_000 }, 160_000],
    ["google-ai-studio/gemini-embedding-001", { inputTokens: 1_000 }, 150_000],
    ["mistral/mistral-embed", { inputTokens: 1_000, outputTokens: 0 }, 100_000],
    ["voyage/rerank-2.5", { inputTokens: 1_000 }, 50_000],
    ["cohere/rerank-v4.0-fast", { searchUnits: 1 }, 2_000_000],
    ["openai/whisper-1", { audioSeconds: 61 }, 6_100_000],
    ["groq/whisper-large-v3-turbo", { audioSeconds: 1_800 }, 20_000_000],
    ["openai/tts-1-hd", { characters: 10 }, 300_000],
    ["openai/omni-moderation-latest", {}, 0],
    ["google-ai-studio/imagen-4.0-generate-001", { images: 2 }, 80_000_000],
    [
      "openai/gpt-image-2",
      { inputTokens: 300, imageInputTokens: 200, outputTokens: 1_000, imageOutputTokens: 1_000, images: 1 },
      100 * 5_000 + 200 * 8_000 + 1_000 * 30_000,
    ],
    [
      "openai/gpt-4o-transcribe",
      { inputTokens: 100, audioInputTokens: 90, outputTokens: 10, audioSeconds: 9 },
      665_000,
    ],
  ])("of %s", (name, usage, expected) => {
    const [provider = "", model = ""] = name.split("/");
    expect(nano(usage, shipped(provider, model))).toBe(expected);
  });

  test("of sound that is embedded is not known, and not that of text", () => {
    const usage = { inputTokens: 100, audioInputTokens: 40, outputTokens: 0 };
    expect(nano(usage, shipped("google-ai-studio", "gemini-embedding-2"))).toContain("sound in the input");
  });

  test("of what has none is not 0", () => {
    for (const [provider, model] of [
      ["openai", "dall-e-3"],
      ["cohere", "rerank-v3.5"],
      ["azure", "whisper-1"],
    ] as const) {
      expect(priceOf({ id: provider, models: new Map() }, model), model).toBeUndefined();
    }
  });
});

test("a cost of pieces is what the same sum in numbers of any size is", () => {
  const dollars = fc.integer({ min: 0, max: 100_000_000 }).map((millionths) => millionths / 1_000_000);
  const count = fc.nat({ max: 5_000 });
  fc.assert(
    fc.property(fc.tuple(count, count, count), fc.tuple(dollars, dollars, dollars), (counts, rates) => {
      const [images, characters, searchUnits] = counts;
      const [perImage, perMillionCharacters, perThousandSearchUnits] = rates;
      const millionths = (rate: number) => BigInt(Math.round(rate * 1_000_000));
      const thousandths =
        BigInt(images) * millionths(perImage) * 1_000_000n +
        BigInt(characters) * millionths(perMillionCharacters) +
        BigInt(searchUnits) * millionths(perThousandSearchUnits) * 1_000n;
      const sum = (thousandths + 500n) / 1_000n;
      const cost = costOf(
        { images, characters, searchUnits },
        price({ perImage, perMillionCharacters, perThousandSearchUnits }),
        AT,
      );
      if (cost.unpriced) return expect(sum).toBeGreaterThan(BigInt(LARGEST_DOLLARS) * 1_000_000_000n);
      expect(BigInt(cost.nano)).toBe(sum);
    }),
  );
});

describe("a price in the configuration", () => {
  const parse = (written: unknown): WrittenPrice | undefined => priceSchema.safeParse(written).data;

  test("may be of pieces alone", () => {
    expect(parse({ perImage: 0.04 })).toEqual({ input: 0, output: 0, perImage: 0.04 });
    expect(parse({ perAudioMinute: 0.006, minAudioSeconds: 10 })).toMatchObject({ minAudioSeconds: 10 });
    expect(parse({ perThousandSearchUnits: 2, tiers: { fast: { perThousandSearchUnits: 4 } } })).toMatchObject({
      tiers: { fast: { input: 0, output: 0, perThousandSearchUnits: 4 } },
    });
  });

  test.each([
    ["empty", {}],
    ["of input alone", { input: 1 }],
    ["of output alone, beside a piece", { output: 1, perImage: 1 }],
    ["of nothing but a shortest length", { minAudioSeconds: 10 }],
    ["below 0", { perImage: -1 }],
  ])("is refused where it is %s", (_name, written) => {
    expect(parse(written)).toBeUndefined();
  });
});
