import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, textOf } from "../../json.ts";
import {
  describeBase64,
  describeUrl,
  type OutputWish,
  type RequestView,
  type SearchWish,
  type ToolResult,
  type Turn,
} from "../../request-view.ts";

export function read({ body }: Exchange): RequestView {
  const messages = listOf(body["messages"]).filter(isFields);
  const inside = messages.filter(({ role }) => role === "system").flatMap(({ content }) => textsOf(blocksOf(content)));
  return {
    system: [...textsOf(blocksOf(body["system"])), ...inside].join("\n"),
    turns: messages.flatMap(readMessage),
    ...readPrefill(messages.at(-1)),
    output: readOutput(body),
    search: readSearch(body),
    thinking: readThinking(fieldsOf(body["thinking"])),
  };
}

function readPrefill(last: Fields | undefined): Pick<RequestView, "prefill"> {
  const blocks = blocksOf(last?.["content"]);
  if (last?.["role"] !== "assistant" || blocks.some(isToolUse)) return {};
  return { prefill: textsOf(blocks).join("") };
}

/** String content is one text block. */
export function blocksOf(content: unknown): readonly Fields[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : listOf(content).map(fieldsOf);
}

function readMessage({ role, content }: Fields): readonly Turn[] {
  const blocks = blocksOf(content);
  if (role === "assistant") return [{ role: "assistant", calls: blocks.filter(isToolUse).length }];
  return role === "user" ? readUser(blocks) : [];
}

export const isToolUse = (block: Fields): boolean => block["type"] === "tool_use";
export const isToolResult = (block: Fields): boolean => block["type"] === "tool_result";

function readUser(blocks: readonly Fields[]): readonly Turn[] {
  const results = blocks.filter(isToolResult).map(readResult);
  const others = blocks.filter((block) => !isToolResult(block));
  const turns: Turn[] = [];
  if (results.length > 0) turns.push({ role: "tool", results });
  if (others.length > 0) turns.push({ role: "user", texts: textsOf(others), media: mediaOf(others) });
  return turns;
}

function readResult(block: Fields): ToolResult {
  const content = blocksOf(block["content"]);
  return { id: textOf(block["tool_use_id"]) ?? "", text: textsOf(content).join("\n"), media: mediaOf(content) };
}

const textsOf = (blocks: readonly Fields[]): readonly string[] =>
  blocks.map((block) => textOf(block["text"])).filter((text) => text !== undefined);

function mediaOf(blocks: readonly Fields[]): readonly string[] {
  return blocks.map(describe).filter((description) => description !== undefined);
}

function describe({ type, source }: Fields): string | undefined {
  if (type !== "image" && type !== "document") return undefined;
  const { type: kind, media_type, data, url, file_id, content } = fieldsOf(source);
  switch (kind) {
    case "base64":
      return describeBase64(textOf(media_type) ?? type, textOf(data) ?? "");
    case "text":
      return `text/plain ${Buffer.byteLength(textOf(data) ?? "")} bytes`;
    case "content":
      return `document of ${blocksOf(content).length} blocks`;
    default:
      return describeUrl(type, textOf(url ?? file_id) ?? "");
  }
}

function readOutput(body: Fields): OutputWish {
  const { type, schema } = fieldsOf(fieldsOf(body["output_config"])["format"] ?? body["output_format"]);
  return type === "json_schema" ? { type: "json", schema: fieldsOf(schema) } : { type: "text" };
}

function readThinking({ type }: Fields): RequestView["thinking"] {
  if (type === "enabled") return "always";
  return type === "disabled" ? "never" : "on-demand";
}

function readSearch(body: Fields): SearchWish | undefined {
  const tools = listOf(body["tools"]).map(fieldsOf);
  const tool = tools.find(({ type }) => textOf(type)?.startsWith("web_search_") === true);
  if (tool === undefined) return undefined;
  return {
    maxUses: numberOf(tool["max_uses"]),
    allowed: listOf(tool["allowed_domains"]).map(String),
    blocked: listOf(tool["blocked_domains"]).map(String),
  };
}
