import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Part, ReasoningPart, ToolResultPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { objectOf, readObject, readString, stringOf } from "../../json/read.ts";
import { compressionWish, withWish } from "../shared/compression-wish.ts";
import { syntheticCallId } from "../shared/synthetic-ids.ts";
import { decodeCall, decodeMedia, decodeResult, decodeText } from "./decode-parts.ts";
import { type OpenedSignature, openSignature } from "./thought-signatures.ts";
import { fieldsOf, listOf, readMessage } from "./wire.ts";

/** Values that a client of this dialect replays, without telling which provider made them. */
const ORIGIN: Origin = { dialect: "gemini" };

/** The calls that no result has answered yet, and how many ids have been made for calls and results without one. */
interface OpenCalls {
  readonly calls: { readonly id: string; readonly name: string }[];
  made: number;
}

export function decodeContents(contents: JsonValue | undefined): readonly Message[] {
  const open: OpenCalls = { calls: [], made: 0 };
  return oneTurnEach(
    listOf(contents).flatMap((content, at) => decodeContent(content, { path: `contents[${at}]`, open })),
  );
}

/**
 * Google's SDKs keep the chunks of a streamed turn as contents of their own: neighbours of the model are one turn. Other
 * dialects would see calls apart from their results.
 */
function oneTurnEach(messages: readonly Message[]): readonly Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role === "assistant" && last?.role === "assistant") {
      turns[turns.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else turns.push(message);
  }
  return turns;
}

interface Place {
  readonly path: string;
  readonly open: OpenCalls;
}

const ROLES = new Map<string, Message["role"]>([
  ["user", "user"],
  ["function", "user"],
  ["tool", "user"],
  ["model", "assistant"],
  ["assistant", "assistant"],
  ["system", "system"],
]);

function decodeContent(content: JsonValue, place: Place): readonly Message[] {
  const message = typeof content === "string" ? { parts: [content] } : readMessage(content, place.path);
  const roleName = readString(message?.["role"], `${place.path}.role`) ?? "user";
  const role = ROLES.get(roleName === "" ? "user" : roleName.toLowerCase());
  if (role === undefined) throw invalidRequest(`'${place.path}.role' must be 'user' or 'model'.`, `${place.path}.role`);
  const wire = listOf(message?.["parts"]).map((part, at) => readPart(part, `${place.path}.parts[${at}]`));
  const parts: Part[] = [];
  for (const part of wire) {
    if (wire.length === 1 || !isEmptyText(part)) addPart(parts, part, place.open);
  }
  return byRole(role, withWish(parts, compressionWish(message ?? {}, place.path)));
}

/** Some clients keep the empty text that ends a stream. */
const isEmptyText = (part: JsonObject): boolean => part["text"] === "" && Object.keys(part).length === 1;

function readPart(part: JsonValue, path: string): JsonObject {
  if (typeof part === "string") return { text: part };
  const fields = readMessage(part, path) ?? {};
  readString(fields["text"], `${path}.text`);
  readString(fields["thoughtSignature"], `${path}.thoughtSignature`);
  for (const key of ["inlineData", "fileData", "functionCall", "functionResponse"]) {
    readObject(fields[key], `${path}.${key}`);
  }
  return fields;
}

/** Tool results stand in messages of their own; the order of a content's parts is kept. */
function byRole(role: Message["role"], parts: readonly Part[]): readonly Message[] {
  const messages: { role: Message["role"]; content: Part[] }[] = [];
  for (const part of parts) {
    const own = part.type === "tool-result" ? "tool" : role;
    const last = messages.at(-1);
    if (last?.role === own) last.content.push(part);
    else messages.push({ role: own, content: [part] });
  }
  return messages;
}

function addPart(parts: Part[], part: JsonObject, open: OpenCalls): void {
  if (part["functionResponse"] !== undefined) {
    parts.push(answerCall(part, open));
    return;
  }
  if (isUnknown(part)) {
    parts.push({ type: "unknown", origin: ORIGIN, value: part });
    return;
  }
  const { opaque, reasoning }: OpenedSignature = openSignature(stringOf(part["thoughtSignature"]), ORIGIN);
  insertReasoning(parts, reasoning);
  if (part["functionCall"] !== undefined) {
    const id = openCall(part, open);
    parts.push(decodeCall(part, id, opaque));
  } else if (isMedia(part)) {
    parts.push(decodeMedia(part, ORIGIN, opaque));
  } else {
    // A thought without a signature is marked as Gemini's too, so that it is not shown to another vendor's model.
    parts.push(decodeText(part, opaque ?? (part["thought"] === true ? { origin: ORIGIN, data: "" } : undefined)));
  }
}

/** Drafts of images, which Gemini marks as thoughts, are replayed to it and are no images to anyone else. */
const isUnknown = (part: JsonObject): boolean =>
  isMedia(part)
    ? part["thought"] === true
    : part["functionCall"] === undefined && part["text"] === undefined && !isSignatureOnly(part);

const isMedia = (part: JsonObject): boolean => part["inlineData"] !== undefined || part["fileData"] !== undefined;
const isSignatureOnly = (part: JsonObject): boolean =>
  Object.keys(part).every((key) => key === "thoughtSignature" || key === "thought");

/**
 * Carried reasoning goes before the text of its step: that is where the models that made it want it back. A client that
 * also returned the thought parts has it twice.
 */
function insertReasoning(parts: Part[], reasoning: readonly ReasoningPart[]): void {
  const start = parts.findLastIndex((part) => part.type === "tool-call" || part.type === "tool-result") + 1;
  const step = parts.splice(start);
  const thoughts = step.filter((part) => part.type === "reasoning");
  const added = reasoning.filter((part) => thoughts.every((thought) => thought.opaque?.data !== part.opaque?.data));
  const texts = new Set(added.map((part) => part.text));
  const isCopy = (part: Part) => part.type === "reasoning" && part.opaque?.data === "" && texts.has(part.text);
  parts.push(...added, ...step.filter((part) => !isCopy(part)));
}

function openCall(part: JsonObject, open: OpenCalls): string {
  const call = fieldsOf(objectOf(part["functionCall"]) ?? {});
  const name = stringOf(call["name"]) ?? "";
  const given = stringOf(call["id"]);
  const id = given === undefined || given === "" ? madeId(open) : given;
  open.calls.push({ id, name });
  return id;
}

function madeId(open: OpenCalls): string {
  open.made += 1;
  return syntheticCallId("", open.made - 1);
}

/** A result names its call by id; without one it answers the first open call of its name, else the first open call. */
function answerCall(part: JsonObject, open: OpenCalls): ToolResultPart {
  const response = fieldsOf(objectOf(part["functionResponse"]) ?? {});
  const id = stringOf(response["id"]) || undefined;
  const name = stringOf(response["name"]);
  const byId = open.calls.findIndex((call) => call.id === id);
  const byName = open.calls.findIndex((call) => call.name === name);
  const found = byId >= 0 ? byId : id !== undefined ? -1 : byName >= 0 ? byName : open.calls.length > 0 ? 0 : -1;
  const call = found < 0 ? undefined : open.calls.splice(found, 1)[0];
  return decodeResult(part, call?.id ?? id ?? madeId(open), ORIGIN);
}
