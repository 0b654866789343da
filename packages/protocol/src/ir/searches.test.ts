import fc from "fast-check";
import { expect, test } from "vitest";
import type { Part, SearchPart } from "./parts.ts";
import { sayResults, wholeSearches } from "./searches.ts";

const search = (part: Partial<SearchPart>): SearchPart => ({ type: "web-search", id: "s1", queries: [], ...part });

test("what was found is said with its number, its address and its words", () => {
  const text = sayResults({
    queries: ["weather köln"],
    results: [{ url: "https://a.org", title: "A", pageAge: "2 days", text: "Rain." }, { url: "https://b.org" }],
  });
  expect(text.split("\n").slice(1)).toEqual([
    "Searched for: weather köln",
    "[1] A",
    "https://a.org",
    "2 days",
    "Rain.",
    "[2] https://b.org",
    "https://b.org",
    "</web_search_results>",
  ]);
});

test("a search that failed, or found nothing, says so", () => {
  expect(sayResults({ queries: ["q"], error: "unavailable" })).toContain("The search failed: unavailable.");
  expect(sayResults({ queries: ["q"], results: [] })).toContain("Nothing was found.");
  expect(sayResults({ queries: ["q"] })).not.toContain("Nothing was found.");
});

test("nothing that stands on a page closes the fence around it", () => {
  const hostile = fc.array(fc.constantFrom("<", "/", "web_search_results", "WEB_SEARCH_RESULTS", "|", ">", " ", "\n"));
  fc.assert(
    fc.property(hostile, hostile, (words, more) => {
      const [text, title] = [words.join(""), more.join("")];
      const said = sayResults({ queries: [title], results: [{ url: title, title, pageAge: text, text }] });
      expect(said.match(/<\s*\/?\s*web_search_results/gi)).toHaveLength(2);
      expect(said).not.toContain("<|");
    }),
  );
});

test("halves are one search where the results stand", () => {
  const text: Part = { type: "text", text: "hm" };
  const parts: readonly Part[] = [
    search({ id: "a", half: "call", queries: ["one"] }),
    search({ id: "b", half: "call", queries: ["two"] }),
    text,
    search({ id: "a", half: "results", results: [{ url: "https://a.org" }] }),
    search({ id: "c", half: "results", error: "unavailable" }),
  ];
  expect(wholeSearches(parts, () => true)).toEqual([
    search({ id: "b", queries: ["two"] }),
    text,
    search({ id: "a", queries: ["one"], results: [{ url: "https://a.org" }] }),
    search({ id: "c", error: "unavailable" }),
  ]);
  expect(wholeSearches(parts, () => false)).toEqual(parts);
});
