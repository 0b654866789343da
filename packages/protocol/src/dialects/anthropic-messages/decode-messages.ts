import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Part, TextPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { readArray } from "../../json/read.ts";
import { compressionWish, withoutWish, withWish } from "../shared/compression-wish.ts";
import type { BlockContext } from "./block-context.ts";
import { decodeContent } from "./decode-blocks.ts";
import { CLIENT_ORIGIN, DIALECT, MESSAGE_FIELDS, unknownFields } from "./wire.ts";

export const CLIENT_BLOCKS: BlockContext = { origin: CLIENT_ORIGIN, from: "client" };

/** `system`: a string or text blocks. */
export function decodeSystem(value: JsonValue | undefined): readonly TextPart[] {
  return decodeContent(value, CLIENT_BLOCKS, "system").map((part, index) => {
    if (part.type === "text") return part;
    throw invalidRequest("'system' takes text blocks only.", `system[${index}]`);
  });
}

export interface DecodedMessages {
  /** Text of system messages that stand before all others. */
  readonly leading: readonly TextPart[];
  readonly messages: readonly Message[];
}

export function decodeMessages(value: JsonValue | undefined): DecodedMessages {
  const leading: TextPart[] = [];
  const messages: Message[] = [];
  for (const [index, wire] of (readArray(value, "messages") ?? []).entries()) {
    const path = `messages[${index}]`;
    if (!isObject(wire)) throw invalidRequest(`'${path}' must be an object.`, path);
    const decoded = decodeMessage(wire, path);
    const text = messages.length === 0 ? leadingText(decoded) : undefined;
    if (text === undefined) messages.push(...decoded);
    else leading.push(...text);
  }
  return { leading, messages };
}

function leadingText(messages: readonly Message[]): readonly TextPart[] | undefined {
  if (messages.some((message) => message.role !== "system")) return undefined;
  const parts = messages.flatMap((message) => message.content);
  const texts = parts.filter((part) => part.type === "text");
  return texts.length === parts.length ? texts : undefined;
}

const MESSAGE_KEYS: ReadonlySet<string> = new Set(["role", "content"]);

function decodeMessage(wire: JsonObject, path: string): readonly Message[] {
  const blocks = withWish(
    decodeContent(wire["content"], CLIENT_BLOCKS, `${path}.content`),
    compressionWish(wire, path),
  );
  const content = [...blocks, ...messageFields(withoutWish(wire))];
  switch (wire["role"]) {
    case "user":
      return splitUser(content);
    case "assistant":
    case "system":
      return [{ role: wire["role"], content }];
    default:
      throw invalidRequest(`'${path}.role' must be 'user', 'assistant' or 'system'.`, `${path}.role`);
  }
}

function messageFields(wire: JsonObject): readonly Part[] {
  const fields = unknownFields(wire, MESSAGE_KEYS);
  if (fields === undefined) return [];
  return [{ type: "unknown", origin: { dialect: DIALECT }, value: { type: MESSAGE_FIELDS, ...fields } }];
}

/** Tool results stand in user messages on this wire and in `tool` messages of their own in the IR. */
function splitUser(content: readonly Part[]): readonly Message[] {
  const results = content.filter((part) => part.type === "tool-result");
  const rest = content.filter((part) => part.type !== "tool-result");
  const tool: readonly Message[] = results.length === 0 ? [] : [{ role: "tool", content: results }];
  const user: readonly Message[] = rest.length === 0 && results.length > 0 ? [] : [{ role: "user", content: rest }];
  return [...tool, ...user];
}
