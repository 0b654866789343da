import type { JsonObject } from "../../ir/json.ts";
import type { SearchPart, SearchResult } from "../../ir/parts.ts";
import { compact, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import { openEnvelope, sealEnvelope } from "../shared/envelope.ts";
import { madeSearchId, searchIdOf } from "../shared/made-ids.ts";
import { reportSearchPart } from "../shared/search-losses.ts";
import type { BlockContext } from "./block-context.ts";
import { cacheOf } from "./block-fields.ts";
import { SEARCH_TOOL } from "./web-search.ts";
import { CLIENT_ORIGIN, DIALECT } from "./wire.ts";

/** A search is two blocks: the call of Anthropic's tool, and what was found. */
export const SEARCH_CALL = "server_tool_use";
export const SEARCH_RESULTS = "web_search_tool_result";

const PREFIX = "srvtoolu_";

/** The call as a part; other server tools' are none of ours. */
export function searchCall(block: JsonObject, context: BlockContext): SearchPart | undefined {
  if (block["name"] !== SEARCH_TOOL) return undefined;
  const query = stringOf(objectOf(block["input"])?.["query"]) ?? "";
  return { ...head(block, stringOf(block["id"]) ?? "", context), half: "call", queries: query === "" ? [] : [query] };
}

export function searchResults(block: JsonObject, context: BlockContext): SearchPart {
  const about = head(block, stringOf(block["tool_use_id"]) ?? "", context);
  const error = stringOf(objectOf(block["content"])?.["error_code"]);
  const found = error === undefined ? { results: objectsOf(block["content"]).flatMap(resultOf) } : { error };
  return { ...about, half: "results", queries: [], ...found };
}

function head(block: JsonObject, wireId: string, { origin, from }: BlockContext) {
  const made = from === "client" ? searchIdOf(PREFIX, wireId) : undefined;
  const raw = made === undefined ? { origin, value: block } : undefined;
  const cache = cacheOf(block["cache_control"]);
  return compact({ type: "web-search", id: made ?? wireId, raw, cache });
}

function resultOf(result: JsonObject): readonly SearchResult[] {
  const url = stringOf(result["url"]);
  if (url === undefined) return [];
  const carried = openEnvelope(stringOf(result["encrypted_content"]) ?? "")?.find(({ of }) => of === "search");
  return [
    compact({
      url,
      title: stringOf(result["title"]),
      pageAge: stringOf(result["page_age"]),
      text: carried?.text,
    }),
  ];
}

/** The blocks of a search for a client: its own as they came, others as Anthropic's. */
export function searchBlocks(part: SearchPart, context: AnswerContext): readonly JsonObject[] {
  if (part.raw?.origin.dialect === DIALECT) return [part.raw.value];
  reportSearchPart(part, { dialect: DIALECT, says: SAYABLE }, context.losses);
  const id = madeSearchId(PREFIX, part.id === "" ? context.uniqueId : part.id);
  return [
    ...(part.half === "results" ? [] : [callBlock(part, id, context)]),
    ...(part.half === "call" ? [] : [resultsBlock(part, id)]),
  ];
}

const SAYABLE = ["queries", "pages", "titles", "ages", "texts", "error"] as const;
const DIRECT = { type: "direct" } as const;

function callBlock({ queries }: SearchPart, id: string, { losses }: AnswerContext): JsonObject {
  if (queries.length > 1) losses.adapt("web-search-queries", "Several queries of one search were told as one.");
  return { type: SEARCH_CALL, id, name: SEARCH_TOOL, input: { query: queries.join(" | ") }, caller: DIRECT };
}

function resultsBlock({ results = [], error }: SearchPart, tool_use_id: string): JsonObject {
  const content =
    error === undefined
      ? results.map(resultBlock)
      : { type: "web_search_tool_result_error", error_code: ERRORS.has(error) ? error : "unavailable" };
  return { type: SEARCH_RESULTS, tool_use_id, content, caller: DIRECT };
}

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool#errors */
const ERRORS: ReadonlySet<string> = new Set([
  ...["invalid_tool_input", "unavailable", "max_uses_exceeded", "too_many_requests", "query_too_long"],
  "request_too_large",
]);

/** What stands on the page travels in the field that clients send back, so that any model can read it in a later turn. */
function resultBlock({ url, title, pageAge, text }: SearchResult): JsonObject {
  const carried =
    text === undefined ? [] : [{ of: "search", opaque: { origin: CLIENT_ORIGIN, data: "" }, text } as const];
  return {
    type: "web_search_result",
    url,
    title: title ?? url,
    encrypted_content: sealEnvelope(carried),
    page_age: pageAge ?? null,
  };
}
