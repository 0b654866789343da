import { describe, expect, test } from "vitest";
import { type Reckoned, type Reckoning, reckon } from "./savings.ts";
import { answer, baseline, places } from "./testing/savings-places.ts";

const { "anthropic/sonnet": sonnet, "anthropic/haiku": haiku } = places;

const removed = { freshTokens: 0, historyTokens: 0, rewrites: false, audit: false };

interface Golden {
  readonly what: string;
  readonly given: Omit<Reckoning, "at" | "answers"> & { readonly answers?: Reckoning["answers"] };
  readonly saved: Reckoned | undefined;
}

const golden: readonly Golden[] = [
  {
    what: "a hit saves what its answer cost",
    // 1,000 × 3,000 + 200 × 15,000
    given: { cache: { original: { usage: { inputTokens: 1_000, outputTokens: 200 }, price: sonnet }, spent: [] } },
    saved: { cacheNano: 6_000_000 },
  },
  {
    what: "a hit is less worth by what was asked to find it",
    // 6,000,000 less 100 × 1,000 + 2 × 5,000
    given: {
      cache: {
        original: { usage: { inputTokens: 1_000, outputTokens: 200 }, price: sonnet },
        spent: [{ usage: { inputTokens: 100, outputTokens: 2 }, price: haiku }],
      },
    },
    saved: { cacheNano: 5_890_000 },
  },
  {
    what: "a hit that cost more to find than its answer is worth",
    // 10 × 1,000 + 2 × 5,000 less 300 × 3,000 + 1 × 15,000
    given: {
      cache: {
        original: { usage: { inputTokens: 10, outputTokens: 2 }, price: haiku },
        spent: [{ usage: { inputTokens: 300, outputTokens: 1 }, price: sonnet }],
      },
    },
    saved: { cacheNano: -895_000 },
  },
  {
    what: "a miss costs what was asked to find nothing",
    given: {
      cache: { spent: [{ usage: { inputTokens: 100, outputTokens: 2 }, price: haiku }] },
      answers: [answer("anthropic/sonnet", { inputTokens: 1_000, outputTokens: 200 })],
    },
    saved: { cacheNano: -110_000 },
  },
  {
    what: "a miss for which nobody was asked is nothing",
    given: { cache: { spent: [] }, answers: [answer("anthropic/sonnet", { inputTokens: 1_000, outputTokens: 200 })] },
    saved: undefined,
  },
  {
    what: "a hit whose answer has no price is not free",
    given: { cache: { original: { usage: { inputTokens: 1_000, outputTokens: 200 }, price: undefined }, spent: [] } },
    saved: { unpriced: true },
  },
  {
    what: "an original with cached input is worth its own rates, and a hit of a routed request nothing besides",
    // 500 × 3,000 + 10,000 × 300 + 2,000 × 3,750 + 100 × 15,000
    given: {
      cache: {
        original: {
          usage: { inputTokens: 500, cacheReadTokens: 10_000, cacheWrite5mTokens: 2_000, outputTokens: 100 },
          price: sonnet,
        },
        spent: [],
      },
      baseline: baseline("openai/gpt-5"),
      compression: { ...removed, freshTokens: 5 },
    },
    saved: { cacheNano: 13_500_000 },
  },
  {
    what: "fresh tokens save ordinary input",
    // 400 × 3,000
    given: {
      compression: { ...removed, freshTokens: 400 },
      answers: [answer("anthropic/sonnet", { inputTokens: 1_000, outputTokens: 200 })],
    },
    saved: { compressionNano: 1_200_000 },
  },
  {
    what: "fresh tokens save the writing to a cache, where new input is written",
    // 400 × 3,750
    given: {
      compression: { ...removed, freshTokens: 400 },
      answers: [
        answer("anthropic/sonnet", {
          inputTokens: 4,
          cacheReadTokens: 9_000,
          cacheWrite5mTokens: 1_000,
          outputTokens: 9,
        }),
      ],
    },
    saved: { compressionNano: 1_500_000 },
  },
  {
    what: "fresh tokens save the writing for an hour",
    // 400 × 6,000
    given: {
      compression: { ...removed, freshTokens: 400 },
      answers: [answer("anthropic/sonnet", { inputTokens: 4, cacheWrite1hTokens: 1_000, outputTokens: 9 })],
    },
    saved: { compressionNano: 2_400_000 },
  },
  {
    what: "tokens of earlier turns save only that they are read from the cache",
    // 7,000 × 300 + 400 × 3,750
    given: {
      compression: { ...removed, freshTokens: 400, historyTokens: 7_000 },
      answers: [
        answer("anthropic/sonnet", {
          inputTokens: 4,
          cacheReadTokens: 9_000,
          cacheWrite5mTokens: 1_000,
          outputTokens: 9,
        }),
      ],
    },
    saved: { compressionNano: 3_600_000 },
  },
  {
    what: "tokens of earlier turns save input, where nothing is read from a cache",
    // 7,000 × 1,250
    given: {
      compression: { ...removed, historyTokens: 7_000 },
      answers: [answer("openai/gpt-5", { inputTokens: 3_000, outputTokens: 9 })],
    },
    saved: { compressionNano: 8_750_000 },
  },
  {
    what: "a prompt that stays below a threshold saves the dearer rates of all of it",
    // 210,000 × 6,000 + 1,000 × 22,500 less 190,000 × 3,000 + 1,000 × 15,000
    given: {
      compression: { ...removed, freshTokens: 20_000 },
      answers: [answer("anthropic/sonnet", { inputTokens: 190_000, outputTokens: 1_000 })],
    },
    saved: { compressionNano: 697_500_000 },
  },
  {
    what: "a tier's own rates hold for what was taken out",
    // 1,000 × 625
    given: {
      compression: { ...removed, freshTokens: 1_000 },
      answers: [answer("openai/gpt-5", { inputTokens: 3_000, outputTokens: 9, serviceTier: "flex" })],
    },
    saved: { compressionNano: 625_000 },
  },
  {
    what: "a rewritten cache costs more than compression saves",
    // Would have been: 20,000 + 3,000 read, nothing written but 1,000. Was: 17,000 written, 1,000 written anew.
    // 23,000 × 300 + 1,000 × 3,750 less 18,000 × 3,750
    given: {
      compression: { ...removed, historyTokens: 6_000, rewrites: true },
      cachedAt: { place: "anthropic/sonnet", tokens: 23_000 },
      answers: [answer("anthropic/sonnet", { inputTokens: 0, cacheWrite5mTokens: 18_000, outputTokens: 0 })],
    },
    saved: { compressionNano: -56_850_000 },
  },
  {
    what: "a rewritten cache of which nobody knows how much it held is taken to have held all",
    // 24,000 × 300 less 18,000 × 3,750
    given: {
      compression: { ...removed, historyTokens: 6_000, rewrites: true },
      answers: [answer("anthropic/sonnet", { inputTokens: 0, cacheWrite5mTokens: 18_000, outputTokens: 0 })],
    },
    saved: { compressionNano: -60_300_000 },
  },
  {
    what: "a rewritten cache that an upstream keeps of its own accord",
    // 500 + 8,500 read and 4,000 read besides; it was 500 read and 8,500 of input: 13,000 × 125 less 500 × 125 + 8,500 × 1,250
    given: {
      compression: { ...removed, historyTokens: 4_000, rewrites: true },
      answers: [answer("openai/gpt-5", { inputTokens: 8_500, cacheReadTokens: 500, outputTokens: 0 })],
    },
    saved: { compressionNano: -9_062_500 },
  },
  {
    what: "nothing was rewritten at a place that held nothing",
    // 6,000 × 3,000
    given: {
      compression: { ...removed, historyTokens: 6_000, rewrites: true },
      cachedAt: { place: "openai/gpt-5", tokens: 23_000 },
      answers: [answer("anthropic/sonnet", { inputTokens: 0, cacheWrite5mTokens: 18_000, outputTokens: 0 })],
    },
    saved: { compressionNano: 18_000_000 },
  },
  {
    what: "compression that is only watched saves nothing, and tells what it would have",
    // 400 × 3,750 + 2,000 × 300
    given: {
      compression: { freshTokens: 400, historyTokens: 2_000, rewrites: false, audit: true },
      answers: [
        answer("anthropic/sonnet", {
          inputTokens: 4,
          cacheReadTokens: 9_000,
          cacheWrite5mTokens: 1_000,
          outputTokens: 9,
        }),
      ],
    },
    saved: { wouldSaveNano: 2_100_000 },
  },
  {
    what: "an answer in two steps saves in each of them, the second time from the cache",
    // 400 × 3,750, and 400 × 300
    given: {
      compression: { ...removed, freshTokens: 400 },
      answers: [
        answer("anthropic/sonnet", { inputTokens: 0, cacheWrite5mTokens: 5_000, outputTokens: 9 }),
        answer(
          "anthropic/sonnet",
          { inputTokens: 0, cacheReadTokens: 5_000, cacheWrite5mTokens: 50, outputTokens: 9 },
          true,
        ),
      ],
    },
    saved: { compressionNano: 1_620_000 },
  },
  {
    what: "a cheaper model than the baseline",
    // 1,000 × (3,000 − 1,000) + 200 × (15,000 − 5,000)
    given: {
      baseline: baseline("anthropic/sonnet"),
      answers: [answer("anthropic/haiku", { inputTokens: 1_000, outputTokens: 200 })],
    },
    saved: { routingNano: 4_000_000 },
  },
  {
    what: "a dearer model than the baseline",
    given: {
      baseline: baseline("anthropic/haiku"),
      answers: [answer("anthropic/sonnet", { inputTokens: 1_000, outputTokens: 200 })],
    },
    saved: { routingNano: -4_000_000 },
  },
  {
    what: "the baseline itself",
    given: {
      baseline: baseline("anthropic/haiku"),
      answers: [answer("anthropic/haiku", { inputTokens: 1_000, cacheReadTokens: 50, outputTokens: 200 })],
    },
    saved: { routingNano: 0 },
  },
  {
    what: "a cached conversation that was moved to a cheaper model costs more there than where it was",
    // There: 50,000 × 300 + 1,000 × 3,750 + 100 × 15,000. Here: 51,000 × 1,250 + 100 × 5,000
    given: {
      baseline: baseline("anthropic/sonnet"),
      cachedAt: { place: "anthropic/sonnet", tokens: 50_000 },
      answers: [answer("anthropic/haiku", { inputTokens: 0, cacheWrite5mTokens: 51_000, outputTokens: 100 })],
    },
    saved: { routingNano: -44_000_000 },
  },
  {
    what: "a cache that held more than this prompt has",
    // There: 8,000 × 300 + 100 × 15,000. Here: 8,000 × 1,000 + 100 × 5,000
    given: {
      baseline: baseline("anthropic/sonnet"),
      cachedAt: { place: "anthropic/sonnet", tokens: 50_000 },
      answers: [answer("anthropic/haiku", { inputTokens: 8_000, outputTokens: 100 })],
    },
    saved: { routingNano: -4_600_000 },
  },
  {
    what: "a conversation that came back to the baseline and found it cold",
    // 50,000 × 300 + 1,000 × 3,750 less 51,000 × 3,750
    given: {
      baseline: baseline("anthropic/sonnet"),
      cachedAt: { place: "openai/gpt-5", tokens: 50_000 },
      answers: [answer("anthropic/sonnet", { inputTokens: 0, cacheWrite5mTokens: 51_000, outputTokens: 100 })],
    },
    saved: { routingNano: -172_500_000 },
  },
  {
    what: "writing to a cache is input at a vendor that asks nothing for it",
    // 2,000 × 1,250 + 10 × 10,000 less 2,000 × 1,250 + 10 × 5,000
    given: {
      baseline: baseline("openai/gpt-5"),
      answers: [
        answer("anthropic/haiku", {
          cacheWrite5mTokens: 1_500,
          cacheWrite1hTokens: 0,
          inputTokens: 500,
          outputTokens: 10,
        }),
      ],
    },
    // Here: 1,500 × 1,250 + 500 × 1,000 + 10 × 5,000 = 2,425,000. There: 2,600,000.
    saved: { routingNano: 175_000 },
  },
  {
    what: "another vendor's tier is not the baseline's",
    // 1,000 × 3,000 + 10 × 15,000 less 1,000 × 625 + 10 × 5,000
    given: {
      baseline: baseline("anthropic/sonnet"),
      answers: [answer("openai/gpt-5", { inputTokens: 1_000, outputTokens: 10, serviceTier: "flex" })],
    },
    saved: { routingNano: 2_475_000 },
  },
  {
    what: "a baseline without a price is not known to be dear or cheap",
    given: {
      baseline: { provider: "lab", price: undefined },
      answers: [answer("anthropic/haiku", { inputTokens: 1_000, outputTokens: 10 })],
    },
    saved: { unpriced: true },
  },
  {
    what: "a baseline whose cache has no price, of a conversation that is cached",
    given: {
      baseline: baseline("groq/llama"),
      answers: [answer("anthropic/haiku", { inputTokens: 10, cacheReadTokens: 1_000, outputTokens: 10 })],
    },
    saved: { unpriced: true },
  },
  {
    what: "an unknown tier says nothing of routing, and leaves what the cache cost",
    given: {
      cache: { spent: [{ usage: { inputTokens: 100, outputTokens: 2 }, price: haiku }] },
      baseline: baseline("anthropic/sonnet"),
      answers: [answer("openai/gpt-5", { inputTokens: 1_000, outputTokens: 10, serviceTier: "warp" })],
    },
    saved: { cacheNano: -110_000, unpriced: true },
  },
  {
    what: "compression and routing together: first at the price that was paid, then all of it at the baseline's",
    // 400 × 1,000; 1,400 × 2,000 + 200 × 10,000
    given: {
      compression: { ...removed, freshTokens: 400 },
      baseline: baseline("anthropic/sonnet"),
      answers: [answer("anthropic/haiku", { inputTokens: 1_000, outputTokens: 200 })],
    },
    saved: { compressionNano: 400_000, routingNano: 4_800_000 },
  },
  {
    what: "a request that nobody answered",
    given: { baseline: baseline("anthropic/sonnet"), compression: { ...removed, freshTokens: 4 } },
    saved: undefined,
  },
];

describe("what is reckoned of", () => {
  test.each(golden)("$what", ({ given, saved }) => {
    expect(reckon({ at: 0, answers: [], ...given })).toEqual(saved);
  });
});
