import { arrayOf, compact, isObject, objectsOf, stringOf } from "@signalbox/protocol";
import { engineUrl, postTo, type SearchEngine } from "../engine.ts";

const INCLUDED_RESULTS = 10;
const CHARACTERS = 4_000;

/**
 * https://exa.ai/docs/reference/search; $7 a thousand with the contents of ten pages, and $1 for a thousand pages more:
 * https://exa.ai/docs/changelog/pricing-update
 */
export const exa: SearchEngine = {
  id: "exa",
  baseUrl: "https://api.exa.ai",
  listPrice: { perThousand: (maxResults) => 7 + Math.max(0, maxResults - INCLUDED_RESULTS), asOf: "2026-11-21" },
  request({ text, maxResults, allowedDomains = [], blockedDomains = [], country }, { baseUrl = "", key }) {
    const body = compact({
      query: text,
      numResults: maxResults,
      contents: { text: { maxCharacters: CHARACTERS } },
      includeDomains: allowedDomains.length === 0 ? undefined : allowedDomains,
      excludeDomains: blockedDomains.length === 0 ? undefined : blockedDomains,
      userLocation: country?.toUpperCase(),
    });
    return postTo(engineUrl(baseUrl, "/search"), key === undefined ? {} : { "x-api-key": key.reveal() }, body);
  },
  read(answer) {
    if (!isObject(answer) || !Array.isArray(answer["results"])) return undefined;
    return objectsOf(answer["results"]).map((result) => {
      const highlights = arrayOf(result["highlights"])
        .map(stringOf)
        .filter((text) => text !== undefined);
      return compact({
        url: stringOf(result["url"]) ?? "",
        title: stringOf(result["title"]),
        pageAge: stringOf(result["publishedDate"]),
        text: stringOf(result["text"]) ?? (highlights.length === 0 ? undefined : highlights.join(" ")),
      });
    });
  },
};
