import { applyDelta } from "../../ir/collect.ts";
import type { Delta, PartDelta, PartEnd, PartStart, ResponseEnd, ResponseStart, StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { MediaPart, Part, ReasoningPart, ToolCallPart } from "../../ir/parts.ts";
import { mergeUsage, type Usage } from "../../ir/usage.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { reportForeignAnswerPart } from "../shared/foreign-fields.ts";
import { joinTexts } from "./citations.ts";
import {
  type AnswerEncoder,
  answerEncoder,
  answerTail,
  callPart,
  chunk,
  signatureField,
  takeReasoning,
  thoughtPart,
  wholePart,
  wordsOf,
} from "./encode-answer.ts";
import { streamErrorEvent } from "./errors.ts";

/** Every event is a whole GenerateContentResponse, without `event` lines; there is no closing mark. */
export function encodeStream(context: AnswerContext): Transducer<StreamEvent, SseMessage> {
  const state: StreamState = {
    encoder: answerEncoder(context),
    parts: new Map(),
    calls: new Map(),
    usage: undefined,
    over: false,
  };
  return {
    push: (event) => (state.over ? [] : onEvent(state, event)),
    end: () => [],
  };
}

interface StreamState {
  readonly encoder: AnswerEncoder;
  /** The open parts, as far as they have come. */
  readonly parts: Map<number, Part>;
  /** Calls go out whole and in the order in which they began. */
  readonly calls: Map<number, { readonly reasoning: readonly ReasoningPart[]; done?: ToolCallPart }>;
  usage: Usage | undefined;
  over: boolean;
}

function onEvent(state: StreamState, event: StreamEvent): readonly SseMessage[] {
  switch (event.type) {
    case "response-start":
      return onResponseStart(state, event);
    case "part-start":
      return onPartStart(state, event);
    case "part-delta":
      return onPartDelta(state, event);
    case "part-end":
      return onPartEnd(state, event);
    case "response-end":
      return onResponseEnd(state, event);
    case "response-error":
      state.over = true;
      return [streamErrorEvent(event.error)];
  }
}

function onResponseStart(state: StreamState, event: ResponseStart): readonly SseMessage[] {
  state.encoder.head = event;
  state.usage = event.usage;
  return [];
}

function onPartStart(state: StreamState, { index, part }: PartStart): readonly SseMessage[] {
  state.parts.set(index, part);
  reportForeignAnswerPart(part, "gemini", state.encoder.context.losses);
  if (part.type === "tool-call") state.calls.set(index, { reasoning: takeReasoning(state.encoder) });
  if (isSound(part)) return onSound(state, part, { data: part.source.data, words: part.transcript });
  return "text" in part && part.text !== "" ? onText(state, part, part.text) : [];
}

function onPartDelta(state: StreamState, { index, delta }: PartDelta): readonly SseMessage[] {
  const part = state.parts.get(index);
  if (part === undefined) return [];
  state.parts.set(index, applyDelta(part, delta));
  return onDelta(state, part, delta);
}

function onDelta(state: StreamState, part: Part, delta: Delta): readonly SseMessage[] {
  switch (delta.type) {
    case "text":
      return onText(state, part, delta.text);
    case "data":
      return onSound(state, part, { data: delta.data });
    case "transcript":
      return onSound(state, part, { words: delta.text });
    default:
      return [];
  }
}

interface SoundPiece {
  readonly data?: string;
  readonly words?: string | undefined;
}

/** A piece of a sound, or of its words, goes out at once. */
function onSound(state: StreamState, part: Part, { data = "", words = "" }: SoundPiece): readonly SseMessage[] {
  if (!isSound(part)) return [];
  const { opaque: _, ...piece } = { ...part, transcript: "", source: { type: "base64", data } } as const;
  const parts = [...wordsOf(words, state.encoder.context), ...(data === "" ? [] : wholePart(piece, state.encoder))];
  return parts.flatMap((wire) => send(state, [wire]));
}

const isSound = (part: Part): part is MediaPart & { readonly source: { readonly type: "base64" } } =>
  part.type === "media" && part.kind === "audio" && part.source.type === "base64";

/** A piece of text goes out at once. */
function onText(state: StreamState, part: Part, text: string): readonly SseMessage[] {
  if (part.type === "text" || part.type === "refusal") return send(state, [{ text }]);
  if (part.type !== "reasoning" || !state.encoder.showsThoughts) return [];
  return send(state, [{ text, thought: true }]);
}

function onPartEnd(state: StreamState, { index }: PartEnd): readonly SseMessage[] {
  const part = state.parts.get(index);
  state.parts.delete(index);
  return part === undefined ? [] : PART_ENDS[part.type](state, part, index);
}

type PartEndHandler = (state: StreamState, part: Part, index: number) => readonly SseMessage[];

const PART_ENDS: Readonly<Record<Part["type"], PartEndHandler>> = {
  text: onTextEnd,
  refusal: onTextEnd,
  reasoning: onReasoningEnd,
  "tool-call": onCallEnd,
  media: onWhole,
  "tool-result": onWhole,
  "web-search": onSearch,
  unknown: onWhole,
};

/** The signature follows the text in an empty piece, as Google sends it. */
function onTextEnd(state: StreamState, part: Part): readonly SseMessage[] {
  if (part.type === "text" || part.type === "refusal") {
    const citations = part.type === "text" ? (part.citations ?? []) : [];
    state.encoder.texts = [...state.encoder.texts, { text: part.text, citations, partIndex: 0 }];
  }
  return signatureAfter(state, part);
}

function signatureAfter(state: StreamState, part: Part): readonly SseMessage[] {
  const signature = signatureField(part.type === "media" ? "media" : "text", part, []);
  return signature["thoughtSignature"] === undefined ? [] : send(state, [{ text: "", ...signature }]);
}

function onReasoningEnd(state: StreamState, part: Part): readonly SseMessage[] {
  if (part.type !== "reasoning") return [];
  state.encoder.reasoning.push(part);
  const { thoughtSignature } = thoughtPart(part);
  if (!state.encoder.showsThoughts || thoughtSignature === undefined || part.text === "") return [];
  return send(state, [{ text: "", thought: true, thoughtSignature }]);
}

function onCallEnd(state: StreamState, part: Part, index: number): readonly SseMessage[] {
  const ended = state.calls.get(index);
  if (ended !== undefined && part.type === "tool-call") ended.done = part;
  const ready: JsonObject[] = [];
  for (const [at, { done, reasoning }] of state.calls) {
    if (done === undefined) break;
    state.calls.delete(at);
    ready.push(callPart(done, reasoning, state.encoder));
  }
  return ready.flatMap((wire) => send(state, [wire]));
}

function onWhole(state: StreamState, part: Part): readonly SseMessage[] {
  if (isSound(part)) return signatureAfter(state, part);
  const parts = wholePart(part, state.encoder);
  return parts.length === 0 ? [] : send(state, parts);
}

/** What was searched for and found stands in the last chunk. */
function onSearch(state: StreamState, part: Part): readonly SseMessage[] {
  if (part.type === "web-search") state.encoder.searches.push(part);
  return [];
}

function onResponseEnd(state: StreamState, event: ResponseEnd): readonly SseMessage[] {
  state.over = true;
  state.encoder.texts = joinTexts(state.encoder.texts);
  const usage = mergeUsage(state.usage, event.usage);
  const tail = answerTail({ ...event, ...(usage === undefined ? {} : { usage }) }, state.encoder);
  const last = chunk(state.encoder, [{ text: "" }], tail);
  if (!tail.isBlocked) return [{ data: JSON.stringify(last) }];
  const { candidates: _, ...blocked } = last;
  return [{ data: JSON.stringify(blocked) }];
}

function send(state: StreamState, parts: readonly JsonObject[]): readonly SseMessage[] {
  return [{ data: JSON.stringify(chunk(state.encoder, parts)) }];
}
