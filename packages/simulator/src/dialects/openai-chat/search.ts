import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf } from "../../json.ts";
import type { Reply, ReplyPart } from "../../reply.ts";
import { invalid } from "./errors.ts";

const SIZES = ["low", "medium", "high"];
const OPTIONS = ["search_context_size", "user_location"];
const LOCATION = ["type", "approximate"];
const PLACE = ["city", "country", "region", "timezone"];

/** Server tools of those that speak this dialect too: OpenRouter's and Groq's. */
export const SERVER_TOOLS = ["openrouter:web_search", "browser_search"];
/** https://openrouter.ai/docs/guides/features/server-tools/web-search */
const PARAMETERS =
  "engine max_results max_total_results max_characters search_context_size user_location allowed_domains excluded_domains".split(
    " ",
  );

/** https://developers.openai.com/api/docs/guides/tools-web-search?api-mode=chat: only models made for it search. */
export function validateSearchOptions({ body, baseModel }: Exchange, official: boolean): Failure | undefined {
  const options = body["web_search_options"];
  if (isAbsent(options)) return undefined;
  if (official && !isSearchModel(baseModel)) return unsearching(baseModel);
  const at = "web_search_options";
  const { search_context_size: size, user_location: location } = fieldsOf(options);
  if (!isAbsent(size) && !SIZES.includes(String(size)))
    return invalid(
      `Invalid value: '${String(size)}'. Supported values are: 'low', 'medium', and 'high'.`,
      `${at}.search_context_size`,
      "invalid_value",
    );
  return (
    unknownIn(fieldsOf(options), OPTIONS, at) ??
    (official ? unknownIn(fieldsOf(location), LOCATION, `${at}.user_location`) : undefined) ??
    unknownIn(fieldsOf(fieldsOf(location)["approximate"]), PLACE, `${at}.user_location.approximate`)
  );
}

export const isSearchModel = (model: string): boolean => /-search(-|$)/.test(model);

const unsearching = (model: string): Failure =>
  /^(o\d|gpt-5)/.test(model)
    ? invalid("Unknown parameter: 'web_search_options'.", "web_search_options", "unknown_parameter")
    : invalid("Web search options not supported with this model.");

function unknownIn(fields: Fields, known: readonly string[], at: string): Failure | undefined {
  const name = Object.keys(fields).find((field) => !known.includes(field));
  return name === undefined
    ? undefined
    : invalid(`Unknown parameter: '${at}.${name}'.`, `${at}.${name}`, "unknown_parameter");
}

export const validateServerTool = (tool: Fields, at: string): Failure | undefined =>
  unknownIn(tool, ["type", "parameters"], at) ??
  unknownIn(fieldsOf(tool["parameters"]), PARAMETERS, `${at}.parameters`);

/** OpenRouter counts them. https://openrouter.ai/docs/use-cases/usage-accounting */
export function toldSearches({ body }: Exchange, { parts }: Reply): Fields {
  const isAsked = listOf(body["tools"]).some((tool) => fieldsOf(tool)["type"] === "openrouter:web_search");
  const count = parts.filter(({ type }) => type === "search").length;
  return isAsked && count > 0 ? { server_tool_use: { web_search_requests: count } } : {};
}

/** Offsets count over the whole message content, which several text parts may make up. */
export function annotationsOf(parts: readonly ReplyPart[]): readonly Fields[] {
  let at = 0;
  return parts.flatMap((part) => {
    if (part.type !== "text") return [];
    const before = at;
    at += part.text.length;
    return part.citations.map(({ start, end, title, url }) => ({
      type: "url_citation",
      url_citation: { start_index: before + start, end_index: before + end, title, url },
    }));
  });
}
