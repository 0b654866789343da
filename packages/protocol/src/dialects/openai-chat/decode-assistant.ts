import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Citation, Part, ReasoningPart, TextPart, ToolCallPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { arrayOf, compact, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { type Carried, openEnvelope, openToolCallId } from "../shared/envelope.ts";
import { soundTypeOf } from "../shared/sound.ts";
import { annotationCitations } from "./citations.ts";
import { decodeCache, decodeContent, withCache } from "./decode-content.ts";
import { partOfCarried, partOfDetail } from "./reasoning-details.ts";
import { IMAGE_VALUES, MADE_AUDIO_ID, ownOpaque, stableJson } from "./wire.ts";

/** Whose message it is, and what stands for ids that it lacks. */
export interface AssistantSource {
  readonly origin: Origin;
  readonly path: string;
  readonly idPrefix: string;
}

/**
 * An assistant message, replayed by a client or answered by an upstream, in the order reasoning, content, refusal,
 * images, calls, audio: the wire says nothing of the order in which they came.
 */
export function assistantParts(message: JsonObject, source: AssistantSource): readonly Part[] {
  const calls = wireCalls(message, source);
  const images = imagesOf(message);
  const carried = [...images.flatMap((image) => image.carried), ...calls.flatMap((call) => call.carried)];
  const reasoning = reasoningParts(message, carried, source);
  const content = withTextValues(contentParts(message, source), carried);
  return [
    ...reasoning.leading,
    ...withCitations(content, annotationCitations(message["annotations"])),
    ...(typeof message["refusal"] === "string" && message["refusal"] !== ""
      ? [{ type: "refusal" as const, text: message["refusal"] }]
      : []),
    ...images.map((image) => image.part),
    ...calls.flatMap((call, index) => [...(reasoning.before.get(index) ?? []), call.part]),
    ...audioParts(message["audio"], source),
  ];
}

interface WireCall {
  readonly part: ToolCallPart;
  readonly carried: readonly Carried[];
}

function wireCalls(message: JsonObject, source: AssistantSource): readonly WireCall[] {
  const calls = objectsOf(message["tool_calls"]).map((call, index) =>
    wireCall(call, `${source.idPrefix}_${index}`, source),
  );
  const legacy = objectOf(message["function_call"]);
  if (legacy === undefined || calls.length > 0) return distinct(calls);
  return [wireCall({ function: legacy }, `${source.idPrefix}_0`, source)];
}

function wireCall(call: JsonObject, fallbackId: string, { origin }: AssistantSource): WireCall {
  const wireId = stringOf(call["id"]) ?? "";
  const { id, carried } = openToolCallId(wireId === "" ? fallbackId : wireId);
  const custom = objectOf(call["custom"]);
  const named = custom ?? objectOf(call["function"]) ?? {};
  const part: ToolCallPart = compact({
    type: "tool-call",
    id,
    name: stringOf(named["name"]) ?? "",
    arguments: argumentsText(custom === undefined ? named["arguments"] : custom["input"]),
    input: custom === undefined ? undefined : ("text" as const),
    opaque: carried.find((value) => value.of === "tool-call")?.opaque ?? callOpaque(call, origin),
  });
  return { part: withCache(part, decodeCache(call)), carried };
}

/** Text as it stands; an object, which some servers send, as its JSON. */
export function argumentsText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Google's compatible endpoint keeps the thought signature of a call here. https://ai.google.dev/gemini-api/docs/thought-signatures */
export function callOpaque(call: JsonObject, origin: Origin): ToolCallPart["opaque"] {
  const extra = objectOf(call["extra_content"]);
  return extra === undefined ? undefined : ownOpaque(origin, stableJson(extra));
}

/** Two calls of one answer that share an id are still two calls. */
function distinct(calls: readonly WireCall[]): readonly WireCall[] {
  const seen = new Set<string>();
  return calls.map((call, index) => {
    const id = seen.has(call.part.id) ? `${call.part.id}_${index}` : call.part.id;
    seen.add(id);
    return id === call.part.id ? call : { ...call, part: { ...call.part, id } };
  });
}

interface PlacedReasoning {
  readonly leading: readonly ReasoningPart[];
  /** By the index of the call before which it came. */
  readonly before: ReadonlyMap<number, readonly ReasoningPart[]>;
}

/**
 * `reasoning_details` first, else what the calls' ids carry, else plain text: each says the same again. An id also tells
 * before which call its reasoning came; that of the first call leads the message, as Anthropic demands.
 */
function reasoningParts(message: JsonObject, carried: readonly Carried[], source: AssistantSource): PlacedReasoning {
  const entries = objectsOf(message["reasoning_details"]);
  const details = entries.map((entry) => partOfDetail(entry, source.origin));
  const known = carried.filter((value) => value.of === "reasoning").map(partOfCarried);
  const plain = details.some((part) => part.text !== "") || known.length > 0;
  const parts = [...(plain ? [] : plainReasoning(message, source.origin)), ...fullest(details, known)];
  const before = new Map<number, readonly ReasoningPart[]>();
  for (const [index, call] of objectsOf(message["tool_calls"]).entries()) {
    if (index === 0) continue;
    const values = openToolCallId(stringOf(call["id"]) ?? "").carried.map((value) => value.opaque.data);
    const own = parts.filter((part) => part.opaque !== undefined && values.includes(part.opaque.data));
    if (own.length > 0) before.set(index, own);
  }
  const placed = new Set([...before.values()].flat());
  return { leading: parts.filter((part) => !placed.has(part)), before };
}

/** Clients that keep only the last entry of a stream return less than the ids carry; the entries have the text, though. */
function fullest(details: readonly ReasoningPart[], known: readonly ReasoningPart[]): readonly ReasoningPart[] {
  const same = (a: ReasoningPart) => (b: ReasoningPart) => a.opaque?.data === b.opaque?.data;
  if (known.length === 0 || !details.every((part) => known.some(same(part)))) return details;
  return known.map((part) => details.find((entry) => same(part)(entry) && entry.text !== "") ?? part);
}

/** `reasoning_content` (DeepSeek, Moonshot, Z.ai, DashScope, vLLM) or `reasoning` (OpenRouter, Groq, Cerebras). */
export function plainReasoningText(message: JsonObject): string {
  return stringOf(message["reasoning_content"]) || stringOf(message["reasoning"]) || "";
}

/**
 * A client that brings back nothing but the text, as opencode does, does not tell who made it: it counts as this
 * dialect's own, and goes to whatever endpoint of it wants its thinking back.
 */
function plainReasoning(message: JsonObject, origin: Origin): readonly ReasoningPart[] {
  const text = plainReasoningText(message);
  return text === "" ? [] : [{ type: "reasoning", form: "full", text, opaque: ownOpaque(origin, "") }];
}

/** Mistral's content may hold chunks of thinking. https://docs.mistral.ai/capabilities/reasoning/ */
function contentParts(message: JsonObject, { origin, path }: AssistantSource): readonly Part[] {
  const { content } = message;
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return arrayOf(content).flatMap((chunk, index): readonly Part[] => {
    if (isObject(chunk) && chunk["type"] === "thinking") {
      const text = thinkingText(chunk);
      return text === "" ? [] : [{ type: "reasoning", form: "full", text, opaque: ownOpaque(origin, "") }];
    }
    const parts = decodeContent(typeof chunk === "string" ? chunk : [chunk], `${path}.content[${index}]`);
    return parts.map((part) => (part.type === "unknown" ? { ...part, origin } : part));
  });
}

export function thinkingText(chunk: JsonObject): string {
  const { thinking } = chunk;
  if (typeof thinking === "string") return thinking;
  return objectsOf(thinking)
    .map((piece) => stringOf(piece["text"]) ?? "")
    .join("");
}

/** A text part's own value, which only the id of a later call can carry. */
function withTextValues(parts: readonly Part[], carried: readonly Carried[]): readonly Part[] {
  const value = carried.find(({ of }) => of === "text");
  const at = parts.findLastIndex((part) => part.type === "text");
  if (value === undefined || at < 0) return parts;
  return parts.map((part, index) => (index === at ? { ...part, opaque: value.opaque } : part));
}

/** The citations on the last text; on an empty one where an answer has sources and no text. */
export function withCitations(parts: readonly Part[], citations: readonly Citation[]): readonly Part[] {
  if (citations.length === 0) return parts;
  const at = parts.findLastIndex((part) => part.type === "text");
  if (at < 0) return [...parts, { type: "text", text: "", citations }];
  return parts.map((part, index) => (index === at && part.type === "text" ? addCitations(part, citations) : part));
}

function addCitations(part: TextPart, citations: readonly Citation[]): TextPart {
  return { ...part, citations: [...(part.citations ?? []), ...citations] };
}

interface WireImage {
  readonly part: Part;
  readonly carried: readonly Carried[];
}

/**
 * Pictures that the model made. https://openrouter.ai/docs/guides/overview/multimodal/image-generation
 * Beside them stand the values that other dialects' models want back with a picture, in an envelope.
 */
function imagesOf(message: JsonObject): readonly WireImage[] {
  return objectsOf(message["images"]).flatMap((entry, index) => {
    const carried = openEnvelope(stringOf(entry[IMAGE_VALUES]) ?? "") ?? [];
    const opaque = carried.find(({ of }) => of === "media")?.opaque;
    const parts = decodeContent([entry], `images[${index}]`);
    return parts.map((part) => ({ part: opaque === undefined ? part : { ...part, opaque }, carried }));
  });
}

export function imageParts(message: JsonObject): readonly Part[] {
  return imagesOf(message).map(({ part }) => part);
}

/**
 * What the model said aloud. A client that goes on with a conversation names it by its id, which means something to its maker
 * only, and not even to that one where the id was made here.
 */
export function audioParts(audio: JsonValue | undefined, { origin }: Pick<AssistantSource, "origin">): readonly Part[] {
  const value = objectOf(audio);
  if (value === undefined) return [];
  const id = stringOf(value["id"]) || undefined;
  const data = stringOf(value["data"]);
  if (data === undefined) {
    const from: Origin = id?.startsWith(MADE_AUDIO_ID) === true ? { ...origin, provider: MADE_AUDIO_ID } : origin;
    return [{ type: "unknown", origin: from, value: { type: "audio", audio: value } }];
  }
  const transcript = stringOf(value["transcript"]);
  return [
    compact({
      type: "media",
      kind: "audio",
      mediaType: soundTypeOf(data),
      source: { type: "base64", data },
      transcript,
      id,
    }),
  ];
}
