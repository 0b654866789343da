import { describe, expect, it } from "vitest";
import type { WebSearchSettings } from "../../config/settings.ts";
import { searchWay, searchWish } from "./search-way.ts";

const none: WebSearchSettings = { engines: new Map(), maxResults: 3, maxSteps: 2, timeoutMs: 1, resultBytes: 1 };
const settings: WebSearchSettings = { ...none, engines: new Map([["brave", {}]]) };
const plain = { name: "p/m", native: false, google: false, counts: false };
const own = { ...plain, native: true };
const gemini = { ...own, google: true };

const said = { preferences: {}, overrides: undefined, native: undefined };

describe("searchWish", () => {
  it("is the request's own word before its router's, whichever of the two ways that is", () => {
    const overrides = { webSearch: { maxResults: 9 } };
    expect(searchWish(said)).toBeUndefined();
    expect(searchWish({ ...said, overrides })).toEqual({ by: "web_search", search: { maxResults: 9 } });
    expect(searchWish({ ...said, overrides, native: { maxUses: 1 } })).toEqual({ by: "client", tool: { maxUses: 1 } });
    expect(searchWish({ ...said, overrides, preferences: { webSearch: {} } })).toEqual({
      by: "web_search",
      search: {},
    });
    expect(searchWish({ ...said, overrides, preferences: { webSearchOptions: { searchContextSize: "low" } } })).toEqual(
      { by: "web_search_options", tool: { contextSize: "low" } },
    );
  });
});

describe("searchWay", () => {
  const tool = (engine?: "brave" | "exa" | "native" | "google") =>
    ({ by: "web_search", search: engine === undefined ? {} : { engine } }) as const;
  const client = { by: "client", tool: { contextSize: "high", maxUses: 9 } } as const;
  const options = { by: "web_search_options", tool: {} } as const;

  it.each([
    ["nobody's wish", undefined, plain, settings, "as-is"],
    ["a search", tool(), own, settings, "loop"],
    ["a search without an engine, where the target has its own", tool(), own, none, "native"],
    ["a search without any", tool(), plain, none, "refused"],
    ["an engine that is there", tool("brave"), own, settings, "loop"],
    ["one that is not", tool("exa"), own, settings, "refused"],
    ["native", tool("native"), own, settings, "native"],
    ["native where there is none", tool("native"), plain, settings, "refused"],
    ["google", tool("google"), gemini, settings, "native"],
    ["google elsewhere", tool("google"), own, settings, "refused"],
    ["a client's own tool", client, own, settings, "as-is"],
    ["a client's own tool where the target has none", client, plain, settings, "loop"],
    ["a client's own tool where nobody has one", client, plain, none, "as-is"],
    [
      "a client's own tool that may not go out",
      { ...client, tool: { live: false } } as const,
      plain,
      settings,
      "as-is",
    ],
    ["options", options, own, settings, "native"],
    ["options where the target has none", options, plain, settings, "loop"],
    ["options where nobody has one", options, plain, none, "refused"],
  ] as const)("serves %s", (...[, wish, place, of, type]) => {
    expect(searchWay(wish, place, of).type).toBe(type);
  });

  it("bounds what a client says of its vendor's search", () => {
    expect(searchWay(client, plain, settings)).toMatchObject({ maxResults: 6, maxSteps: 5 });
  });

  it("tells a vendor what was asked for, and its bound only where there is a word for it", () => {
    const search = (more: { readonly maxSteps?: number; readonly maxResults?: number }) =>
      ({ by: "web_search", search: { engine: "native", ...more } }) as const;
    const claude = { ...own, counts: true };
    expect(searchWay(search({}), claude, none)).toEqual({ type: "native", tool: { maxUses: 2 } });
    expect(searchWay(search({}), own, none)).toEqual({ type: "native", tool: {} });
    expect(searchWay(search({ maxSteps: 4 }), own, none)).toEqual({ type: "native", tool: { maxUses: 4 } });
    expect(searchWay(search({ maxResults: 4 }), own, none)).toMatchObject({ adapted: [{ feature: "web-search" }] });
  });
});
