import type { Usage } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { buildSnapshot } from "../catalogue/snapshot.ts";
import { parseConfig } from "../config/load.ts";
import type { Plan } from "../routing/target.ts";
import type { AttemptRecord, Outcome } from "./exchange.ts";
import { savingsOf, settledSavings, spentAfterwards, toldSavings } from "./savings.ts";

const endpoints = { "openai-chat": { baseUrl: "http://127.0.0.1:1/v1" } };
const priced = (input: number) => ({
  auth: "none",
  endpoints,
  models: [{ id: "m", price: { input, output: input * 5 } }],
});
const loaded = parseConfig(
  JSON.stringify({
    providers: { cheap: priced(1), dear: priced(10), dark: { auth: "none", endpoints, models: ["m"] } },
  }),
  { name: "test.yaml", folder: "/", sources: { environment: {}, readFile: () => "" } },
);
const { providers } = buildSnapshot(loaded, { environment: {}, keys: [] });
const snapshot = { providers, providerAliases: new Map([["costly", "dear"]]) };

const USED: Usage = { inputTokens: 100, outputTokens: 10 };

function record(provider: string, more: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    provider,
    model: "m",
    credential: undefined,
    lane: "translate",
    dialect: "openai-chat",
    startedAt: 0,
    firstContentAt: 1,
    usage: USED,
    ...more,
  };
}

function planned(more: Partial<Plan>): Plan {
  return {
    targets: [],
    asked: "model",
    reasoning: "",
    rejected: [],
    features: { steps: [] },
    continuation: false,
    hedging: false,
    unserved: [],
    ...more,
  };
}

const saved = (outcome: Partial<Outcome>, answering?: Parameters<typeof savingsOf>[1]) =>
  savingsOf({ arrivedAt: 0, snapshot, outcome: { attempts: [record("cheap")], ...outcome } }, answering);

/** 100 × 9,000 + 10 × 45,000 */
const DIFFERENCE = 1_350_000;
const judged = (name: string) => ({ name, cost: 0, success: 1, mass: 1, utility: 1, eligible: true });
const decision = (best: string): NonNullable<Plan["decision"]> => ({
  chosen: judged("cheap/m"),
  ranked: [],
  cohort: { type: "chat", key: "chat" },
  best: judged(best),
  saved: 0,
});

describe("what a request is compared with", () => {
  test("is the operator's baseline, by whatever name of its provider", () => {
    const features = { steps: [], baseline: "costly/m" };
    expect(saved({ plan: planned({ features, usual: "cheap/m" }) })).toEqual({ routingNano: DIFFERENCE });
  });

  test("is the best single model of those that auto chose among", () => {
    expect(saved({ plan: planned({ asked: "auto", decision: decision("dear/m") }) })).toEqual({
      routingNano: DIFFERENCE,
    });
  });

  test("is who would be asked if the cheapest were not", () => {
    expect(saved({ plan: planned({ usual: "dear/m" }) })).toEqual({ routingNano: DIFFERENCE });
  });

  test("is nothing where nobody chose", () => {
    expect(saved({ plan: planned({}) })).toBeUndefined();
    expect(saved({})).toBeUndefined();
  });

  test.each(["dark/m", "nobody/m", "m"])("has no price as %s", (baseline) => {
    expect(saved({ plan: planned({ features: { steps: [], baseline } }) })).toEqual({ unpriced: true });
  });
});

describe("of the attempts", () => {
  const plan = planned({ features: { steps: [], baseline: "dear/m" } });

  test("those that said nothing, and those of the gateway itself, are left out", () => {
    const lost = { ...record("dear") };
    delete lost.firstContentAt;
    const attempts = [lost, record("dear", { purpose: "moderation" }), record("cheap")];
    expect(saved({ plan, attempts })).toEqual({ routingNano: DIFFERENCE });
  });

  test("the one that answers just now counts with what it has told so far", () => {
    const running = record("cheap");
    delete running.firstContentAt;
    delete running.usage;
    expect(saved({ plan, attempts: [running] })).toBeUndefined();
    expect(saved({ plan, attempts: [running] }, { record: running, usage: USED })).toEqual({ routingNano: DIFFERENCE });
    for (const usage of [undefined, { inputTokens: 100 }, { outputTokens: 10 }])
      expect(saved({ plan, attempts: [running] }, { record: running, usage })).toBeUndefined();
  });

  test("only those that were asked for the cache are its costs", () => {
    const beside = [
      record("cheap", { purpose: "embedding", usage: { inputTokens: 40, outputTokens: 0 } }),
      record("cheap", { purpose: "judge", usage: { inputTokens: 60, outputTokens: 2 } }),
      record("dear", { purpose: "moderation" }),
    ];
    const original = { provider: "dear", model: "m", usage: USED };
    const cache = { status: "hit-semantic", original } as const;
    // 100 × 10,000 + 10 × 50,000 less 100 × 1,000 + 2 × 5,000
    expect(saved({ cache, attempts: beside })).toEqual({ cacheNano: 1_390_000 });
    const attempts = [...beside, record("cheap")];
    expect(saved({ cache: { status: "miss" }, attempts })).toEqual({ cacheNano: -110_000 });
    expect(saved({ cache: { status: "bypass" } })).toBeUndefined();
  });

  test("each that the answer came from was sent the shorter prompt, of which 85 % are certain", () => {
    const compression = {
      originalTokens: 900,
      compressedTokens: 500,
      savedTokens: 400,
      freshTokens: 300,
      historyTokens: 100,
      cacheRisk: "none",
      warnings: [],
    } as const;
    const attempts = [record("cheap"), record("cheap")];
    expect(saved({ compression, attempts })).toEqual({ compressionNano: 680_000 });
    expect(saved({ compression: { ...compression, audit: true }, attempts: [record("cheap")] })).toEqual({
      wouldSaveNano: 100_000,
    });
  });
});

test("the ledger gets what was saved, and not what would have been", () => {
  const cache = { status: "hit-exact", original: { provider: "dear", model: "m", usage: USED } } as const;
  expect(settledSavings({ cache }, { cacheNano: 5, wouldSaveNano: 7 })).toEqual({
    cache: "hit-exact",
    answeredFrom: { provider: "dear", model: "m" },
    savings: { cacheNano: 5 },
  });
  expect(settledSavings({}, { wouldSaveNano: 7 })).toEqual({});
  expect(settledSavings({}, undefined)).toEqual({});
});

test("what is asked after an answer to measure its cache has saved less than nothing", () => {
  expect(spentAfterwards([record("cheap", { purpose: "shadow" })], { costNano: 9, unpriced: false })).toEqual({
    savings: { cacheNano: -9 },
  });
  expect(spentAfterwards([record("cheap", { purpose: "judge" })], { costNano: 9, unpriced: true })).toEqual({
    savings: { unpriced: true },
  });
  expect(spentAfterwards([record("cheap", { purpose: "moderation" })], { costNano: 9, unpriced: false })).toEqual({});
});

test("an answer tells it in dollars", () => {
  expect(toldSavings({ cacheNano: -1, compressionNano: 2_500_000_000, wouldSaveNano: 0, unpriced: true })).toEqual({
    savings: { cache_usd: -1e-9, compression_usd: 2.5, would_save_usd: 0, unpriced: true },
  });
  expect(toldSavings(undefined)).toEqual({});
});
