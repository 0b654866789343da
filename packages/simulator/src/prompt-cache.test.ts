import { describe, expect, it } from "vitest";
import { type PromptBlock, promptCacheModel } from "./prompt-cache.ts";

const block = (name: string, tokens: number, breakpoint?: "5m" | "1h"): PromptBlock => ({
  text: name,
  tokens,
  ...(breakpoint === undefined ? {} : { breakpoint }),
});

function setUp() {
  const clock = { now: 0 };
  const model = promptCacheModel({ now: () => clock.now });
  const ask = (...blocks: readonly PromptBlock[]) =>
    model.explicit({ account: "a", model: "m", blocks, minimumTokens: 1024 });
  return { clock, model, ask };
}

describe("breakpoints", () => {
  it("write what is new and read what was written", () => {
    const { ask } = setUp();
    expect(ask(block("system", 2000, "1h"), block("one", 100, "5m"))).toEqual({
      uncached: 0,
      cacheRead: 0,
      cacheWrite5m: 100,
      cacheWrite1h: 2000,
    });
    expect(ask(block("system", 2000, "1h"), block("one", 100), block("two", 50, "5m"), block("three", 7))).toEqual({
      uncached: 7,
      cacheRead: 2100,
      cacheWrite5m: 50,
      cacheWrite1h: 0,
    });
  });

  it("end, unless they are read before", () => {
    const { ask, clock } = setUp();
    ask(block("system", 2000, "5m"));
    clock.now = 299_000;
    expect(ask(block("system", 2000, "5m")).cacheRead).toBe(2000);
    clock.now = 598_000;
    expect(ask(block("system", 2000, "5m")).cacheRead).toBe(2000);
    clock.now = 898_000;
    expect(ask(block("system", 2000, "5m")).cacheRead).toBe(0);
  });

  it("keep nothing below the minimum, and nothing for another account or model", () => {
    const { ask, model } = setUp();
    expect(ask(block("short", 1000, "5m"))).toMatchObject({ uncached: 1000, cacheWrite5m: 0 });
    ask(block("system", 2000, "5m"));
    const blocks = [block("system", 2000, "5m")];
    expect(model.explicit({ account: "b", model: "m", blocks, minimumTokens: 1024 }).cacheRead).toBe(0);
    expect(model.explicit({ account: "a", model: "n", blocks, minimumTokens: 1024 }).cacheRead).toBe(0);
  });

  it("look back over twenty blocks and no further", () => {
    const blocks = (count: number) => Array.from({ length: count }, (_, at) => block(`b${at}`, 1));
    const near = setUp();
    near.ask(block("system", 2000, "5m"));
    expect(near.ask(block("system", 2000), ...blocks(18), block("end", 1, "5m")).cacheRead).toBe(2000);
    const far = setUp();
    far.ask(block("system", 2000, "5m"));
    expect(far.ask(block("system", 2000), ...blocks(19), block("end", 1, "5m")).cacheRead).toBe(0);
  });
});

it("what is cached by itself comes in steps of 128 tokens", () => {
  const { model } = setUp();
  const ask = (text: string) => model.implicit({ account: "a", model: "m", blocks: [{ text }], minimumTokens: 1024 });
  const prompt = "x".repeat(4 * 1300);
  expect(ask(prompt)).toEqual({ uncached: 1300, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 });
  expect(ask(`${prompt}more`)).toMatchObject({ uncached: 21, cacheRead: 1280 });
  expect(ask(`y${prompt}`).cacheRead).toBe(0);
});

it("steps are counted in the tokens that blocks are told to have", () => {
  const { model } = setUp();
  const long = (name: string, tokens: number) => block(name.repeat(100), tokens);
  const ask = (...blocks: readonly PromptBlock[]) =>
    model.implicit({ account: "a", model: "m", blocks, minimumTokens: 1024 });
  expect(ask(long("one", 1000), long("two", 200)).uncached).toBe(1200);
  const grown = ask(long("one", 1000), long("two", 200), long("three", 50));
  expect(grown).toMatchObject({ cacheRead: 1152, uncached: 98 });
  expect(ask(long("one", 1000), long("other", 200))).toMatchObject({ cacheRead: 0, uncached: 1200 });
});
