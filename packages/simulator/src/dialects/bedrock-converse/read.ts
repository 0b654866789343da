import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, listOf, parseJson, textOf } from "../../json.ts";
import {
  describeBase64,
  describeUrl,
  type OutputWish,
  type RequestView,
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
    thinking: readThinking(fieldsOf(body["additionalModelRequestFields"])),
  };
}

export const blocksOf = (content: unknown): readonly Fields[] => listOf(content).map(fieldsOf);
export const isToolUse = (block: Fields): boolean => block["toolUse"] !== undefined;
export const isToolResult = (block: Fields): boolean => block["toolResult"] !== undefined;

function readPrefill(last: Fields | undefined): Pick<RequestView, "prefill"> {
  const blocks = blocksOf(last?.["content"]);
  if (last?.["role"] !== "assistant" || blocks.some(isToolUse)) return {};
  return { prefill: textsOf(blocks).join("") };
}

function readMessage({ role, content }: Fields): readonly Turn[] {
  const blocks = blocksOf(content);
  if (role === "assistant") return [{ role: "assistant", calls: blocks.filter(isToolUse).length }];
  return role === "user" ? readUser(blocks) : [];
}

function readUser(blocks: readonly Fields[]): readonly Turn[] {
  const results = blocks.filter(isToolResult).map((block) => readResult(fieldsOf(block["toolResult"])));
  const others = blocks.filter((block) => !isToolResult(block) && block["cachePoint"] === undefined);
  const turns: Turn[] = [];
  if (results.length > 0) turns.push({ role: "tool", results });
  if (others.length > 0) turns.push({ role: "user", texts: textsOf(others), media: mediaOf(others) });
  return turns;
}

function readResult(result: Fields): ToolResult {
  const content = blocksOf(result["content"]);
  const json = content.filter((block) => block["json"] !== undefined).map((block) => JSON.stringify(block["json"]));
  return {
    id: textOf(result["toolUseId"]) ?? "",
    text: [...textsOf(content), ...json].join("\n"),
    media: mediaOf(content),
  };
}

const textsOf = (blocks: readonly Fields[]): readonly string[] =>
  blocks
    .map((block) => textOf(block["text"]) ?? textOf(fieldsOf(fieldsOf(block["guardContent"])["text"])["text"]))
    .filter((text) => text !== undefined);

const MEDIA = ["image", "document", "video", "audio"] as const;

function mediaOf(blocks: readonly Fields[]): readonly string[] {
  return blocks.flatMap((block) =>
    MEDIA.filter((kind) => block[kind] !== undefined).map((kind) => describe(kind, fieldsOf(block[kind]))),
  );
}

/** The types of documents that the API names by their endings. */
const TYPES: Readonly<Record<string, string>> = { pdf: "application/pdf", txt: "text/plain" };

function describe(kind: string, { format, source }: Fields): string {
  const { bytes, s3Location, content } = fieldsOf(source);
  if (content !== undefined) return `document of ${blocksOf(content).length} blocks`;
  if (s3Location !== undefined) return describeUrl(kind, textOf(fieldsOf(s3Location)["uri"]) ?? "");
  const type = TYPES[textOf(format) ?? ""] ?? `${kind}/${String(format)}`;
  return describeBase64(type, textOf(bytes) ?? "");
}

function readOutput(body: Fields): OutputWish {
  const { type, structure } = fieldsOf(fieldsOf(body["outputConfig"])["textFormat"]);
  if (type !== "json_schema") return { type: "text" };
  const schema = textOf(fieldsOf(fieldsOf(structure)["jsonSchema"])["schema"]) ?? "";
  return { type: "json", schema: fieldsOf(parseJson(schema)) };
}

function readThinking(fields: Fields): RequestView["thinking"] {
  const type = fieldsOf(fields["thinking"] ?? fields["reasoningConfig"])["type"];
  if (type === "enabled") return "always";
  return type === "disabled" ? "never" : "on-demand";
}
