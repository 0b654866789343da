import { GatewayError } from "../../ir/errors.ts";
import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Citation } from "../../ir/parts.ts";
import { servedAs, type Usage } from "../../ir/usage.ts";
import { isObject, parseJson } from "../../json/parse.ts";
import { compact, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import type { Carried } from "../shared/envelope.ts";
import { type PartLifecycle, partLifecycle } from "../shared/part-lifecycle.ts";
import {
  type AnswerFields,
  callIdPrefix,
  extensionsOf,
  mergeAnswerFields,
  NO_FIELDS,
  otherAnswerFields,
  usageOfAnswer,
} from "./answer-fields.ts";
import { annotationCitations, sourceCitations } from "./citations.ts";
import { imageParts, plainReasoningText, thinkingText } from "./decode-assistant.ts";
import { errorOfOkBody, invalidAnswer } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { textOfDetail } from "./reasoning-details.ts";
import { type StreamReasoning, streamReasoning } from "./stream-reasoning.ts";
import { type StreamSound, streamSound } from "./stream-sound.ts";
import { type StreamToolCalls, streamToolCalls } from "./stream-tool-calls.ts";

interface StreamState {
  readonly origin: Origin;
  readonly life: PartLifecycle;
  readonly reasoning: StreamReasoning;
  readonly calls: StreamToolCalls;
  started: boolean;
  ended: boolean;
  refused: boolean;
  idPrefix: string;
  finish: string | undefined;
  usage: Usage | undefined;
  serviceTier: string | undefined;
  fields: AnswerFields;
  sources: readonly Citation[];
  readonly sound: StreamSound;
}

type Events = readonly StreamEvent[];

const TEXT = "text";
const REFUSAL = "refusal";

export function decodeStream(origin: Origin): Transducer<SseMessage, StreamEvent> {
  const state = newState(origin);
  return {
    push: (message) => (state.ended ? [] : onMessage(message, state)),
    end: () => (state.ended ? [] : onEnd(state)),
  };
}

function newState(origin: Origin): StreamState {
  const life = partLifecycle();
  const reasoning = streamReasoning(life, origin);
  const beforeCall = (carried: readonly Carried[]): Events => {
    const value = carried.find(({ of }) => of === "text");
    const carry = value === undefined ? [] : life.delta(TEXT, { type: "opaque", opaque: value.opaque });
    return [...reasoning.close(), ...carry, ...life.close(TEXT), ...life.close(REFUSAL)];
  };
  return {
    origin,
    life,
    reasoning,
    calls: streamToolCalls({ life, origin, beforeCall }),
    started: false,
    ended: false,
    refused: false,
    idPrefix: "call",
    finish: undefined,
    usage: undefined,
    serviceTier: undefined,
    fields: NO_FIELDS,
    sources: [],
    sound: streamSound(life, origin),
  };
}

function onMessage(message: SseMessage, state: StreamState): Events {
  const text = message.data.trim();
  if (text === "") return [];
  if (text === "[DONE]") return onDone(state);
  let chunk: JsonValue;
  try {
    chunk = parseJson(text);
  } catch {
    return onError(invalidAnswer("a line of the stream is not JSON"), state);
  }
  if (!isObject(chunk)) return onError(invalidAnswer("a line of the stream is not an object"), state);
  if (message.event === "error" || isFailure(chunk)) return onError(errorOfOkBody(chunk), state);
  return onChunk(chunk, state);
}

/** An `error` beside or instead of choices; vLLM and Mistral send the error as the object itself. */
function isFailure(chunk: JsonObject): boolean {
  const { error } = chunk;
  return (error !== undefined && error !== null) || chunk["object"] === "error";
}

function onError(error: GatewayError, state: StreamState): Events {
  state.ended = true;
  return [{ type: "response-error", error }];
}

function onChunk(chunk: JsonObject, state: StreamState): Events {
  const choices = objectsOf(chunk["choices"]);
  const choice = choices.find((candidate) => (candidate["index"] ?? 0) === 0) ?? {};
  if (isObject(choice["error"])) return onError(errorOfOkBody(choice), state);
  const delta = objectOf(choice["delta"]) ?? objectOf(choice["message"]) ?? {};
  state.fields = mergeAnswerFields(state.fields, otherAnswerFields(chunk, choice, delta));
  state.usage = usageOfAnswer(chunk, choice) ?? state.usage;
  state.serviceTier = stringOf(chunk["service_tier"]) ?? state.serviceTier;
  state.finish = stringOf(choice["finish_reason"]) ?? state.finish;
  const sources = sourceCitations(chunk);
  if (sources.length > 0) state.sources = sources;
  const started = onStart(chunk, choices.length > 0, state);
  return [...started, ...DELTA_HANDLERS.flatMap((handle) => handle(delta, state))];
}

/** Azure begins with a chunk that has neither id nor choices, only what its filter found in the prompt. */
function onStart(chunk: JsonObject, hasChoices: boolean, state: StreamState): Events {
  const id = stringOf(chunk["id"]) || undefined;
  if (state.started || (id === undefined && !hasChoices)) return [];
  state.started = true;
  state.idPrefix = callIdPrefix(id);
  const model = stringOf(chunk["model"]) || undefined;
  return [compact({ type: "response-start", id, model, createdAt: numberOf(chunk["created"]) || undefined })];
}

type DeltaHandler = (delta: JsonObject, state: StreamState) => Events;

/** One handler per field of a delta, in the order in which `decodeResponse` reads a whole message. */
const DELTA_HANDLERS: readonly DeltaHandler[] = [
  onReasoning,
  onContent,
  onAnnotations,
  onRefusal,
  onImages,
  onToolCalls,
  onFunctionCall,
  onAudio,
];

/** Where a chunk has the same thinking as plain text and as an entry, the entry says more. */
function onReasoning(delta: JsonObject, state: StreamState): Events {
  const entries = objectsOf(delta["reasoning_details"]);
  const text = entries.some((entry) => textOfDetail(entry) !== "") ? "" : plainReasoningText(delta);
  const after = text !== "" || entries.length > 0 ? [...state.life.close(TEXT), ...state.life.close(REFUSAL)] : [];
  return [...after, ...state.reasoning.plain(text), ...entries.flatMap((entry) => state.reasoning.detail(entry))];
}

function onContent(delta: JsonObject, state: StreamState): Events {
  const { content } = delta;
  if (typeof content === "string") return onText(content, state);
  return objectsOf(content).flatMap((chunk): Events => {
    if (chunk["type"] !== "thinking") return onText(stringOf(chunk["text"]) ?? "", state);
    const text = thinkingText(chunk);
    return text === "" ? [] : [...state.life.close(TEXT), ...state.reasoning.plain(text)];
  });
}

function onText(text: string, state: StreamState): Events {
  if (text === "") return [];
  return [...openText(state), ...state.life.delta(TEXT, { type: "text", text })];
}

function openText({ life, reasoning }: StreamState): Events {
  if (life.isOpen(TEXT)) return [];
  return [...reasoning.close(), ...life.close(REFUSAL), ...life.open(TEXT, { type: "text", text: "" })];
}

function onAnnotations(delta: JsonObject, state: StreamState): Events {
  return onCitations(annotationCitations(delta["annotations"]), state);
}

function onCitations(citations: readonly Citation[], state: StreamState): Events {
  if (citations.length === 0) return [];
  const opened = openText(state);
  return [...opened, ...citations.flatMap((citation) => state.life.delta(TEXT, { type: "citation", citation }))];
}

function onRefusal(delta: JsonObject, state: StreamState): Events {
  const text = stringOf(delta["refusal"]) ?? "";
  if (text === "") return [];
  const { life, reasoning } = state;
  state.refused = true;
  const opened = life.isOpen(REFUSAL)
    ? []
    : [...reasoning.close(), ...life.close(TEXT), ...life.open(REFUSAL, { type: "refusal", text: "" })];
  return [...opened, ...life.delta(REFUSAL, { type: "text", text })];
}

function onImages(delta: JsonObject, { life }: StreamState): Events {
  return Array.isArray(delta["images"]) ? imageParts(delta).flatMap((part) => life.whole(part)) : [];
}

function onToolCalls(delta: JsonObject, { calls, idPrefix }: StreamState): Events {
  return objectsOf(delta["tool_calls"]).flatMap((entry) => calls.accept(entry, idPrefix));
}

/** The deprecated form has one call at most. */
function onFunctionCall(delta: JsonObject, { calls, idPrefix }: StreamState): Events {
  const legacy = objectOf(delta["function_call"]);
  return legacy === undefined ? [] : calls.accept({ index: 0, function: legacy }, idPrefix);
}

function onAudio(delta: JsonObject, { sound }: StreamState): Events {
  const audio = objectOf(delta["audio"]);
  return audio === undefined ? [] : sound.accept(audio);
}

function onDone(state: StreamState): Events {
  return state.started ? onFinish(state) : onEnd(state);
}

/** Some servers close after the finish reason without `[DONE]`; one that gave no finish reason was cut off. */
function onEnd(state: StreamState): Events {
  if (state.started && state.finish !== undefined) return onFinish(state);
  return onError(new GatewayError("upstream_truncated", "The upstream's stream ended before its end event."), state);
}

function onFinish(state: StreamState): Events {
  state.ended = true;
  const { calls, life, reasoning, sound } = state;
  const cited = [...calls.flush(), ...onCitations(state.sources, state), ...reasoning.close()];
  const closing = [...cited, ...sound.close(), ...life.closeAll()];
  const finishReason = decodeFinishReason(state.finish, { toolCalls: calls.seen(), refusal: state.refused });
  const { serviceTier } = state;
  const usage = servedAs(state.usage, serviceTier);
  const extensions = extensionsOf(state.fields);
  return [...closing, compact({ type: "response-end", finishReason, usage, serviceTier, extensions })];
}
