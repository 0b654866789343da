import { describe, expect, it } from "vitest";
import { searchEngines } from "../../../config/features.ts";
import { secret } from "../../../config/secret.ts";
import type { SearchEngineSettings, WebSearchSettings } from "../../../config/settings.ts";
import { enginesFor } from "./index.ts";

const KEY = "a-key-of-an-engine";

const settings = (ids: readonly (typeof searchEngines)[number][]): WebSearchSettings => ({
  engines: new Map(ids.map((id): [typeof id, SearchEngineSettings] => [id, { key: secret(KEY) }])),
  maxResults: 3,
  maxSteps: 1,
  timeoutMs: 1000,
  resultBytes: 1000,
});

const query = {
  text: "two words",
  maxResults: 4,
  allowedDomains: ["a.example"],
  blockedDomains: ["b.example"],
  country: "de",
};

function asked(id: (typeof searchEngines)[number], baseUrl?: string) {
  const [found] = enginesFor(settings([id]), id);
  if (found === undefined) throw new Error("The engine is not configured.");
  const of = baseUrl === undefined ? found.settings : { ...found.settings, baseUrl };
  const { url, body, ...rest } = found.engine.request(query, of);
  return {
    ...rest,
    url: `${url.origin}${url.pathname}`,
    query: Object.fromEntries(url.searchParams),
    body: body && JSON.parse(body),
  };
}

describe("enginesFor", () => {
  it("puts the wanted engine first, else the preferred one, else the first, and the others behind it", () => {
    const all = settings(["searxng", "brave", "exa"]);
    const ids = (of: WebSearchSettings, wanted?: "exa") => enginesFor(of, wanted).map(({ engine }) => engine.id);
    expect(ids(all)).toEqual(["searxng", "brave", "exa"]);
    expect(ids({ ...all, engine: "brave" })).toEqual(["brave", "searxng", "exa"]);
    expect(ids({ ...all, engine: "brave" }, "exa")).toEqual(["exa", "searxng", "brave"]);
    expect(enginesFor(settings(["brave"]), "exa")).toEqual([]);
    expect(enginesFor(settings([]), undefined)).toEqual([]);
  });

  it("lets only those stand on private addresses whose address the operator wrote", () => {
    const own = { ...settings(["brave"]), engines: new Map([["brave" as const, { baseUrl: "http://10.0.0.1" }]]) };
    expect(enginesFor(own, undefined).map(({ privateAllowed }) => privateAllowed)).toEqual([true]);
    expect(enginesFor(settings(["brave"]), undefined).map(({ privateAllowed }) => privateAllowed)).toEqual([false]);
  });
});

describe("an engine's request", () => {
  it("of Brave holds operators for domains, and its key in a header", () => {
    expect(asked("brave")).toMatchObject({
      method: "GET",
      url: "https://api.search.brave.com/res/v1/web/search",
      query: { q: "two words site:a.example -site:b.example", count: "4", country: "DE" },
      headers: { "x-subscription-token": KEY },
    });
  });

  it("of SearXNG goes to the operator's instance, with its path", () => {
    expect(asked("searxng", "http://127.0.0.1:8080/own/")).toMatchObject({
      url: "http://127.0.0.1:8080/own/search",
      query: { q: "two words site:a.example -site:b.example", format: "json" },
    });
  });

  it("of Tavily and Exa holds domains as lists", () => {
    expect(asked("tavily")).toMatchObject({
      url: "https://api.tavily.com/search",
      body: { query: "two words", max_results: 4, include_domains: ["a.example"], exclude_domains: ["b.example"] },
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(asked("exa")).toMatchObject({
      url: "https://api.exa.ai/search",
      body: { query: "two words", numResults: 4, includeDomains: ["a.example"], userLocation: "DE" },
      headers: { "x-api-key": KEY },
    });
  });

  it.each(searchEngines)("of %s never has its key in the address", (id) => {
    expect(
      JSON.stringify([asked(id, "https://engine.example").url, asked(id, "https://engine.example").query]),
    ).not.toContain(KEY);
  });
});

describe("an engine's answer", () => {
  it.each(searchEngines)("of %s that is something else is none", (id) => {
    const [found] = enginesFor(settings([id]), id);
    for (const answer of [null, [], "text", {}, { results: {} }, { error: { code: "X" } }]) {
      expect(found?.engine.read(answer)).toBeUndefined();
    }
  });
});
