import type { Usage } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Price } from "../catalogue/profile.ts";
import { costOf } from "./price.ts";
import { reckon } from "./savings.ts";
import { answer, baseline, type Place, places } from "./testing/savings-places.ts";

const tokens = fc.nat(300_000);
const place = fc.constantFrom<Place>("anthropic/sonnet", "anthropic/haiku", "openai/gpt-5");
const usages: fc.Arbitrary<Usage> = fc.record({
  inputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWrite5mTokens: tokens,
  cacheWrite1hTokens: tokens,
  outputTokens: tokens,
});
/** Only Anthropic's caches are written to for a price. */
const answers = fc.tuple(place, usages, fc.boolean()).map(([at, usage, again]) => {
  const { cacheWrite5mTokens: _5m, cacheWrite1hTokens: _1h, ...others } = usage;
  return answer(at, at.startsWith("openai/") ? others : usage, again);
});
const removals = fc.record({ freshTokens: tokens, historyTokens: tokens, rewrites: fc.boolean(), audit: fc.boolean() });

const costAt = (usage: Usage, price: Price): number => {
  const cost = costOf(usage, price, 0);
  if (cost.unpriced) throw new Error(cost.why);
  return cost.nano;
};

test("cost and savings add up to one and the same whether features are reckoned one by one or at once", () => {
  const drawn = fc.record({
    answers: fc.array(answers, { minLength: 1, maxLength: 3 }),
    compression: removals,
    baseline: place.map(baseline),
    cachedAt: fc.record({ place, tokens }),
  });
  fc.assert(
    fc.property(drawn, (given) => {
      const both = reckon({ at: 0, ...given });
      const { baseline: _none, ...compressedOnly } = given;
      const first = reckon({ at: 0, ...compressedOnly });
      expect(both?.compressionNano).toBe(first?.compressionNano);
      expect(both?.wouldSaveNano).toBe(first?.wouldSaveNano);
      expect(both?.unpriced).toBeUndefined();
      expect(Number.isSafeInteger(both?.routingNano)).toBe(true);
      expect(given.compression.audit).toBe(both?.compressionNano === undefined);
    }),
  );
});

test("with one model everywhere and no cache, the request would have cost its whole prompt at the baseline", () => {
  fc.assert(
    fc.property(
      fc.record({ inputTokens: tokens, outputTokens: tokens }),
      removals.map((drawn) => ({ ...drawn, rewrites: false, audit: false })),
      fc.tuple(place, place),
      (usage, compression, [here, there]) => {
        const saved = reckon({ at: 0, answers: [answer(here, usage)], compression, baseline: baseline(there) });
        const { freshTokens, historyTokens } = compression;
        const whole = { ...usage, inputTokens: usage.inputTokens + freshTokens + historyTokens };
        const sum = costAt(usage, places[here]) + (saved?.compressionNano ?? 0) + (saved?.routingNano ?? 0);
        expect(sum).toBe(costAt(whole, places[there]));
      },
    ),
  );
});

test("a rewritten cache is never taken to have saved more than one that still fits", () => {
  const drawn = fc.record({ answers: fc.array(answers, { minLength: 1, maxLength: 1 }), compression: removals });
  fc.assert(
    fc.property(drawn, ({ answers: answered, compression }) => {
      const saved = (rewrites: boolean) =>
        reckon({ at: 0, answers: answered, compression: { ...compression, rewrites, audit: false } });
      expect(saved(true)?.compressionNano ?? 0).toBeLessThanOrEqual(saved(false)?.compressionNano ?? 0);
    }),
  );
});
