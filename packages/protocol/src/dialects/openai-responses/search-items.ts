import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { SearchPart, SearchResult } from "../../ir/parts.ts";
import { arrayOf, compact, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { searchIdOf } from "../shared/made-ids.ts";
import { CLIENT_ORIGIN } from "./wire.ts";

/** https://developers.openai.com/api/docs/guides/tools-web-search#output-and-citations */
export const SEARCH_ITEM = "web_search_call";

export const SEARCH_ID = "ws_";

/** An item that searched; those that opened a page, or looked for words in one, are none. */
export function searchPart(item: JsonObject, origin: Origin): SearchPart | undefined {
  const action = objectOf(item["action"]) ?? {};
  if (item["type"] !== SEARCH_ITEM || (action["type"] ?? "search") !== "search") return undefined;
  const wireId = stringOf(item["id"]) ?? "";
  const made = origin === CLIENT_ORIGIN ? searchIdOf(SEARCH_ID, wireId) : undefined;
  const query = stringOf(action["query"]);
  const queries = arrayOf(action["queries"]).filter((value) => typeof value === "string");
  return compact({
    type: "web-search",
    id: made ?? wireId,
    queries: queries.length > 0 ? queries : [query ?? ""].filter((text) => text !== ""),
    results: sources(action),
    error: item["status"] === "failed" ? "unavailable" : undefined,
    raw: made === undefined ? { origin, value: item } : undefined,
  });
}

function sources(action: JsonObject): readonly SearchResult[] | undefined {
  if (!Array.isArray(action["sources"])) return undefined;
  return objectsOf(action["sources"]).flatMap((source) => {
    const url = stringOf(source["url"]);
    return url === undefined ? [] : [compact({ url, title: stringOf(source["title"]) })];
  });
}
