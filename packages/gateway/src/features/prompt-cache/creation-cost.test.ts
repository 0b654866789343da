import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeCreation } from "./creation-cost.ts";

// Gemini 2.5 Flash: $0.30 and $0.03 a million, $1 for keeping a million for an hour.
const flash = { tokens: 100_000, input: 0.3, cacheRead: 0.03, storagePerMillionHour: 1 };

describe("whether an explicit cache pays", () => {
  it("costs its tokens once, and their storage until it ends", () => {
    const { feeNano } = judgeCreation({ ...flash, ttlSeconds: 3600, sightings: 2 });
    expect(feeNano).toBe(130_000_000);
  });

  it("is made for five minutes at the second sighting, and not at the first", () => {
    expect(judgeCreation({ ...flash, ttlSeconds: 300, sightings: 1 }).pays).toBe(false);
    expect(judgeCreation({ ...flash, ttlSeconds: 300, sightings: 2 }).pays).toBe(true);
  });

  it("is made for an hour only where the prefix comes as often as the storage asks", () => {
    expect(judgeCreation({ ...flash, ttlSeconds: 3600, sightings: 4 }).pays).toBe(false);
    expect(judgeCreation({ ...flash, ttlSeconds: 3600, sightings: 5 }).pays).toBe(true);
  });

  it("is never made where reading from it has no price of its own", () => {
    const { cacheRead: _, ...unknown } = flash;
    expect(judgeCreation({ ...unknown, ttlSeconds: 300, sightings: 16 }).pays).toBe(false);
  });

  it("never pays more than it is expected to save, whatever the prices", () => {
    const price = fc.double({ min: 0, max: 100, noNaN: true });
    const creation = fc.record({
      tokens: fc.integer({ min: 1, max: 2_000_000 }),
      ttlSeconds: fc.constantFrom(300, 3600),
      sightings: fc.integer({ min: 0, max: 16 }),
      input: price,
      cacheRead: price,
      storagePerMillionHour: price,
    });
    fc.assert(
      fc.property(creation, (given) => {
        const { pays, feeNano } = judgeCreation(given);
        const saved = given.tokens * given.sightings * (given.input - given.cacheRead) * 1000;
        if (pays) expect(saved).toBeGreaterThanOrEqual(feeNano);
        if (given.sightings < 2) expect(pays).toBe(false);
      }),
    );
  });
});
