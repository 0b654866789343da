import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { WebSearchTool } from "../../ir/web-search.ts";
import { compact, objectOf, stringOf } from "../../json/read.ts";
import type { ModelFacts } from "../dialect.ts";
import { contextSizeOf, hasWords, readLocation, reportSearch, unsaidFields, wordsIn } from "../shared/search-words.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";

/** `web_search`, `web_search_2025_08_26`, and the preview, whose fields are other ones. */
const TYPE = /^web_search(_preview)?(_\d{4}_\d{2}_\d{2})?$/;
const FIELDS = new Set(["type", "search_context_size", "user_location", "filters"]);

/** https://developers.openai.com/api/docs/guides/tools-web-search */
export function readSearchTool(definition: JsonObject): WebSearchTool | undefined {
  if (!TYPE.test(stringOf(definition["type"]) ?? "")) return undefined;
  const filters = objectOf(definition["filters"]) ?? {};
  return compact({
    contextSize: contextSizeOf(definition["search_context_size"]),
    allowedDomains: wordsIn(filters["allowed_domains"]),
    blockedDomains: wordsIn(filters["blocked_domains"]) ?? wordsIn(filters["excluded_domains"]),
    userLocation: readLocation(definition["user_location"]),
    live: definition["external_web_access"] === false ? (false as const) : undefined,
    unsaid: unsaidFields(definition, FIELDS),
  });
}

export function writeSearchTool(tool: WebSearchTool, quirks: OpenAiResponsesQuirks, losses: LossRecorder): JsonObject {
  const { contextSize, allowedDomains, blockedDomains, userLocation } = tool;
  const { searchExclusions = "blocked_domains" } = quirks;
  const excludes = searchExclusions === "none" ? [] : (["blockedDomains"] as const);
  reportSearch(tool, ["contextSize", "allowedDomains", "userLocation", ...excludes], losses);
  const filters: JsonObject = compact({
    allowed_domains: hasWords(allowedDomains) ? allowedDomains : undefined,
    ...(searchExclusions !== "none" && hasWords(blockedDomains) ? { [searchExclusions]: blockedDomains } : {}),
  });
  return compact({
    type: "web_search",
    search_context_size: contextSize,
    filters: Object.keys(filters).length === 0 ? undefined : filters,
    user_location: userLocation === undefined ? undefined : { type: "approximate", ...userLocation },
  });
}

interface SearchTarget {
  readonly quirks: OpenAiResponsesQuirks;
  readonly facts?: ModelFacts | undefined;
}

/** Whether a search in another dialect's words can be one here. */
export function takesSearch({ quirks, facts }: SearchTarget): boolean {
  return quirks.hostedTools?.includes("web_search") !== false && facts?.webSearch !== false;
}
