import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Part, TextPart, ToolResultPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { compact, objectOf, readArray, readString, stringOf } from "../../json/read.ts";
import { compressionWish, withWish } from "../shared/compression-wish.ts";
import { openToolCallId } from "../shared/envelope.ts";
import { toolCallsById } from "../shared/tools.ts";
import { assistantParts } from "./decode-assistant.ts";
import { decodeCache, decodeContent, isTextOnly, withCache } from "./decode-content.ts";
import { CLIENT_ORIGIN } from "./wire.ts";

export interface Conversation {
  readonly instructions: readonly TextPart[];
  readonly messages: readonly Message[];
}

/** Leading system and developer messages are the instructions; one that names a participant is a message like any other. */
export function decodeMessages(value: JsonValue | undefined): Conversation {
  const list = readArray(value, "messages");
  if (list === undefined) throw invalidRequest("'messages' is required.", "messages");
  const wire = list.map((message, index) => {
    if (isObject(message)) return message;
    throw invalidRequest(`'messages[${index}]' must be an object.`, `messages[${index}]`);
  });
  const first = wire.findIndex((message) => !isInstruction(message));
  const lead = first < 0 ? wire : wire.slice(0, first);
  const instructions = lead.flatMap((message, index) => systemText(message, `messages[${index}]`));
  const messages = wire.slice(lead.length).map((message, index) => decodeMessage(message, lead.length + index, wire));
  return { instructions, messages: markTextResults(mergeToolMessages(messages)) };
}

function isInstruction(message: JsonObject): boolean {
  const system = message["role"] === "system" || message["role"] === "developer";
  return system && typeof message["name"] !== "string" && isTextOnly(message["content"]);
}

function systemText(message: JsonObject, path: string): readonly TextPart[] {
  const texts = messageContent(message, path).filter((part) => part.type === "text");
  return withWish(texts, compressionWish(message, path));
}

function decodeMessage(message: JsonObject, index: number, all: readonly JsonObject[]): Message {
  const decoded = plainMessage(message, index, all);
  const wish = compressionWish(message, `messages[${index}]`);
  return wish === undefined ? decoded : { ...decoded, content: withWish(decoded.content, wish) };
}

function plainMessage(message: JsonObject, index: number, all: readonly JsonObject[]): Message {
  const path = `messages[${index}]`;
  const role = readString(message["role"], `${path}.role`);
  const name = readString(message["name"], `${path}.name`);
  switch (role) {
    case "system":
    case "developer":
      return compact({ role: "system", content: messageContent(message, path), name });
    case "user":
      return compact({ role: "user", content: messageContent(message, path), name });
    case "assistant":
      return compact({ role: "assistant", content: assistantContent(message, index), name });
    case "tool":
      return { role: "tool", content: [toolResult(message, path)] };
    case "function":
      return { role: "tool", content: [legacyResult(message, index, all)] };
    default:
      throw invalidRequest(`'${path}.role' must be system, developer, user, assistant or tool.`, `${path}.role`);
  }
}

/** A breakpoint on the whole message, which OpenRouter accepts too, is one on its last part. */
function messageContent(message: JsonObject, path: string): readonly Part[] {
  return withLastCache(decodeContent(message["content"], `${path}.content`), message);
}

function withLastCache(parts: readonly Part[], message: JsonObject): readonly Part[] {
  const cache = decodeCache(message);
  return parts.map((part, index) => (index === parts.length - 1 ? withCache(part, cache) : part));
}

function assistantContent(message: JsonObject, index: number): readonly Part[] {
  const path = `messages[${index}]`;
  const { content, tool_calls } = message;
  if (typeof content !== "string") readArray(content, `${path}.content`);
  readArray(tool_calls, `${path}.tool_calls`);
  return withLastCache(assistantParts(message, { origin: CLIENT_ORIGIN, path, idPrefix: `call_${index}` }), message);
}

/** The result's breakpoint may stand on the message or on the last piece of its content: both mean the same place. */
function toolResult(message: JsonObject, path: string): ToolResultPart {
  const wireId = readString(message["tool_call_id"], `${path}.tool_call_id`);
  if (wireId === undefined) throw invalidRequest(`'${path}.tool_call_id' is required.`, `${path}.tool_call_id`);
  const said = message["content"];
  // An empty result has no parts, as in dialects where content may be absent.
  const parts = said === "" ? [] : decodeContent(said, `${path}.content`);
  const cache = parts.at(-1)?.cache;
  const content = parts.map((part, index) => (index === parts.length - 1 ? withoutCache(part) : part));
  return compact({
    type: "tool-result",
    callId: openToolCallId(wireId).id,
    name: readString(message["name"], `${path}.name`),
    content,
    cache: decodeCache(message) ?? cache,
  });
}

function withoutCache(part: Part): Part {
  const { cache: _, ...bare } = part;
  return bare;
}

/** A `function` message answers the nearest earlier `function_call` of that name; those have no ids. */
function legacyResult(message: JsonObject, index: number, all: readonly JsonObject[]): ToolResultPart {
  const name = readString(message["name"], `messages[${index}].name`);
  const call = all
    .slice(0, index)
    .findLastIndex((earlier) => stringOf(objectOf(earlier["function_call"])?.["name"]) === name);
  return compact({
    type: "tool-result",
    callId: `call_${call < 0 ? index : call}_0`,
    name,
    content: messageContent(message, `messages[${index}]`),
  });
}

/** The wire does not say which results answer custom tools; their calls do. */
function markTextResults(messages: readonly Message[]): readonly Message[] {
  const calls = toolCallsById(messages);
  const mark = (part: Part): Part =>
    part.type === "tool-result" && calls.get(part.callId)?.input === "text" ? { ...part, input: "text" } : part;
  return messages.map((message) =>
    message.role === "tool" ? { ...message, content: message.content.map(mark) } : message,
  );
}

/** Results that follow one another answer one turn and are one message. */
function mergeToolMessages(messages: readonly Message[]): readonly Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (message.role !== "tool" || last?.role !== "tool") merged.push(message);
    else merged[merged.length - 1] = { role: "tool", content: [...last.content, ...message.content] };
  }
  return merged;
}
