import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf, textOf } from "../../json.ts";
import { isSealed, seal } from "../../seal.ts";
import { type Citation, type SearchReply, type TextReply, textPart } from "../../searching.ts";
import type { Answer } from "../dialect.ts";
import { invalid } from "./errors.ts";

const TYPES = ["web_search_20250305", "web_search_20260209", "web_search_20260318"];
const FIELDS =
  "type name max_uses allowed_domains blocked_domains user_location cache_control defer_loading strict allowed_callers".split(
    " ",
  );
const LOCATION = ["type", "city", "region", "country", "timezone"];
const WITHOUT = /(^|\.)claude-(2|instant|3-(opus|sonnet|haiku))/;

export const isSearchTool = ({ type }: Fields): boolean => /^web_search_/.test(textOf(type) ?? "");

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool */
export function validateSearchTool(tool: Fields, at: string, exchange: Exchange): Failure | undefined {
  const type = String(tool["type"]);
  const { baseModel: model, host } = exchange;
  // Bedrock has no search, and Google's cloud only the first. https://platform.claude.com/docs/en/build-with-claude/overview
  const known = host === "bedrock" ? [] : host === "vertex" ? TYPES.slice(0, 1) : TYPES;
  if (!known.includes(type)) {
    const expected = ["bash_20250124", "custom", "text_editor_20250728", ...known]
      .map((name) => `'${name}'`)
      .join(", ");
    return invalid(
      `${at}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${expected}`,
    );
  }
  if (WITHOUT.test(model)) return invalid(`'${model}' does not support tool types: ${type}.`);
  return validateFields(tool, `${at}.${type}`);
}

function validateFields(tool: Fields, at: string): Failure | undefined {
  const inclusion = tool["type"] === "web_search_20260318" ? ["response_inclusion"] : [];
  const extra = Object.keys(tool).find((name) => ![...FIELDS, ...inclusion].includes(name));
  if (extra !== undefined) return invalid(`${at}.${extra}: Extra inputs are not permitted`);
  if (tool["name"] !== "web_search") return invalid(`${at}.name: Input should be 'web_search'`);
  const most = tool["max_uses"];
  if (!isAbsent(most) && !(Number.isInteger(most) && Number(most) > 0))
    return invalid(`${at}.max_uses: Input should be greater than 0`);
  if (listOf(tool["allowed_domains"]).length > 0 && listOf(tool["blocked_domains"]).length > 0)
    return invalid(`${at}: Only one of allowed_domains or blocked_domains may be set.`);
  return isAbsent(tool["user_location"]) ? undefined : validateLocation(fieldsOf(tool["user_location"]), at);
}

function validateLocation(location: Fields, at: string): Failure | undefined {
  const extra = Object.keys(location).find((name) => !LOCATION.includes(name));
  if (extra !== undefined) return invalid(`${at}.user_location.${extra}: Extra inputs are not permitted`);
  if (location["type"] !== "approximate") return invalid(`${at}.user_location.type: Input should be 'approximate'`);
  const country = location["country"];
  if (isAbsent(country) || /^[A-Za-z]{2}$/.test(String(country))) return undefined;
  return invalid(`${at}.user_location.country: String should have at most 2 characters`);
}

const CONTENT = { scope: "anthropic search", content: "" };
const INDEX = { scope: "anthropic citation", content: "" };
const DIRECT = { type: "direct" };

/** The call, and what was found. */
export function searchBlocks({ id, query, pages, error }: SearchReply, { reply }: Answer): readonly Fields[] {
  const wireId = `srvtoolu_01${id}`;
  const found = pages.map(({ url, title, text }) => ({
    type: "web_search_result",
    title,
    url,
    encrypted_content: seal(CONTENT, reply.seed + text),
    page_age: null,
  }));
  const content = error === undefined ? found : { type: "web_search_tool_result_error", error_code: error };
  return [
    { type: "server_tool_use", id: wireId, name: "web_search", input: { query }, caller: DIRECT },
    { type: "web_search_tool_result", tool_use_id: wireId, content, caller: DIRECT },
  ];
}

export function citation({ url, title, quote }: Citation, { reply }: Answer): Fields {
  const encrypted_index = seal(INDEX, reply.seed + url + quote);
  return { type: "web_search_result_location", cited_text: quote.slice(0, 150), url, title, encrypted_index };
}

/** Each cited place is a block of its own, which goes on to where the next begins. */
export function citedBlocks(part: TextReply): readonly TextReply[] {
  const { text, citations } = part;
  if (citations.length === 0) return [part];
  const starts = [...new Set([0, ...citations.map(({ start }) => start)])];
  return starts.map((start, at) => {
    const end = starts[at + 1] ?? text.length;
    const own = citations.filter((one) => one.start === start);
    return textPart(text.slice(start, end), own);
  });
}

/** Failed searches are not billed. */
export function toldSearches({ reply }: Answer): Fields {
  const done = reply.parts.filter((part) => part.type === "search" && part.error === undefined).length;
  return done === 0 ? {} : { server_tool_use: { web_search_requests: done, web_fetch_requests: 0 } };
}

const CALL_FIELDS = new Set(["type", "id", "name", "input", "cache_control", "caller"]);
const RESULT_FIELDS = new Set(["type", "tool_use_id", "content", "cache_control", "caller"]);
const PAGE_FIELDS = new Set(["type", "url", "title", "encrypted_content", "page_age"]);

const isSearchCall = ({ type, name }: Fields): boolean => type === "server_tool_use" && name === "web_search";
const isSearchResult = ({ type }: Fields): boolean => type === "web_search_tool_result";

/** Searches of an earlier answer, as they were given out: nobody else can make what is encrypted in them. */
export function validateSearches(blocks: readonly Fields[], index: number, isLast: boolean): Failure | undefined {
  const called = new Set<string>();
  const answered = new Set(blocks.filter(isSearchResult).map((block) => String(block["tool_use_id"])));
  for (const [at, block] of blocks.entries()) {
    const path = `messages.${index}.content.${at}`;
    if (isSearchCall(block)) called.add(String(block["id"]));
    const failure =
      validateCall(block, path, isLast ? undefined : answered) ??
      validateResult(block, path, called) ??
      validateCited(block, path);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function extraIn(block: Fields, known: ReadonlySet<string>, path: string): Failure | undefined {
  const extra = Object.keys(block).find((name) => !known.has(name));
  return extra === undefined ? undefined : invalid(`${path}.${extra}: Extra inputs are not permitted`);
}

/** `answered` is undefined where the turn may go on with the results. */
function validateCall(block: Fields, path: string, answered: ReadonlySet<string> | undefined): Failure | undefined {
  if (!isSearchCall(block)) return undefined;
  const id = String(block["id"]);
  if (!/^srvtoolu_[a-zA-Z0-9_]+$/.test(id))
    return invalid(`${path}.server_tool_use.id: String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'`);
  if (answered?.has(id) === false)
    return invalid(
      `${path.replace(/\.content.*/, "")}: \`web_search\` tool use with id \`${id}\` was found without a corresponding \`web_search_tool_result\` block`,
    );
  return extraIn(block, CALL_FIELDS, `${path}.server_tool_use`);
}

function validateResult(block: Fields, path: string, called: ReadonlySet<string>): Failure | undefined {
  if (!isSearchResult(block)) return undefined;
  const id = String(block["tool_use_id"]);
  if (!called.has(id))
    return invalid(
      `${path}: unexpected \`tool_use_id\` found in \`web_search_tool_result\` blocks: ${id}. Each \`web_search_tool_result\` block must have a corresponding \`server_tool_use\` block before it.`,
    );
  for (const [at, page] of listOf(block["content"]).map(fieldsOf).entries()) {
    const failure = extraIn(page, PAGE_FIELDS, `${path}.web_search_tool_result.content.${at}`);
    if (failure !== undefined) return failure;
    if (!isSealed(CONTENT, textOf(page["encrypted_content"]) ?? ""))
      return invalid(`${path}: Invalid \`encrypted_content\` in \`search_result\` block`);
  }
  return extraIn(block, RESULT_FIELDS, `${path}.web_search_tool_result`);
}

function validateCited(block: Fields, path: string): Failure | undefined {
  if (block["type"] !== "text") return undefined;
  const ofPages = listOf(block["citations"])
    .map(fieldsOf)
    .filter(({ type }) => type === "web_search_result_location");
  const isForged = ofPages.some((cited) => !isSealed(INDEX, textOf(cited["encrypted_index"]) ?? ""));
  return isForged ? invalid(`${path}: Invalid \`encrypted_index\` in \`web_search_result_location\``) : undefined;
}
