import { compact, isObject, objectsOf, stringOf } from "@signalbox/protocol";
import { engineUrl, postTo, type SearchEngine } from "../engine.ts";

/**
 * https://docs.tavily.com/documentation/api-reference/endpoint/search; a basic search is one credit, $0.008 without a plan:
 * https://docs.tavily.com/documentation/api-credits
 */
export const tavily: SearchEngine = {
  id: "tavily",
  baseUrl: "https://api.tavily.com",
  listPrice: { perThousand: () => 8, asOf: "2026-11-21" },
  request({ text, maxResults, allowedDomains = [], blockedDomains = [] }, { baseUrl = "", key }) {
    const body = compact({
      query: text,
      search_depth: "basic",
      max_results: maxResults,
      include_domains: allowedDomains.length === 0 ? undefined : allowedDomains,
      exclude_domains: blockedDomains.length === 0 ? undefined : blockedDomains,
    });
    const headers = key === undefined ? {} : { authorization: `Bearer ${key.reveal()}` };
    return postTo(engineUrl(baseUrl, "/search"), headers, body);
  },
  read(answer) {
    if (!isObject(answer) || !Array.isArray(answer["results"])) return undefined;
    return objectsOf(answer["results"]).map((result) =>
      compact({
        url: stringOf(result["url"]) ?? "",
        title: stringOf(result["title"]),
        pageAge: stringOf(result["published_date"]),
        text: stringOf(result["content"]),
      }),
    );
  },
};
