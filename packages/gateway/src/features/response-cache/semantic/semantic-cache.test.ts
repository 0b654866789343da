import { expect, test } from "vitest";
import { askedBy, openSemanticCache } from "./semantic-cache.ts";
import type { SemanticIndex } from "./semantic-index.ts";

test("a similarity that is no number serves nothing", async () => {
  const scope = { rest: "", locale: "", embedder: "e", tenant: "org:a", knowledge: "meaning" } as const;
  const asked = askedBy("How do I reset my password at the bank?", scope);
  if (typeof asked === "string") throw new Error(asked);
  const { stems, related } = asked.reading;
  const found = { id: "kept", order: { stems, related }, similarity: Number.NaN, observations: [] };
  const index: SemanticIndex = {
    holds: async () => true,
    nearest: async () => [found],
    keep: async () => {},
    observe: async () => {},
    remove: async () => {},
    size: async () => ({ entries: 1 }),
  };
  const lookup = await openSemanticCache(index).lookup(asked, {
    embed: async () => new Float32Array(3),
    isServable: async () => true,
    errorRate: 0.01,
    shadowPercent: 0,
    chance: () => 0,
  });
  expect(lookup.type).toBe("miss");
});
