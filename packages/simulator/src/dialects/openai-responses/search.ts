import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import type { SearchReply } from "../../searching.ts";
import type { Answer } from "../dialect.ts";
import { invalid } from "./errors.ts";

const SHARED = ["type", "search_context_size", "user_location", "search_content_types"];
/** https://developers.openai.com/api/docs/guides/tools-web-search */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  web_search: [...SHARED, "filters", "external_web_access"],
  web_search_2025_08_26: [...SHARED, "filters", "external_web_access"],
  web_search_preview: SHARED,
  web_search_preview_2025_03_11: SHARED,
};
/** Behind a path prefix sits another vendor: xAI says `excluded_domains`. https://docs.x.ai/developers/tools/web-search */
const FILTERS = ["allowed_domains", "blocked_domains"];
const LOCATION = ["type", "city", "country", "region", "timezone"];
const WITHOUT = /^(gpt-4\.1-nano|o1|o3-mini|gpt-4(-|$)|gpt-3\.5)/;

export const isSearchTool = (tool: Fields): boolean => /^web_search/.test(textOf(tool["type"]) ?? "");

export function validateSearchTool(tool: Fields, at: string): Failure | undefined {
  const type = String(tool["type"]);
  const known = TOOLS[type];
  if (known === undefined) {
    const supported = ["function", ...Object.keys(TOOLS)].map((name) => `'${name}'`).join(", ");
    return invalid(
      `Invalid value: '${type}'. Supported values are: ${supported}, and others.`,
      `${at}.type`,
      "invalid_value",
    );
  }
  const location = fieldsOf(tool["user_location"]);
  return (
    unknownIn(tool, known, at) ??
    unknownIn(location, LOCATION, `${at}.user_location`) ??
    validateValues(tool, location, at)
  );
}

function validateValues(tool: Fields, location: Fields, at: string): Failure | undefined {
  const size = tool["search_context_size"];
  if (!isAbsent(size) && !["low", "medium", "high"].includes(String(size)))
    return invalid(
      `Invalid value: '${String(size)}'. Supported values are: 'low', 'medium', and 'high'.`,
      `${at}.search_context_size`,
      "invalid_value",
    );
  const country = location["country"];
  if (isAbsent(country) || /^[A-Za-z]{2}$/.test(String(country))) return undefined;
  return invalid(
    `Invalid '${at}.user_location.country': expected a two-letter ISO country code.`,
    `${at}.user_location.country`,
    "invalid_value",
  );
}

function unknownIn(fields: Fields, known: readonly string[], at: string): Failure | undefined {
  const name = Object.keys(fields).find((field) => !known.includes(field));
  return name === undefined
    ? undefined
    : invalid(`Unknown parameter: '${at}.${name}'.`, `${at}.${name}`, "unknown_parameter");
}

/** Who cannot search here, and those that only search in Chat Completions. */
export function validateSearching({ body, baseModel: model, path }: Exchange): Failure | undefined {
  if (/-search-preview/.test(model)) {
    const message = `The requested model '${model}' is not supported with the Responses API.`;
    return invalid(message, "model", "model_not_found");
  }
  const tools = listOf(body["tools"]).map(fieldsOf);
  const at = tools.findIndex(isSearchTool);
  const tool = tools[at];
  if (tool === undefined) return undefined;
  const type = String(tool["type"]);
  if (WITHOUT.test(model)) return invalid(`Hosted tool '${type}' is not supported with ${model}.`, "tools");
  const known = path === "/v1/responses" ? FILTERS : [...FILTERS, "excluded_domains"];
  const unknown = unknownIn(fieldsOf(tool["filters"]), known, `tools[${at}].filters`);
  if (unknown !== undefined || fieldsOf(body["reasoning"])["effort"] !== "minimal") return unknown;
  return invalid(`The following tools cannot be used with reasoning.effort 'minimal': ${type}.`, "tools");
}

/** A search of an earlier answer. */
export function validateSearchItem(item: Fields, at: string): Failure | undefined {
  const unknown = unknownIn(item, ["type", "id", "status", "action"], at);
  if (unknown !== undefined) return unknown;
  const missing = ["id", "status"].find((name) => typeof item[name] !== "string");
  if (missing !== undefined || !isFields(item["action"])) {
    const param = `${at}.${missing ?? "action"}`;
    return invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
  }
  const { type } = item["action"];
  if (["search", "open_page", "find_in_page"].includes(String(type))) return undefined;
  return invalid(
    `Invalid value: '${String(type)}'. Supported values are: 'search', 'open_page', and 'find_in_page'.`,
    `${at}.action.type`,
    "invalid_value",
  );
}

export function searchItem(search: SearchReply, id: string, { exchange }: Answer): Fields {
  const told = listOf(exchange.body["include"]).includes("web_search_call.action.sources");
  const sources = told ? { sources: search.pages.map(({ url }) => ({ type: "url", url })) } : {};
  const action = { type: "search", query: search.query, queries: [search.query], ...sources };
  return { id, type: "web_search_call", status: "completed", action };
}

/** https://developers.openai.com/api/reference/resources/responses/streaming-events */
export const SEARCH_STEPS = ["in_progress", "searching", "completed"].map((step) => `response.web_search_call.${step}`);
