import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Part, TextPart, ToolCallPart, ToolResultPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { compact, entryOf, readArray, readString, stringOf } from "../../json/read.ts";
import { compressionWish, withoutWish, withWish } from "../shared/compression-wish.ts";
import { openToolCallId } from "../shared/envelope.ts";
import { decodeContent } from "./decode-content.ts";
import { callPart, messageParts } from "./decode-items.ts";
import { replayedReasoning } from "./decode-reasoning.ts";
import { IMAGE_ITEM, imageItem, imagePart } from "./image-items.ts";
import { SEARCH_ITEM, searchPart } from "./search-items.ts";
import { CLIENT_ORIGIN, extensionOf, isClientItemType, isContentType, leftovers } from "./wire.ts";

export interface DecodedInput {
  readonly instructions: readonly TextPart[];
  readonly messages: readonly Message[];
}

interface Turn {
  readonly role: Message["role"] | "instructions";
  readonly content: Part[];
}

/** `input` is a text or a list of items; items of one speaker become one message, so that calls stand beside each other. */
export function decodeInput(input: JsonValue | undefined): DecodedInput {
  if (input === undefined || input === null) return { instructions: [], messages: [] };
  if (typeof input === "string") return decodeInput([{ type: "message", role: "user", content: input }]);
  const turns: Turn[] = [];
  for (const [position, item] of (readArray(input, "input") ?? []).entries()) {
    const path = `input[${position}]`;
    if (!isObject(item)) throw invalidRequest(`'${path}' must be an object.`, path);
    append(turns, decodeItem(item, { path, leading: turns.every((turn) => turn.role === "instructions") }));
  }
  return {
    instructions: turns.flatMap((turn) => (turn.role === "instructions" ? turn.content : [])).filter(isText),
    messages: turns.flatMap(({ role, content }) => (role === "instructions" ? [] : [{ role, content }])),
  };
}

const isText = (part: Part): part is TextPart => part.type === "text";

/** Only the model's items and tool results run on into one message; a second text without an id begins a new item. */
function append(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  const joins =
    last !== undefined &&
    last.role === turn.role &&
    (turn.role === "tool" || (turn.role === "assistant" && !(endsLoose(last.content) && startsLoose(turn.content))));
  if (joins) last.content.push(...turn.content);
  else turns.push(turn);
}

const endsLoose = (content: readonly Part[]): boolean => isLoose(content.at(-1));
const startsLoose = (content: readonly Part[]): boolean => isLoose(content[0]);

/** Message content that carries no item id: nothing but the message's border keeps it apart from its neighbour. */
function isLoose(part: Part | undefined): boolean {
  switch (part?.type) {
    case "text":
      return part.id === undefined;
    case "refusal":
      return true;
    case "media":
      return imageItem(part) === undefined && part.opaque === undefined;
    case "unknown":
      return isContentType(part.value["type"]);
    default:
      return false;
  }
}

interface ItemContext {
  readonly path: string;
  readonly leading: boolean;
}

function decodeItem(item: JsonObject, context: ItemContext): Turn {
  const type = readString(item["type"], `${context.path}.type`) ?? "message";
  const wish = compressionWish(item, context.path);
  const bare = withoutWish(item);
  const turn = entryOf(ITEMS, type)?.(bare, context) ?? unknownItem(bare, type);
  return { role: turn.role, content: [...withWish(turn.content, wish)] };
}

/** One handler per item type that the IR has words for. */
const ITEMS: Readonly<Record<string, (item: JsonObject, context: ItemContext) => Turn | undefined>> = {
  message: decodeMessage,
  [IMAGE_ITEM]: (item) => ({ role: "assistant", content: [imagePart(item, CLIENT_ORIGIN)] }),
  [SEARCH_ITEM]: decodeSearch,
  reasoning: (item) => ({ role: "assistant", content: [...replayedReasoning(item)] }),
  function_call: decodeCall,
  custom_tool_call: decodeCall,
  function_call_output: decodeOutput,
  custom_tool_call_output: decodeOutput,
};

function unknownItem(item: JsonObject, type: string): Turn {
  const part: Part = { type: "unknown", origin: CLIENT_ORIGIN, value: item };
  return { role: isClientItemType(type) ? "user" : "assistant", content: [part] };
}

const ROLES: Readonly<Record<string, Message["role"]>> = {
  user: "user",
  assistant: "assistant",
  system: "system",
  developer: "system",
};

function decodeMessage(item: JsonObject, { path, leading }: ItemContext): Turn | undefined {
  const role = entryOf(ROLES, readString(item["role"], `${path}.role`));
  const content = item["content"];
  if (typeof content !== "string") checkPieces(readArray(content, `${path}.content`) ?? [], `${path}.content`);
  if (role === undefined || !isKnownContent(content)) return undefined;
  const parts = messageParts(item, CLIENT_ORIGIN);
  if (role === "system" && leading && parts.every(isText)) return { role: "instructions", content: parts };
  return { role, content: parts };
}

function checkPieces(pieces: readonly JsonValue[], path: string): void {
  for (const [position, piece] of pieces.entries()) {
    const at = `${path}[${position}]`;
    if (!isObject(piece)) throw invalidRequest(`'${at}' must be an object.`, at);
    readString(piece["text"], `${at}.text`);
  }
}

/** Content of a type that could not be told from an item later keeps its whole message unknown. */
function isKnownContent(content: JsonValue | undefined): boolean {
  return !Array.isArray(content) || content.every((piece) => isObject(piece) && isContentType(piece["type"]));
}

function decodeCall(item: JsonObject, { path }: ItemContext): Turn {
  const wireId = readString(item["call_id"], `${path}.call_id`);
  if (wireId === undefined) throw invalidRequest(`'${path}.call_id' is required.`, `${path}.call_id`);
  if (readString(item["name"], `${path}.name`) === undefined) {
    throw invalidRequest(`'${path}.name' is required.`, `${path}.name`);
  }
  const field = item["type"] === "custom_tool_call" ? "input" : "arguments";
  readString(item[field], `${path}.${field}`);
  const { id, carried } = openToolCallId(wireId);
  const opaque = carried.find((value) => value.of === "tool-call")?.opaque;
  const call: ToolCallPart = { ...callPart(item, wireId), id };
  return { role: "assistant", content: [opaque === undefined ? call : { ...call, opaque }] };
}

function decodeSearch(item: JsonObject): Turn | undefined {
  const part = searchPart(item, CLIENT_ORIGIN);
  return part === undefined ? undefined : { role: "assistant", content: [part] };
}

const OUTPUT_FIELDS = new Set(["type", "call_id", "output", "status"]);

/** An output without a call id (they exist for named, asynchronous tools) stays unknown. */
function decodeOutput(item: JsonObject, { path }: ItemContext): Turn | undefined {
  const wireId = readString(item["call_id"], `${path}.call_id`);
  if (wireId === undefined) return undefined;
  const output = item["output"];
  if (typeof output !== "string") checkPieces(readArray(output, `${path}.output`) ?? [], `${path}.output`);
  const result: ToolResultPart = compact({
    type: "tool-result",
    callId: openToolCallId(wireId).id,
    name: stringOf(item["name"]),
    content: output === "" ? [] : decodeContent(output, CLIENT_ORIGIN),
    input: item["type"] === "custom_tool_call_output" ? "text" : undefined,
    extension: extensionOf(leftovers(item, OUTPUT_FIELDS)),
  });
  return { role: "tool", content: [result] };
}
