import { arrayOf, compact, isObject, objectOf, objectsOf, stringOf } from "@signalbox/protocol";
import { engineUrl, getFrom, type SearchEngine, withSiteOperators } from "../engine.ts";

/** Another code is refused. https://api-dashboard.search.brave.com/documentation/resources/country-codes */
const COUNTRIES = new Set(
  "AR AU AT BE BR CA CL CN DE DK ES FI FR GB GR HK ID IN IT JP KR MX MY NL NO NZ PH PL PT RU SA SE CH TW TR US ZA".split(
    " ",
  ),
);

const WORDS = 50;

/** https://api-dashboard.search.brave.com/api-reference/web/search/get; $5 a thousand: https://api-dashboard.search.brave.com/app/plans */
export const brave: SearchEngine = {
  id: "brave",
  baseUrl: "https://api.search.brave.com",
  listPrice: { perThousand: () => 5, asOf: "2026-11-21" },
  request(query, { baseUrl = "", key }) {
    const url = engineUrl(baseUrl, "/res/v1/web/search");
    const text = query.text.split(/\s+/).slice(0, WORDS).join(" ");
    url.searchParams.set("q", withSiteOperators({ ...query, text }));
    url.searchParams.set("count", String(query.maxResults));
    url.searchParams.set("result_filter", "web");
    url.searchParams.set("text_decorations", "false");
    const country = query.country?.toUpperCase();
    if (country !== undefined && COUNTRIES.has(country)) url.searchParams.set("country", country);
    return getFrom(url, key === undefined ? {} : { "x-subscription-token": key.reveal() });
  },
  read(answer) {
    if (!isObject(answer) || answer["type"] !== "search") return undefined;
    // Without any page there is no `web`.
    return objectsOf(objectOf(answer["web"])?.["results"]).map((result) => {
      const snippets = [result["description"], ...arrayOf(result["extra_snippets"])].map(stringOf);
      return compact({
        url: stringOf(result["url"]) ?? "",
        title: stringOf(result["title"]),
        pageAge: stringOf(result["age"]) ?? stringOf(result["page_age"]),
        text: snippets.filter((snippet) => snippet !== undefined).join(" "),
      });
    });
  },
};
