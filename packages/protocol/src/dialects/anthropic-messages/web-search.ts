import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { WebSearchTool } from "../../ir/web-search.ts";
import { compact, numberOf, stringOf } from "../../json/read.ts";
import type { ModelFacts } from "../dialect.ts";
import { hasWords, readLocation, reportSearch, unsaidFields, wordsIn } from "../shared/search-words.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

/** `web_search_20250305` and all later dates. https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool */
const TYPE = /^web_search_\d{8}$/;
const FIELDS = new Set([
  ...["type", "name", "max_uses", "allowed_domains", "blocked_domains", "user_location", "cache_control"],
]);

export function readSearchTool(definition: JsonObject): WebSearchTool | undefined {
  if (!TYPE.test(stringOf(definition["type"]) ?? "")) return undefined;
  return compact({
    maxUses: numberOf(definition["max_uses"]),
    allowedDomains: wordsIn(definition["allowed_domains"]),
    blockedDomains: wordsIn(definition["blocked_domains"]),
    userLocation: readLocation(definition["user_location"]),
    unsaid: unsaidFields(definition, FIELDS),
  });
}

/** The first version, which every model and every cloud that searches at all knows. Allowed and blocked domains exclude each other. */
export function writeSearchTool(tool: WebSearchTool, losses: LossRecorder): JsonObject {
  const { maxUses, allowedDomains, blockedDomains, userLocation } = tool;
  const blocks = !hasWords(allowedDomains);
  reportSearch(
    tool,
    ["maxUses", "allowedDomains", "userLocation", ...(blocks ? (["blockedDomains"] as const) : [])],
    losses,
  );
  return compact({
    type: "web_search_20250305",
    name: SEARCH_TOOL,
    max_uses: maxUses,
    allowed_domains: blocks ? undefined : allowedDomains,
    blocked_domains: blocks && hasWords(blockedDomains) ? blockedDomains : undefined,
    user_location: userLocation === undefined ? undefined : { type: "approximate", ...userLocation },
  });
}

export const SEARCH_TOOL = "web_search";

interface SearchTarget {
  readonly quirks: AnthropicMessagesQuirks;
  readonly facts?: ModelFacts | undefined;
}

/** Whether a search in another dialect's words can be one here. */
export function takesSearch({ quirks, facts }: SearchTarget): boolean {
  return quirks.serverTools !== "drop" && quirks.webSearch !== "drop" && facts?.webSearch !== false;
}
