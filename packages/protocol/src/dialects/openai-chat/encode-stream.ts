import { applyDelta } from "../../ir/collect.ts";
import type { PartDelta, PartEnd, PartStart, ResponseEnd, ResponseStart, StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Citation, MediaPart, Part, ReasoningPart, ToolCallPart } from "../../ir/parts.ts";
import { compact, objectOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import type { Carried } from "../shared/envelope.ts";
import { reportForeignAnswerPart } from "../shared/foreign-fields.ts";
import { reportSearchPart } from "../shared/search-losses.ts";
import { openaiTier } from "../shared/service-tier.ts";
import { shownModel } from "../shared/shown-model.ts";
import { shownToolName } from "../shared/tools.ts";
import { callForm, carriedBy, customInput, extraContent, reportUncarried, sealedId } from "./answer-calls.ts";
import { ownExtensions } from "./answer-fields.ts";
import { expiry, imageOf, isSound, soundStart } from "./answer-media.ts";
import { annotationOf, encodeCitations, isSource } from "./citations.ts";
import { dropPart, isOfText, keptAudio, reportAnswer } from "./encode-response.ts";
import { errorEvent } from "./errors.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { closingDetail, detailDelta, isPlainReasoning } from "./reasoning-details.ts";
import { encodeUsage } from "./usage.ts";
import { DIALECT, ENVELOPE_FORMAT } from "./wire.ts";

/** A part as it has grown so far, and where it stands on the wire. */
interface OpenPart {
  part: Part;
  /** Which call, or which entry of `reasoning_details`, it is. Calls are counted in the order in which they are announced. */
  at: number;
  /** Where its text begins in the message's content. */
  readonly offset: number;
  /** A call's id and name were sent. */
  announced: boolean;
  /** Citations of the whole text: Anthropic's come before it. */
  readonly waiting: Citation[];
}

interface EncoderState {
  readonly context: AnswerContext;
  readonly open: Map<number, OpenPart>;
  readonly kinds: Part["type"][];
  /** What the next call's id has to carry. */
  before: readonly { readonly index: number; readonly values: readonly Carried[] }[];
  head: { readonly id: string; readonly created: number; readonly model: string };
  calls: number;
  entries: number;
  contentLength: number;
  legacy: boolean;
  images: number;
  /** The sound that has begun, if any. */
  sound: MediaPart | undefined;
  /** Citations of the whole answer, which stand beside the choices in the last chunk. */
  sources: readonly Citation[];
  /**
   * Those of its texts. They stand in one chunk, as OpenAI's do, since its libraries keep the last list of them (JavaScript) or refuse a
   * second one (Python).
   */
  annotations: readonly JsonObject[];
}

type Deltas = readonly JsonObject[];

export function encodeStream(context: AnswerContext): Transducer<StreamEvent, SseMessage> {
  const state: EncoderState = {
    context,
    open: new Map(),
    kinds: [],
    before: [],
    head: {
      id: `chatcmpl-${context.uniqueId}`,
      created: context.now,
      model: shownModel(context, undefined),
    },
    calls: 0,
    entries: 0,
    contentLength: 0,
    legacy: false,
    images: 0,
    sound: undefined,
    sources: [],
    annotations: [],
  };
  return { push: (event) => onEvent(event, state), end: () => [] };
}

function onEvent(event: StreamEvent, state: EncoderState): readonly SseMessage[] {
  switch (event.type) {
    case "response-start":
      return onResponseStart(event, state);
    case "part-start":
      return onPartStart(event, state).map((delta) => deltaChunk(delta, state));
    case "part-delta":
      return onPartDelta(event, state).map((delta) => deltaChunk(delta, state));
    case "part-end":
      return onPartEnd(event, state).map((delta) => deltaChunk(delta, state));
    case "response-end":
      return onResponseEnd(event, state);
    case "response-error":
      return [errorEvent(event.error)];
  }
}

function chunk(choices: readonly JsonObject[], state: EncoderState, rest: JsonObject = {}): SseMessage {
  const { context, head } = state;
  const usage = context.request.streamUsage === true ? { usage: null } : {};
  const fields = { object: "chat.completion.chunk", created: head.created, model: head.model, choices };
  return { data: JSON.stringify({ id: head.id, ...fields, ...usage, ...rest }) };
}

function deltaChunk(delta: JsonObject, state: EncoderState): SseMessage {
  return chunk([{ index: 0, delta, logprobs: null, finish_reason: null }], state);
}

function onResponseStart(event: ResponseStart, state: EncoderState): readonly SseMessage[] {
  state.head = {
    id: event.id ?? state.head.id,
    created: event.createdAt ?? state.head.created,
    model: shownModel(state.context, event.model),
  };
  return [deltaChunk({ role: "assistant", content: "", refusal: null }, state)];
}

function onPartStart({ index, part }: PartStart, state: EncoderState): Deltas {
  reportForeignAnswerPart(part, DIALECT, state.context.losses);
  const open = openPart(part, state);
  state.open.set(index, open);
  state.kinds.push(part.type);
  switch (part.type) {
    case "text":
      for (const citation of part.citations ?? []) keepCitation(citation, open, state);
      return textDelta(part.text, state);
    case "refusal":
      return part.text === "" ? [] : [{ refusal: part.text }];
    case "reasoning":
      return reasoningDelta(part.text, open);
    case "tool-call":
      return [];
    case "media":
      return isSound(part) ? soundDelta(part, state) : imageDelta(part, index, state);
    case "unknown":
      return [compact({ audio: keptAudio(part, state.context.losses) })].filter((delta) => delta.audio !== undefined);
    case "web-search":
      reportSearchPart(part, { dialect: DIALECT, says: [] }, state.context.losses);
      return [];
    case "tool-result":
      dropPart(part.type, state.context.losses);
      return [];
  }
}

function soundDelta(part: Parameters<typeof soundStart>[0], state: EncoderState): Deltas {
  const isFirst = state.sound === undefined;
  state.sound ??= part;
  return [{ audio: soundStart(part, isFirst, state.context) }];
}

/** Its index is what OpenAI's Python library joins the entries of lists by. */
function imageDelta(part: MediaPart, index: number, state: EncoderState): Deltas {
  const values = state.before.filter((entry) => entry.index < index).flatMap((entry) => entry.values);
  const images = imageOf(part, values.filter(isOfText), state.context.losses);
  if (images.length === 0) return [];
  state.before = state.before.map((entry) => ({
    ...entry,
    values: entry.index < index ? entry.values.filter((value) => !isOfText(value)) : entry.values,
  }));
  return [{ images: images.map((image) => ({ index: state.images++, ...image })) }];
}

function openPart(part: Part, state: EncoderState): OpenPart {
  const at = state.entries;
  if (part.type === "reasoning") state.entries += 1;
  return { part, at, offset: state.contentLength, announced: false, waiting: [] };
}

function textDelta(text: string, state: EncoderState): Deltas {
  state.contentLength += text.length;
  return text === "" ? [] : [{ content: text }];
}

function keepCitation(citation: Citation, open: OpenPart, state: EncoderState): void {
  if (isSource(citation)) state.sources = [...state.sources, citation];
  else if (citation.end === undefined && citation.raw?.dialect !== DIALECT) open.waiting.push(citation);
  else placeCitation(citation, open, state);
}

function placeCitation(citation: Citation, { part, offset }: OpenPart, state: EncoderState): void {
  const length = part.type === "text" ? part.text.length : 0;
  const annotations = annotationOf(citation, { offset, length }, state.context.losses);
  state.annotations = [...state.annotations, ...annotations];
}

/** Plain text for every client, and the same as a piece of an entry, as OpenRouter does, where the part has one. */
function reasoningDelta(text: string, { part, at }: OpenPart): Deltas {
  if (text === "" || part.type !== "reasoning") return [];
  if (isPlainReasoning(part)) return [{ reasoning_content: text }];
  const piece = detailDelta(part.form, text, at);
  const identity = part.id === undefined ? {} : { id: part.id, format: ENVELOPE_FORMAT };
  return [{ reasoning_content: text, reasoning_details: [{ ...piece, ...identity }] }];
}

function onPartDelta({ index, delta }: PartDelta, state: EncoderState): Deltas {
  const open = state.open.get(index);
  if (open === undefined) return [];
  const announced = delta.type === "arguments" ? announce(index, open, state) : [];
  open.part = applyDelta(open.part, delta);
  switch (delta.type) {
    case "text":
      return grownText(delta.text, open, state);
    case "arguments":
      return [...announced, ...argumentsDelta(delta.text, open, state)];
    case "citation":
      keepCitation(delta.citation, open, state);
      return [];
    case "data":
      return delta.data === "" ? [] : [{ audio: { data: delta.data } }];
    case "transcript":
      return delta.text === "" ? [] : [{ audio: { transcript: delta.text } }];
    case "opaque":
      if (open.announced) state.context.losses.drop("opaque-value", "A call's value came after its id had been sent.");
      return [];
  }
}

function grownText(text: string, open: OpenPart, state: EncoderState): Deltas {
  if (open.part.type === "text") return textDelta(text, state);
  if (open.part.type === "reasoning") return reasoningDelta(text, open);
  return text === "" ? [] : [{ refusal: text }];
}

function onPartEnd({ index }: PartEnd, state: EncoderState): Deltas {
  const open = state.open.get(index);
  if (open === undefined) return [];
  state.open.delete(index);
  const { part } = open;
  if (part.type === "reasoning" || part.type === "text") {
    state.before = [...state.before, { index, values: carriedBy(part) }];
    for (const citation of open.waiting) placeCitation(citation, open, state);
    return part.type === "reasoning" ? closingEntry(part, open.at) : [];
  }
  if (part.type !== "tool-call") return [];
  const announced = announce(index, open, state);
  const whole = callForm(part, state.context) === "custom" ? customDelta(part, open.at) : [];
  return [...announced, ...whole];
}

/** What an entry says besides its text comes last, as signatures do. */
function closingEntry(part: ReasoningPart, at: number): Deltas {
  return isPlainReasoning(part) ? [] : [{ reasoning_details: [closingDetail(part, at)] }];
}

/** A call's id and name, held until its first arguments so that a value that comes in between can travel in the id. */
function announce(index: number, open: OpenPart, state: EncoderState): Deltas {
  const { part } = open;
  if (open.announced || part.type !== "tool-call") return [];
  open.announced = true;
  const at = state.calls;
  open.at = at;
  state.calls += 1;
  const form = callForm(part, state.context);
  const name = shownToolName(part, state.context.request);
  if (form === "legacy") return legacyStart(part, state);
  const earlier = state.before.filter((entry) => entry.index < index);
  state.before = state.before.filter((entry) => entry.index >= index);
  const id = sealedId(
    part,
    earlier.flatMap((entry) => entry.values),
    state.context,
  );
  if (form === "custom") return [{ tool_calls: [{ index: at, id, type: "custom", custom: { name, input: "" } }] }];
  const start = {
    index: at,
    id,
    type: "function",
    function: { name, arguments: "" },
    ...extraContent(part),
  };
  return [{ tool_calls: [start] }, ...argumentsDelta(part.arguments, open, state)];
}

function legacyStart(part: ToolCallPart, state: EncoderState): Deltas {
  if (state.legacy) state.context.losses.drop("parallel-tool-calls", "'function_call' can say one call only.");
  const first = !state.legacy;
  state.legacy = true;
  return first
    ? [{ function_call: { name: shownToolName(part, state.context.request), arguments: part.arguments } }]
    : [];
}

/** Free text that an upstream wrapped in JSON can be unwrapped only when it is whole. */
function argumentsDelta(text: string, { part, at }: OpenPart, { context }: EncoderState): Deltas {
  if (text === "" || part.type !== "tool-call") return [];
  switch (callForm(part, context)) {
    case "custom":
      return [];
    case "legacy":
      return at === 0 ? [{ function_call: { arguments: text } }] : [];
    case "function":
      return [{ tool_calls: [{ index: at, function: { arguments: text } }] }];
  }
}

function customDelta(part: ToolCallPart, at: number): Deltas {
  const input = customInput(part);
  return input === "" ? [] : [{ tool_calls: [{ index: at, custom: { input } }] }];
}

function onResponseEnd(event: ResponseEnd, state: EncoderState): readonly SseMessage[] {
  const own = ownExtensions(event.extensions);
  reportUncarried(
    state.before.flatMap(({ values }) => values),
    state.context,
  );
  const cited = encodeCitations([{ type: "text", text: "", citations: state.sources }], state.context.losses);
  if (own.choices.length > 0) state.context.losses.drop("n", "A stream is translated for one choice only.");
  const { logprobs = null, ...choiceFields } = own.choice;
  const reason = encodeFinishReason(event.finishReason, state.kinds);
  reportAnswer(event, reason, state.context.losses);
  const finish_reason = state.legacy && reason === "tool_calls" ? "function_call" : reason;
  const rest = compact({
    service_tier: openaiTier(event.serviceTier, state.context.losses),
    citations: cited.sources.length === 0 ? undefined : cited.sources,
    search_results: cited.searchResults.length === 0 ? undefined : cited.searchResults,
    ...own.body,
  });
  const { audio: kept, ...message } = own.message;
  const ended =
    state.sound === undefined ? kept : { ...objectOf(kept), expires_at: expiry(objectOf(kept), state.context) };
  const annotations = state.annotations.length === 0 ? undefined : state.annotations;
  const delta = compact({ ...message, annotations, audio: ended });
  const last = chunk([{ index: 0, delta, logprobs, finish_reason, ...choiceFields }], state, rest);
  const usage = state.context.request.streamUsage === true ? encodeUsage(event.usage) : undefined;
  const counted = usage === undefined ? [] : [chunk([], state, { usage })];
  return [last, ...counted, { data: "[DONE]" }];
}
