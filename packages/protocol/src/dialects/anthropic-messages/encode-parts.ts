import type { JsonObject } from "../../ir/json.ts";
import type { Part, TextPart, ToolResultPart } from "../../ir/parts.ts";
import { stringOf } from "../../json/read.ts";
import { encodeOwnCitations } from "./citations.ts";
import { type EncodeContext, finishBlock } from "./encode-context.ts";
import { encodeMedia } from "./encode-media.ts";
import { encodeSearch, encodeUnknown } from "./server-tools.ts";
import { MESSAGE_FIELDS } from "./wire.ts";

/** A lone plain text block is written as a string, which every look-alike takes too. */
export function contentOf(blocks: readonly JsonObject[]): string | readonly JsonObject[] {
  const [only, second] = blocks;
  const plain = only !== undefined && second === undefined && only["type"] === "text" && Object.keys(only).length === 2;
  return (plain ? stringOf(only["text"]) : undefined) ?? blocks;
}

/** The API rejects text blocks without a letter in them, so those are left out. */
export function encodeText(part: TextPart, context: EncodeContext): JsonObject[] {
  if (part.text.trim() === "") return [];
  const citations = encodeOwnCitations(part.citations, context.losses);
  const block = { type: "text", text: part.text, ...(citations.length === 0 ? {} : { citations }) };
  return [finishBlock(block, part, context)];
}

/** The blocks that may stand in user and system messages and in tool results. */
export function encodeParts(parts: readonly Part[], context: EncodeContext): JsonObject[] {
  return parts.flatMap((part) => encodePart(part, context));
}

function encodePart(part: Part, context: EncodeContext): JsonObject[] {
  switch (part.type) {
    case "text":
      return encodeText(part, context);
    case "refusal":
      return encodeText({ type: "text", text: part.text }, context);
    case "media":
      return listed(encodeMedia(part, context, (parts) => encodeParts(parts, context)));
    case "web-search":
      return encodeSearch(part, context);
    case "unknown":
      return isMessageFields(part) ? [] : listed(encodeUnknown(part, context));
    case "tool-result":
      return [encodeToolResult(part, context)];
    case "reasoning":
    case "tool-call":
      context.losses.drop("misplaced-part", `A ${part.type} part stands where the Messages API takes none.`);
      return [];
  }
}

const listed = (block: JsonObject | undefined): JsonObject[] => (block === undefined ? [] : [block]);

function encodeToolResult(part: ToolResultPart, context: EncodeContext): JsonObject {
  const content = contentOf(encodeParts(part.content, context));
  const block: JsonObject = {
    type: "tool_result",
    tool_use_id: part.callId,
    ...(content.length === 0 ? {} : { content }),
    ...(part.isError === undefined ? {} : { is_error: part.isError }),
  };
  return finishBlock(block, part, context);
}

export function isMessageFields(part: Part): boolean {
  return part.type === "unknown" && part.value["type"] === MESSAGE_FIELDS;
}
