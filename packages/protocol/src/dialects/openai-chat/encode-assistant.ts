import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { MediaPart, Part, ReasoningPart, ToolCallPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { compact } from "../../json/read.ts";
import { spokenWords } from "../shared/modalities.ts";
import { isReplayable, sameHouse } from "../shared/replay.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { wrapTextInput } from "../shared/tools.ts";
import { controlFields, encodeContent, encodeContentPart } from "./encode-content.ts";
import type { Encoding } from "./encoding.ts";
import { detailOfPart, isPlainReasoning } from "./reasoning-details.ts";
import { isOwn, MADE_AUDIO_ID } from "./wire.ts";

/** An earlier answer, or undefined when nothing of it can be said to this endpoint. `media` must follow in another message. */
export interface EncodedAssistant {
  readonly message: JsonObject | undefined;
  readonly media: readonly MediaPart[];
}

export function encodeAssistant(message: Message, encoding: Encoding): EncodedAssistant {
  const { images, parts } = ownMedia(message.content, encoding);
  const calls = parts.filter((part) => part.type === "tool-call");
  reportOrder(parts, encoding);
  const text = parts.filter((part) => part.type === "text");
  const reasoning = replayedReasoning(parts, encoding);
  const fields = compact({
    content: contentField(text.length > 0 ? encodeContent(text, encoding) : null, reasoning.thinking),
    refusal: refusalText(parts),
    name: message.name,
    ...reasoning.fields,
    images: images.length === 0 ? undefined : images,
    audio: audioField(parts, encoding),
    tool_calls: calls.length > 0 ? calls.map((call) => encodeCall(call, encoding)) : undefined,
  });
  const empty = parts.length > 0 && Object.values(fields).every((value) => value === null || value === message.name);
  return {
    message: empty ? undefined : { role: "assistant", ...fields, content: emptyText(fields.content, fields) },
    media: movableMedia(parts, calls.length > 0, encoding),
  };
}

/** Nothing may stand between calls and their results. */
function movableMedia(parts: readonly Part[], beforeResults: boolean, { losses }: Encoding): readonly MediaPart[] {
  const media = parts.filter((part) => part.type === "media").filter((part) => !isKeptSound(part));
  if (media.length === 0) return media;
  if (!beforeResults) losses.adapt("assistant-media", "Media of an earlier answer were sent in a user message.");
  else losses.drop("assistant-media", "Media of an earlier answer were not sent, since tool results follow it.");
  return beforeResults ? [] : media;
}

/** `null` beside calls, as OpenAI documents it; a message without anything is the empty text that it was. */
function emptyText(content: JsonValue, { tool_calls, audio, refusal, images }: JsonObject): JsonValue {
  const elsewhere = [tool_calls, audio, refusal, images].some((field) => field !== undefined);
  return content === null && !elsewhere ? "" : content;
}

function contentField(content: JsonValue, thinking: readonly JsonObject[]): JsonValue {
  if (thinking.length === 0) return content;
  const text = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  return [...thinking, ...(Array.isArray(text) ? text : [])];
}

/** The wire has one place for text, before the calls. */
function reportOrder(parts: readonly Part[], { losses }: Encoding): void {
  const firstCall = parts.findIndex((part) => part.type === "tool-call");
  if (firstCall >= 0 && parts.slice(firstCall).some((part) => part.type === "text")) {
    losses.adapt("content-order", "Text that came after a tool call was sent before it.");
  }
}

function refusalText(parts: readonly Part[]): string | undefined {
  const texts = parts.filter((part) => part.type === "refusal").map((part) => part.text);
  return texts.length === 0 ? undefined : texts.join("\n");
}

interface Replayed {
  readonly fields: JsonObject;
  /** Mistral's chunks, which stand in `content`. */
  readonly thinking: readonly JsonObject[];
}

/** Thinking goes back to its maker only, and in the one place where this endpoint looks for it. */
function replayedReasoning(parts: readonly Part[], { target, quirks, losses }: Encoding): Replayed {
  const all = parts.filter((part) => part.type === "reasoning");
  const own = all.filter((part) => part.opaque !== undefined && isReplayable(part.opaque, target));
  const field = quirks.reasoningReplay ?? "none";
  if (own.length < all.length || (field === "none" && all.length > 0)) {
    losses.adapt("reasoning-replay", "Thinking of earlier turns was not sent to an endpoint that cannot use it.");
  }
  const text = own.map((part) => part.text).join("");
  const calls = parts.some((part) => part.type === "tool-call");
  switch (field) {
    case "none":
      return { fields: {}, thinking: [] };
    case "reasoning_details":
      return { fields: detailFields(own), thinking: [] };
    case "thinking": {
      const chunk = { type: "thinking", thinking: [{ type: "text", text }] };
      return { fields: {}, thinking: text === "" ? [] : [chunk] };
    }
    case "reasoning_content":
      // DeepSeek wants the field beside every call, also where there was no thinking or another model's.
      return { fields: text === "" && !calls ? {} : { [field]: text }, thinking: [] };
    case "reasoning":
      return { fields: text === "" ? {} : { [field]: text }, thinking: [] };
  }
}

/** Text that came without an entry has no entry to go back in, but `reasoning`. */
function detailFields(own: readonly ReasoningPart[]): JsonObject {
  const plain = own.filter(isPlainReasoning);
  const entries = own.filter((part) => !isPlainReasoning(part));
  return compact({
    reasoning: plain.length === 0 ? undefined : plain.map((part) => part.text).join(""),
    reasoning_details: entries.length === 0 ? undefined : entries.map(detailOfPart),
  });
}

/** An endpoint that makes pictures is shown its own in their place. What was said aloud is its words, where they are known. */
function ownMedia(content: readonly Part[], encoding: Encoding) {
  const draws = (encoding.quirks.imageOutput ?? "none") !== "none";
  const isOwnImage = (part: Part) => draws && part.type === "media" && part.kind === "image";
  const images = content.flatMap((part) => (isOwnImage(part) ? encodeContentPart(part, encoding) : []));
  const rest = content.filter((part) => !isOwnImage(part)).map((part) => inWords(part, encoding));
  return { images, parts: rest };
}

function inWords(part: Part, { losses }: Encoding): Part {
  const text = isKeptSound(part) ? undefined : spokenWords(part);
  if (text === undefined) return part;
  losses.adapt("assistant-audio", "What an earlier answer said aloud was sent as its words.");
  return { type: "text", text };
}

/** A sound that OpenAI knows by its id, if it is not too old. */
const isKeptSound = (part: Part): part is MediaPart & { readonly id: string } =>
  part.type === "media" && part.kind === "audio" && part.id !== undefined && !part.id.startsWith(MADE_AUDIO_ID);

function audioField(parts: readonly Part[], { target, losses }: Encoding): JsonValue | undefined {
  let audio: JsonValue | undefined;
  for (const part of parts) {
    if (isKeptSound(part)) audio = { id: part.id };
    if (part.type !== "unknown") continue;
    const own = sameHouse(part.origin, target);
    if (own && part.value["type"] === "audio") audio = part.value["audio"];
    else losses.drop("unknown-part", `A part of ${part.origin.dialect} has no equivalent in chat completions.`);
  }
  return audio;
}

function encodeCall(call: ToolCallPart, encoding: Encoding): JsonObject {
  const id = encoding.callId(call.id);
  const name = flatToolName(call);
  const extra = { ...extraContent(call, encoding), ...controlFields(call.cache, encoding) };
  if (call.input === "text" && encoding.quirks.customTools === true) {
    return { id, type: "custom", custom: { name, input: call.arguments }, ...extra };
  }
  const args = call.input === "text" ? wrapTextInput(call.arguments) : call.arguments;
  return { id, type: "function", function: { name, arguments: args === "" ? "{}" : args }, ...extra };
}

/** Google's thought signature of the call, see `callOpaque`. */
function extraContent({ opaque }: ToolCallPart, { target }: Encoding): JsonObject {
  if (opaque === undefined || !isOwn(opaque) || !isReplayable(opaque, target)) return {};
  return compact({ extra_content: parseJsonObject(opaque.data) });
}
