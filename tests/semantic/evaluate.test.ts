import { describe, expect, test } from "vitest";
import { read } from "../../packages/gateway/src/features/response-cache/semantic/reading.ts";
import { blind, type Encoder, evaluate, ngrams } from "./evaluate.ts";
import { pairs } from "./pairs/all.ts";
import { type Pair, trapKinds } from "./pairs/pair.ts";
import { noisy, questionsOf, type Simulated, simulate } from "./shadow.ts";

const traps = pairs.filter(({ kind }) => kind !== "paraphrase" && kind !== "matter");

describe("the labelled pairs", () => {
  test("are many, all different, and of every kind", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(1000);
    expect(traps.length).toBeGreaterThanOrEqual(250);
    expect(new Set(pairs.map(({ a, b }) => `${a}|${b}`)).size).toBe(pairs.length);
    expect(pairs.filter(({ a, b }) => a === b)).toEqual([]);
    for (const kind of trapKinds) expect(traps.some((trap) => trap.kind === kind)).toBe(true);
  });

  test("are read rather than refused, but for code, moving dates and a few others", () => {
    const refused = pairs.filter(({ a }) => typeof read(a) === "string");
    expect(refused.length / pairs.length).toBeLessThan(0.04);
  });
});

describe("with hashed n-grams", () => {
  test("no trap is answered from the cache, and few other questions wrongly", async () => {
    const { rows, precision, recall, falseHits } = await evaluate(ngrams, pairs);
    console.table(rows);
    console.log(`precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`);
    expect(falseHits.filter(isTrap)).toEqual([]);
    expect(precision).toBeGreaterThanOrEqual(0.99);
    expect(recall).toBeGreaterThanOrEqual(0.45);
  });
});

describe("with an encoder to which all texts are the same", () => {
  test("no trap is answered from the cache: the guards alone tell them apart", async () => {
    const { falseHits, recall } = await evaluate(blind, pairs);
    expect(falseHits.filter(isTrap)).toEqual([]);
    expect(recall).toBeGreaterThanOrEqual(0.5);
  });
});

const isTrap = ({ kind }: Pair): boolean => kind !== "paraphrase" && kind !== "matter";

describe("in shadow", () => {
  const runs = async (encoder: Encoder, errorRate: number) => {
    const questions = questionsOf(encoder, pairs);
    const all = [];
    for (let seed = 1; seed <= 100; seed += 1) {
      all.push(await simulate({ encoder, questions, requests: REQUESTS, errorRate, shadowPercent: 20, seed }));
    }
    return all;
  };

  // A budget as wide as this lets wrong answers through, so that there is something to measure.
  test("the reported interval holds the true share of wrong hits in nine of ten runs", async () => {
    const all = await runs(blind, 0.5);
    const held = all.filter(({ reported, truth }) => reported.low <= truth && truth <= reported.high);
    const mean = all.reduce((sum, { truth }) => sum + truth, 0) / all.length;
    console.log(
      `wrong in truth: ${(100 * mean).toFixed(1)} %; within the interval: ${held.length} of ${all.length} runs`,
    );
    expect(mean).toBeGreaterThan(0.05);
    expect(held.length / all.length).toBeGreaterThanOrEqual(0.9);
    expect(Math.min(...all.map(({ reported }) => reported.samples))).toBeGreaterThan(30);
  });

  test("what is learned keeps the share of wrong answers within the budget, and serves the others", async () => {
    const all = await runs(noisy(), 0.05);
    const { served, servedWrong } = totals(all);
    console.log(`a budget of 5 %: ${servedWrong} wrong of ${served} served for ${all.length * REQUESTS} requests`);
    expect(servedWrong).toBeLessThan(0.05 * served);
    expect(served).toBeGreaterThan(0.1 * all.length * REQUESTS);
  });

  test("an encoder that knows nothing is found out: its cache soon serves nothing", async () => {
    const all = await runs(blind, 0.01);
    const { served, servedWrong } = totals(all);
    console.log(`a blind encoder: ${servedWrong} wrong of ${served} served for ${all.length * REQUESTS} requests`);
    expect(servedWrong).toBeLessThan(0.01 * all.length * REQUESTS);
  });
});

const REQUESTS = 1200;

const totals = (all: readonly Simulated[]): Pick<Simulated, "served" | "servedWrong"> => ({
  served: all.reduce((sum, run) => sum + run.served, 0),
  servedWrong: all.reduce((sum, run) => sum + run.servedWrong, 0),
});
