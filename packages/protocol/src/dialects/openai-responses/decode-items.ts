import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Part, ReasoningPart, ToolCallPart } from "../../ir/parts.ts";
import { compact, objectsOf, stringOf } from "../../json/read.ts";
import { decodeContent } from "./decode-content.ts";
import { IMAGE_ITEM, imagePart } from "./image-items.ts";
import { SEARCH_ITEM, searchPart } from "./search-items.ts";
import { extensionOf, leftovers } from "./wire.ts";

const MESSAGE_FIELDS = new Set(["type", "id", "role", "content", "status"]);

/** What a message item says of itself goes to its first part: `phase` must come back with the text it stood on. */
export function messageParts(item: JsonObject, origin: Origin): Part[] {
  const parts = decodeContent(item["content"], origin);
  return parts.map((part, position) => asMessagePart(part, item, position));
}

export function asMessagePart(part: Part, item: JsonObject, position: number): Part {
  const id = stringOf(item["id"]);
  const about = position === 0 ? leftovers(item, MESSAGE_FIELDS) : undefined;
  const extension = about === undefined ? part.extension : extensionOf({ ...part.extension?.fields, item: about });
  const extended: Part = extension === undefined ? part : { ...part, extension };
  return extended.type === "text" && id !== undefined ? { ...extended, id } : extended;
}

const REASONING_FIELDS = new Set(["type", "id", "summary", "content", "encrypted_content", "status"]);

/** One part per summary and per piece of content; the encrypted value stands on the last of them. */
export function reasoningParts(item: JsonObject, origin: Origin): ReasoningPart[] {
  const texts = [
    ...objectsOf(item["summary"]).map((piece) => ({ form: "summary", text: stringOf(piece["text"]) ?? "" }) as const),
    ...objectsOf(item["content"]).map((piece) => ({ form: "full", text: stringOf(piece["text"]) ?? "" }) as const),
  ];
  const shown = texts.length === 0 ? [{ form: "redacted", text: "" } as const] : texts;
  const opaque = reasoningOpaque(item, origin);
  return shown.map((text, position) =>
    compact({
      type: "reasoning",
      ...text,
      id: stringOf(item["id"]),
      opaque: position === shown.length - 1 ? opaque : undefined,
      extension: position === 0 ? reasoningExtension(item) : undefined,
    }),
  );
}

export function reasoningOpaque(item: JsonObject, origin: Origin): ReasoningPart["opaque"] {
  const data = stringOf(item["encrypted_content"]);
  return data === undefined || data === "" ? undefined : compact({ origin, data, id: stringOf(item["id"]) });
}

export function reasoningExtension(item: JsonObject): ReasoningPart["extension"] {
  const about = leftovers(item, REASONING_FIELDS);
  return about === undefined ? undefined : extensionOf({ item: about });
}

/** `parsed_arguments` is what the openai SDK adds to the items that it hands out. */
const CALL_FIELDS = new Set([
  ...["type", "id", "call_id", "name", "namespace", "arguments", "input", "status", "parsed_arguments"],
]);

/** A `function_call` or `custom_tool_call`. `fallbackId` is for servers that give their calls no id. */
export function callPart(item: JsonObject, fallbackId: string): ToolCallPart {
  const custom = item["type"] === "custom_tool_call";
  return compact({
    type: "tool-call",
    id: stringOf(item["call_id"]) ?? stringOf(item["id"]) ?? fallbackId,
    name: stringOf(item["name"]) ?? "",
    namespace: stringOf(item["namespace"]),
    arguments: stringOf(item[custom ? "input" : "arguments"]) ?? "",
    input: custom ? "text" : undefined,
    itemId: stringOf(item["id"]),
    extension: extensionOf(leftovers(item, CALL_FIELDS)),
  });
}

export const isCall = (item: JsonObject): boolean =>
  item["type"] === "function_call" || item["type"] === "custom_tool_call";

/** The parts of an item that a model made. */
export function outputItemParts(item: JsonObject, origin: Origin, fallbackId: string): readonly Part[] {
  if (isCall(item)) return [callPart(item, fallbackId)];
  switch (item["type"]) {
    case "message":
      return messageParts(item, origin);
    case "reasoning":
      return reasoningParts(item, origin);
    case IMAGE_ITEM:
      return [imagePart(item, origin)];
    case SEARCH_ITEM:
      return [searchPart(item, origin) ?? { type: "unknown", origin, value: item }];
    default:
      return [{ type: "unknown", origin, value: item }];
  }
}
