import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, listOf } from "../../json.ts";
import type { ReplyPart, SaidPart } from "../../reply.ts";
import { type Citation, type TextReply, textPart } from "../../searching.ts";
import { invalid } from "./errors.ts";
import { has, member } from "./read.ts";

/** https://ai.google.dev/gemini-api/docs/google-search; the last two are Vertex AI's alone. */
const FIELDS = ["timeRangeFilter", "time_range_filter", "searchTypes", "search_types"];
const VERTEX_FIELDS = ["excludeDomains", "exclude_domains", "blockingConfidence", "blocking_confidence"];

const toolsOf = (body: Fields): readonly Fields[] => listOf(body["tools"]).map(fieldsOf);

const WITHOUT = /(^|\/)(gemini-(1\.0|2\.0-flash-lite|.*(image|tts|embedding|native-audio))|gemma)/;
const RETRIEVAL_ONLY = /(^|\/)gemini-1\.5/;

/** What each generation takes, and what stands beside functions. */
export function validateSearch({ body, baseModel: model, path }: Exchange): Failure | undefined {
  const tools = toolsOf(body);
  const retrieval = tools.some((tool) => has(tool, "googleSearchRetrieval"));
  const search = tools.some((tool) => has(tool, "googleSearch"));
  if (!(retrieval || search)) return undefined;
  if (WITHOUT.test(model)) return invalid("Search Grounding is not supported.");
  if (search && RETRIEVAL_ONLY.test(model))
    return invalid("google_search is not supported; please use google_search_retrieval field.");
  if (retrieval && !RETRIEVAL_ONLY.test(model))
    return invalid("google_search_retrieval is not supported. Please use google_search tool instead.");
  return validateFields(tools, path) ?? validateBesideFunctions(body, model);
}

function validateFields(tools: readonly Fields[], path: string): Failure | undefined {
  const known = path.includes("/publishers/google/") ? [...FIELDS, ...VERTEX_FIELDS] : FIELDS;
  for (const [index, tool] of tools.entries()) {
    const name = Object.keys(fieldsOf(member(tool, "googleSearch"))).find((field) => !known.includes(field));
    if (name === undefined) continue;
    return invalid(
      `Invalid JSON payload received. Unknown name "${name}" at 'tools[${index}].google_search': Cannot find field.`,
    );
  }
  return undefined;
}

/** https://ai.google.dev/gemini-api/docs/tool-combination */
function validateBesideFunctions(body: Fields, model: string): Failure | undefined {
  if (!toolsOf(body).some((tool) => has(tool, "functionDeclarations"))) return undefined;
  if (/(^|\/)gemini-[12]/.test(model)) return invalid("Tool use with function calling is unsupported by the model.");
  if (!/(^|\/)gemini-3/.test(model)) return undefined;
  const config = fieldsOf(member(body, "toolConfig"));
  if (member(config, "includeServerSideToolInvocations") === true) return undefined;
  return invalid(
    "Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling.",
  );
}

/** A search is told of in the metadata alone: the texts around it are one text. */
export function withoutSearches(parts: readonly ReplyPart[]): readonly SaidPart[] {
  const shown: SaidPart[] = [];
  let joins = false;
  for (const part of parts) {
    const last = shown.at(-1);
    const isSearch = part.type === "search";
    if (!isSearch && joins && part.type === "text" && last?.type === "text") shown.splice(-1, 1, joined(last, part));
    else if (!isSearch) shown.push(part);
    joins = isSearch;
  }
  return shown;
}

function joined(first: TextReply, second: TextReply): TextReply {
  const by = first.text.length;
  const moved = second.citations.map((one) => ({ ...one, start: one.start + by, end: one.end + by }));
  return { ...first, ...textPart(first.text + second.text, [...first.citations, ...moved]) };
}

/** Offsets are bytes of the whole text, and a zero is left out, as in all proto JSON. */
export function groundingOf(parts: readonly ReplyPart[]): Fields | undefined {
  const searches = parts.filter((part) => part.type === "search");
  const cited: Placed[] = [];
  let at = 0;
  for (const part of parts) {
    if (part.type !== "text") continue;
    for (const citation of part.citations) cited.push({ ...citation, at, of: part.text });
    at += Buffer.byteLength(part.text);
  }
  const pages = [...searches.flatMap((search) => search.pages), ...cited];
  const uris = [...new Set(pages.map(({ url }) => url))];
  if (searches.length === 0 && uris.length === 0) return undefined;
  const queries = searches.map(({ query }) => query);
  const title = (uri: string) => pages.find(({ url }) => url === uri)?.title ?? uri;
  return {
    webSearchQueries: queries.length > 0 ? queries : ["timetable"],
    ...(queries.length > 0 && {
      searchEntryPoint: { renderedContent: `<div class="chip">${queries.join(", ")}</div>` },
    }),
    ...(uris.length > 0 && { groundingChunks: uris.map((uri) => ({ web: { uri, title: title(uri) } })) }),
    ...(cited.length > 0 && { groundingSupports: cited.map((one) => support(one, uris)) }),
  };
}

interface Placed extends Citation {
  /** Bytes before the part, and its text. */
  readonly at: number;
  readonly of: string;
}

function support({ at, of, start, end, url }: Placed, uris: readonly string[]): Fields {
  const bytes = (until: number): number => at + Buffer.byteLength(of.slice(0, until));
  const from = bytes(start);
  const segment = { ...(from > 0 && { startIndex: from }), endIndex: bytes(end), text: of.slice(start, end) };
  return { segment, groundingChunkIndices: [uris.indexOf(url)] };
}
