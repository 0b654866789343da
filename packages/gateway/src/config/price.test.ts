import { expect, test } from "vitest";
import { priceSchema } from "./price.ts";

const accepts = (price: unknown) => priceSchema.safeParse(price).success;

test("a price may say as much as a vendor's page", () => {
  expect(accepts({ input: 1, output: 2 })).toBe(true);
  expect(
    accepts({
      input: 1,
      output: 2,
      cacheRead: 0.1,
      cacheWrite5m: 1.25,
      cacheWrite1h: 2,
      reasoning: 3,
      audioInput: 40,
      audioCacheRead: 4,
      audioOutput: 80,
      imageInput: 8,
      imageCacheRead: 2,
      imageOutput: 30,
      perThousandSearches: 10,
      perThousandRequests: 5,
      long: [
        { aboveTokens: 128_000, input: 2, output: 4 },
        { aboveTokens: 256_000, input: 3, output: 6, cacheRead: 0.3 },
      ],
      tiers: { flex: 0.5, fast: { input: 5, output: 10 } },
    }),
  ).toBe(true);
});

test.each([
  ["no output", { input: 1 }],
  ["a negative rate", { input: -1, output: 1 }],
  ["a rate beyond reason", { input: 1e9, output: 1 }],
  ["a rate that is no rate", { input: 1, output: 1, video: 3 }],
  [
    "thresholds that do not ascend",
    { input: 1, output: 1, long: [5, 5].map((aboveTokens) => ({ aboveTokens, input: 1, output: 1 })) },
  ],
  ["no thresholds", { input: 1, output: 1, long: [] }],
  ["a factor below 0", { input: 1, output: 1, tiers: { flex: -0.5 } }],
  ["a tier without a name", { input: 1, output: 1, tiers: { "": 1 } }],
])("%s is an error", (_, price) => {
  expect(accepts(price)).toBe(false);
});
