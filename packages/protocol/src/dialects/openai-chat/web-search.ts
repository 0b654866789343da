import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { HostedTool } from "../../ir/request.ts";
import type { WebSearchTool } from "../../ir/web-search.ts";
import { compact, objectOf, stringOf } from "../../json/read.ts";
import { contextSizeOf, hasWords, readLocation, reportSearch, unsaidFields, wordsIn } from "../shared/search-words.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

/** The field beside the tools that asks for a search. https://developers.openai.com/api/docs/guides/tools-web-search */
export const SEARCH_OPTIONS = "web_search_options";

const OPTION_FIELDS = new Set(["search_context_size", "user_location"]);

/** OpenRouter's and Groq's server tools, and what clients write who have the Responses API in mind. */
const TYPE = /^(openrouter:web_search|browser_search|web_search(_preview)?)$/;
const TOOL_FIELDS = new Set([
  ...["type", "search_context_size", "user_location", "allowed_domains", "excluded_domains", "max_uses"],
]);

export function readSearchTool(definition: JsonObject): WebSearchTool | undefined {
  const options = objectOf(definition[SEARCH_OPTIONS]);
  if (options !== undefined) {
    const location = objectOf(options["user_location"]);
    return compact({
      contextSize: contextSizeOf(options["search_context_size"]),
      // Perplexity and OpenRouter write the place without OpenAI's wrapper.
      userLocation: readLocation(location?.["approximate"] ?? location),
      unsaid: unsaidFields(options, OPTION_FIELDS),
    });
  }
  if (!TYPE.test(stringOf(definition["type"]) ?? "")) return undefined;
  const { parameters, ...outer } = definition;
  const fields = { ...outer, ...objectOf(parameters) };
  return compact({
    contextSize: contextSizeOf(fields["search_context_size"]),
    allowedDomains: wordsIn(fields["allowed_domains"]),
    blockedDomains: wordsIn(fields["excluded_domains"]),
    userLocation: readLocation(fields["user_location"]),
    unsaid: unsaidFields(fields, TOOL_FIELDS),
  });
}

/** The request's field as a tool of the IR. */
export function searchOptionsTool(options: JsonObject | undefined): HostedTool | undefined {
  if (options === undefined) return undefined;
  const definition = { [SEARCH_OPTIONS]: options };
  return compact({ type: "hosted", dialect: DIALECT, definition, webSearch: readSearchTool(definition) });
}

/** A search as this endpoint asks for it: by a field of the request, or by a tool. */
export interface WrittenSearch {
  readonly fields?: JsonObject;
  readonly tool?: JsonObject;
}

interface SearchTarget {
  readonly model: string;
  readonly quirks: OpenAiChatQuirks;
}

/** Undefined: the endpoint, or the model there, does not search. */
export function writeSearchTool(
  search: WebSearchTool,
  target: SearchTarget,
  losses: LossRecorder,
): WrittenSearch | undefined {
  const form = searchForm(target);
  switch (form) {
    case undefined:
      return undefined;
    case "web_search_options":
      reportSearch(search, ["contextSize", "userLocation"], losses);
      return { fields: { [SEARCH_OPTIONS]: optionsOf(search) } };
    case "openrouter:web_search":
      reportSearch(search, ["contextSize", "allowedDomains", "blockedDomains", "userLocation"], losses);
      return { tool: compact({ type: form, parameters: nonEmpty(parametersOf(search)) }) };
    case "browser_search":
      reportSearch(search, [], losses);
      return { tool: { type: form } };
    case "search_settings":
      reportSearch(search, ["allowedDomains", "blockedDomains"], losses);
      return { fields: compact({ search_settings: nonEmpty(settingsOf(search)) }) };
  }
}

/** Whether a search in another dialect's words can be one here. */
export const takesSearch = (target: SearchTarget): boolean => searchForm(target) !== undefined;

type SearchForm = "web_search_options" | "openrouter:web_search" | "browser_search" | "search_settings";

/**
 * OpenAI's models that search in this dialect have it in their names; at Groq, its systems search unless told otherwise, and
 * GPT-OSS by a tool. https://console.groq.com/docs/web-search https://console.groq.com/docs/browser-search
 */
function searchForm({ model, quirks }: SearchTarget): SearchForm | undefined {
  const form = quirks.webSearch;
  if (form === "search-models") return /-search\b/.test(model) ? "web_search_options" : undefined;
  if (form !== "groq") return form;
  if (/gpt-oss/.test(model)) return "browser_search";
  return /compound/.test(model) ? "search_settings" : undefined;
}

function optionsOf({ contextSize, userLocation }: WebSearchTool): JsonObject {
  return compact({
    search_context_size: contextSize,
    user_location: userLocation === undefined ? undefined : { type: "approximate", approximate: { ...userLocation } },
  });
}

/** https://openrouter.ai/docs/guides/features/server-tools/web-search */
function parametersOf({ contextSize, allowedDomains, blockedDomains, userLocation }: WebSearchTool): JsonObject {
  return compact({
    search_context_size: contextSize,
    allowed_domains: hasWords(allowedDomains) ? allowedDomains : undefined,
    excluded_domains: hasWords(blockedDomains) ? blockedDomains : undefined,
    user_location: userLocation === undefined ? undefined : { type: "approximate", ...userLocation },
  });
}

function settingsOf({ allowedDomains, blockedDomains }: WebSearchTool): JsonObject {
  return compact({
    include_domains: hasWords(allowedDomains) ? allowedDomains : undefined,
    exclude_domains: hasWords(blockedDomains) ? blockedDomains : undefined,
  });
}

const nonEmpty = (object: JsonObject): JsonObject | undefined =>
  Object.keys(object).length === 0 ? undefined : object;
