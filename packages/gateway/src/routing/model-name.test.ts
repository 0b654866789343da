import { describe, expect, test } from "vitest";
import { splitModelName, withSuffix } from "./model-name.ts";
import { noPreferences } from "./preferences.ts";

const unknown = () => false;

describe("a suffix of a model's name", () => {
  test.each([
    ["gpt-5:nitro", { provider: { sort: [{ metric: "throughput" }] } }],
    ["gpt-5:floor", { provider: { sort: [{ metric: "price" }] } }],
    ["gpt-5:free", { provider: { maxPrice: { prompt: 0, completion: 0 } } }],
    ["gpt-5:online", { webSearch: {} }],
    ["gpt-5-thinking", { reasoning: { effort: "medium" } }],
    ["gpt-5", {}],
  ])("%s asks for %j", (name, preferences) => {
    expect(splitModelName(name, unknown)).toEqual({ name: "gpt-5", preferences });
  });

  test("may stand before another", () => {
    expect(splitModelName("gpt-5-thinking:floor", unknown)).toEqual({
      name: "gpt-5",
      preferences: { provider: { sort: [{ metric: "price" }] }, reasoning: { effort: "medium" } },
    });
    expect(splitModelName("gpt-5:free:nitro", unknown).preferences.provider).toEqual({
      maxPrice: { prompt: 0, completion: 0 },
      sort: [{ metric: "throughput" }],
    });
  });

  test.each(["google/gemma-3-27b-it:free", "kimi-k2-thinking"])("is part of %s where a provider has that id", (id) => {
    expect(splitModelName(id, (name) => name === id)).toEqual({ name: id, preferences: {} });
    expect(splitModelName(`${id}:floor`, (name) => name === id).name).toBe(id);
  });

  test.each(["llama3.3:70b", ":free", "-thinking", "", "thinking"])("is not taken off %j", (name) => {
    expect(splitModelName(name, unknown)).toEqual({ name, preferences: {} });
  });
});

test("the request's own words go before a suffix's", () => {
  const own = {
    ...noPreferences,
    provider: { sort: [{ metric: "latency" }], only: ["groq"] },
    unserved: ["plugins"],
  } as const;
  expect(withSuffix(own, splitModelName("m:floor:online", unknown).preferences)).toEqual({
    ...noPreferences,
    provider: { sort: [{ metric: "latency" }], only: ["groq"] },
    webSearch: {},
    unserved: ["plugins"],
  });
  expect(withSuffix(own, {})).toBe(own);
});
