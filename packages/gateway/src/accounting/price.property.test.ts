import type { Usage } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Price } from "../catalogue/profile.ts";
import { costOf } from "./price.ts";
import { worstCase } from "./worst-case.ts";

/** Dollars per million tokens with as many decimals as any price has. */
const dollars = fc.integer({ min: 0, max: 200_000_000 }).map((millionths) => millionths / 1_000_000);
const rates = fc.record({
  input: dollars,
  output: dollars,
  cacheRead: dollars,
  cacheWrite5m: dollars,
  cacheWrite1h: dollars,
  audioInput: dollars,
  audioCacheRead: dollars,
  audioOutput: dollars,
  imageInput: dollars,
  imageCacheRead: dollars,
  imageOutput: dollars,
  reasoning: dollars,
});
const fullPrice: fc.Arbitrary<Price> = fc
  .record({
    rates,
    long: rates,
    aboveTokens: fc.integer({ min: 1, max: 3_000_000 }),
    perThousandSearches: dollars,
    perThousandRequests: dollars,
  })
  .map(({ rates: base, long, aboveTokens, ...fees }) => ({
    id: "p",
    ...base,
    ...fees,
    long: [{ aboveTokens, ...long }],
  }));

type Pieces = "images" | "audioSeconds" | "characters" | "searchUnits";
type TokenUsage = Required<Omit<Usage, "raw" | "serviceTier" | "otherCharges" | Pieces>>;

/** Counts that agree with each other: parts are no longer than what they are parts of. */
const tokens = fc.integer({ min: 0, max: 2_000_000 });
const usage: fc.Arbitrary<TokenUsage> = fc
  .record({
    text: fc.tuple(tokens, tokens, tokens),
    audio: fc.tuple(tokens, tokens, tokens),
    image: fc.tuple(tokens, tokens, tokens),
    writes: fc.tuple(tokens, tokens),
    reasoning: tokens,
    webSearches: fc.nat({ max: 50 }),
  })
  .map(({ text, audio, image, writes, reasoning, webSearches }) => ({
    inputTokens: text[0] + audio[0] + image[0],
    cacheReadTokens: text[1] + audio[1] + image[1],
    outputTokens: text[2] + audio[2] + image[2] + reasoning,
    cacheWrite5mTokens: writes[0],
    cacheWrite1hTokens: writes[1],
    audioInputTokens: audio[0] + audio[1],
    audioCacheReadTokens: audio[1],
    audioOutputTokens: audio[2],
    imageInputTokens: image[0] + image[1],
    imageCacheReadTokens: image[1],
    imageOutputTokens: image[2],
    reasoningTokens: reasoning,
    webSearches,
  }));

const nanoPerMillion = (rate: number | undefined): bigint => BigInt(Math.round((rate ?? 0) * 1_000_000_000));

/** The same sum in numbers of any size, and one rounding. */
function reference(used: TokenUsage, price: Price): bigint {
  const prompt = used.inputTokens + used.cacheReadTokens + used.cacheWrite5mTokens + used.cacheWrite1hTokens;
  const [long] = price.long ?? [];
  const at = long !== undefined && prompt > long.aboveTokens ? long : price;
  const freshAudio = used.audioInputTokens - used.audioCacheReadTokens;
  const freshImage = used.imageInputTokens - used.imageCacheReadTokens;
  const bill: readonly (readonly [number, number | undefined])[] = [
    [used.inputTokens - freshAudio - freshImage, at.input],
    [used.cacheReadTokens - used.audioCacheReadTokens - used.imageCacheReadTokens, at.cacheRead],
    [used.cacheWrite5mTokens, at.cacheWrite5m],
    [used.cacheWrite1hTokens, at.cacheWrite1h],
    [used.outputTokens - used.audioOutputTokens - used.imageOutputTokens - used.reasoningTokens, at.output],
    [used.reasoningTokens, at.reasoning],
    [freshAudio, at.audioInput],
    [used.audioCacheReadTokens, at.audioCacheRead],
    [used.audioOutputTokens, at.audioOutput],
    [freshImage, at.imageInput],
    [used.imageCacheReadTokens, at.imageCacheRead],
    [used.imageOutputTokens, at.imageOutput],
    [used.webSearches * 1_000, price.perThousandSearches],
    [1_000, price.perThousandRequests],
  ];
  const millionths = bill.reduce((sum, [count, rate]) => sum + BigInt(count) * nanoPerMillion(rate), 0n);
  return (millionths + 500_000n) / 1_000_000n;
}

const AT = Date.UTC(2026, 10, 20);

test("a cost is what the same sum in numbers of any size is", () => {
  fc.assert(
    fc.property(usage, fullPrice, (used, price) => {
      const cost = costOf(used, price, AT);
      expect(cost.unpriced).toBe(false);
      expect(BigInt(cost.nano)).toBe(reference(used, price));
    }),
    { numRuns: 500 },
  );
});

test("a cost is a whole number and no less than 0, whatever is told", () => {
  const anything = fc.oneof(fc.integer({ min: 0, max: 5_000_000 }), fc.double(), fc.constantFrom(1e300, -1, 2 ** 53));
  const chaos = fc.dictionary(
    fc.constantFrom(
      "inputTokens",
      "outputTokens",
      "cacheReadTokens",
      "audioInputTokens",
      "reasoningTokens",
      "webSearches",
    ),
    anything,
  );
  fc.assert(
    fc.property(chaos, fullPrice, (used, price) => {
      const { nano } = costOf(used, price, AT);
      expect(Number.isSafeInteger(nano)).toBe(true);
      expect(nano).toBeGreaterThanOrEqual(0);
      expect(Object.is(nano, -0)).toBe(false);
    }),
  );
});

const KINDS = ["inputTokens", "cacheReadTokens", "cacheWrite5mTokens", "cacheWrite1hTokens", "outputTokens"] as const;

test("disjoint kinds add up, and more of any costs no less", () => {
  fc.assert(
    fc.property(
      fc.tuple(tokens, tokens, tokens, tokens, tokens),
      rates,
      fc.nat({ max: 4 }),
      (counts, figures, index) => {
        const price: Price = { id: "p", ...figures };
        const used: Usage = Object.fromEntries(KINDS.map((kind, place) => [kind, counts[place] ?? 0]));
        const whole = costOf(used, price, AT).nano;
        const parts = KINDS.map(
          (kind, place) => costOf({ inputTokens: 0, outputTokens: 0, [kind]: counts[place] ?? 0 }, price, AT).nano,
        );
        // Each part was rounded on its own.
        expect(Math.abs(parts.reduce((sum, nano) => sum + nano, 0) - whole)).toBeLessThanOrEqual(3);
        const kind = KINDS[index] ?? "inputTokens";
        expect(costOf({ ...used, [kind]: (used[kind] ?? 0) + 1 }, price, AT).nano).toBeGreaterThanOrEqual(whole);
      },
    ),
  );
});

test("a token that was cached is billed once: moving it between kinds moves it between rates", () => {
  fc.assert(
    fc.property(tokens, tokens, (cached, fresh) => {
      const price: Price = { id: "p", input: 1, output: 1, cacheRead: 1 };
      const moved = costOf({ inputTokens: fresh, cacheReadTokens: cached, outputTokens: 0 }, price, AT);
      expect(moved.nano).toBe((cached + fresh) * 1_000);
    }),
  );
});

test("no call costs more than its worst case, where it used no more than was thought", () => {
  fc.assert(
    fc.property(usage, fullPrice, (used, price) => {
      const { webSearches: _, ...counts } = used;
      const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = used;
      const input = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
      const sound = { ...price, audioCacheRead: 0, imageCacheRead: 0 };
      const flat = {
        ...sound,
        long: sound.long?.map((long) => ({ ...long, audioCacheRead: 0, imageCacheRead: 0 })) ?? [],
      };
      const worst = worstCase([flat], { input, output: outputTokens, audio: true }, AT);
      expect(costOf(counts, flat, AT).nano).toBeLessThanOrEqual(worst);
    }),
  );
});
