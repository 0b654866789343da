import { compact, isObject, objectsOf, stringOf } from "@signalbox/protocol";
import { engineUrl, getFrom, type SearchEngine, withSiteOperators } from "../engine.ts";

/**
 * An instance of the operator's own; `json` must be among `search.formats` in its settings, else it answers 403. It has no key:
 * where one is configured it is sent as a bearer token, for a proxy in front of it. https://docs.searxng.org/dev/search_api.html
 */
export const searxng: SearchEngine = {
  id: "searxng",
  listPrice: { perThousand: () => 0, asOf: "2026-11-21" },
  request(query, { baseUrl = "", key }) {
    const url = engineUrl(baseUrl, "/search");
    url.searchParams.set("q", withSiteOperators(query));
    url.searchParams.set("format", "json");
    return getFrom(url, key === undefined ? {} : { authorization: `Bearer ${key.reveal()}` });
  },
  read(answer) {
    if (!isObject(answer) || !Array.isArray(answer["results"])) return undefined;
    return objectsOf(answer["results"]).map((result) =>
      compact({
        url: stringOf(result["url"]) ?? "",
        title: stringOf(result["title"]),
        pageAge: stringOf(result["publishedDate"]),
        text: stringOf(result["content"]),
      }),
    );
  },
};
