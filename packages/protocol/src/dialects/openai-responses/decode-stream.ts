import { GatewayError } from "../../ir/errors.ts";
import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { entryOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import { decodeAnnotation } from "./decode-content.ts";
import { isCall } from "./decode-items.ts";
import { decodeFailure } from "./errors.ts";
import { missingCallId, responseHead, responseTail } from "./response-fields.ts";
import {
  finishContent,
  finishItem,
  openCall,
  openContent,
  openReasoning,
  pieceKey,
  type ReasoningField,
} from "./stream-items.ts";
import { CALL, type Slot, type StreamSlots, streamSlots } from "./stream-slots.ts";

interface StreamState {
  readonly slots: StreamSlots;
  started: boolean;
  ended: boolean;
  responseId: string | undefined;
}

export function decodeStream(origin: Origin): Transducer<SseMessage, StreamEvent> {
  const state: StreamState = { slots: streamSlots(origin), started: false, ended: false, responseId: undefined };
  return {
    push: ({ data }) => (state.ended || data === "" || data === "[DONE]" ? [] : step(state, data)),
    end: () => (state.ended ? [] : fail(state, TRUNCATED)),
  };
}

const TRUNCATED = new GatewayError(
  "upstream_truncated",
  "The upstream's stream ended before the response was complete.",
);

function step(state: StreamState, data: string): readonly StreamEvent[] {
  const event = parseJsonObject(data);
  if (event === undefined) {
    return fail(state, new GatewayError("upstream_invalid_response", "The upstream sent an event that is not JSON."));
  }
  const handler = entryOf(HANDLERS, stringOf(event["type"]) ?? (event["error"] === undefined ? "" : "error"));
  return handler === undefined ? [] : handler(event, state);
}

function fail(state: StreamState, error: GatewayError): readonly StreamEvent[] {
  state.ended = true;
  return [{ type: "response-error", error }];
}

type Handler = (event: JsonObject, state: StreamState) => readonly StreamEvent[];

/** One handler per event. Progress of hosted tools is not told: their items come whole. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "response.created": onHead,
  "response.queued": onHead,
  "response.in_progress": onHead,
  "response.output_item.added": onItemAdded,
  "response.output_item.done": onItemDone,
  "response.content_part.added": onContentAdded,
  "response.content_part.done": onContentDone,
  "response.output_text.delta": onContentDelta("output_text"),
  "response.output_text.done": onContentText("output_text", "text"),
  "response.output_text.annotation.added": onAnnotation,
  "response.refusal.delta": onContentDelta("refusal"),
  "response.refusal.done": onContentText("refusal", "refusal"),
  "response.reasoning_summary_part.added": onReasoning("summary", "none"),
  "response.reasoning_summary_text.delta": onReasoning("summary", "delta"),
  "response.reasoning_summary_text.done": onReasoning("summary", "text"),
  "response.reasoning_text.delta": onReasoning("content", "delta"),
  "response.reasoning_text.done": onReasoning("content", "text"),
  "response.function_call_arguments.delta": onCallDelta,
  "response.function_call_arguments.done": onCallText("arguments"),
  "response.custom_tool_call_input.delta": onCallDelta,
  "response.custom_tool_call_input.done": onCallText("input"),
  "response.completed": onCompleted,
  "response.incomplete": onCompleted,
  "response.cancelled": onCompleted,
  "response.failed": onFailed,
  error: onError,
};

function onHead(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  if (state.started) return [];
  state.started = true;
  const head = responseHead(objectOf(event["response"]) ?? {});
  state.responseId = head.id;
  return [{ type: "response-start", ...head }];
}

/** Servers that do not announce the response still must not begin with a part. */
const start = (state: StreamState): readonly StreamEvent[] => onHead({}, state);

function onItemAdded(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const item = objectOf(event["item"]);
  if (item === undefined) return [];
  const slot = state.slots.add(item, event["output_index"]);
  return [...start(state), ...(isCall(item) ? openCall(state.slots, slot, callIdOf(slot, state)) : [])];
}

const callIdOf = (slot: Slot, { responseId }: StreamState): string => missingCallId(responseId, Number(slot.key));

function onItemDone(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const item = objectOf(event["item"]);
  if (item === undefined) return [];
  const found = state.slots.find(item["id"], event["output_index"]);
  const slot = found === undefined || found.done ? state.slots.add(item, event["output_index"]) : found;
  return [...start(state), ...finishItem(state.slots, slot, { item, fallbackId: callIdOf(slot, state) })];
}

/** The item that an event belongs to, made up where the server did not announce it. */
function slotOf(event: JsonObject, state: StreamState, type: string): Slot {
  const found = state.slots.find(event["item_id"], event["output_index"]);
  return found ?? state.slots.add({ type, id: event["item_id"] ?? null }, event["output_index"]);
}

function onContentAdded(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const type = objectOf(event["part"])?.["type"];
  const index = event["content_index"];
  if (type === "reasoning_text") return onReasoning("content", "none")(event, state);
  const slot = slotOf(event, state, "message");
  return [...start(state), ...openContent(state.slots, slot, { type, index })];
}

function onContentDone(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const piece = objectOf(event["part"]);
  const index = event["content_index"];
  if (piece === undefined || typeof index !== "number" || piece["type"] === "reasoning_text") return [];
  return [...start(state), ...finishContent(state.slots, slotOf(event, state, "message"), { piece, index })];
}

function onContentDelta(type: string): Handler {
  return (event, state) => {
    const slot = slotOf(event, state, "message");
    const index = event["content_index"];
    return [
      ...start(state),
      ...openContent(state.slots, slot, { type, index }),
      ...state.slots.grow(slot, pieceKey("content", index), stringOf(event["delta"]) ?? ""),
    ];
  };
}

function onContentText(type: string, field: string): Handler {
  return (event, state) => {
    const slot = slotOf(event, state, "message");
    const index = event["content_index"];
    return [
      ...start(state),
      ...openContent(state.slots, slot, { type, index }),
      ...state.slots.complete(slot, pieceKey("content", index), stringOf(event[field]) ?? ""),
    ];
  };
}

function onAnnotation(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const annotation = objectOf(event["annotation"]);
  if (annotation === undefined) return [];
  const slot = slotOf(event, state, "message");
  return state.slots.cite(slot, pieceKey("content", event["content_index"]), decodeAnnotation(annotation));
}

function onReasoning(field: ReasoningField, brings: "none" | "delta" | "text"): Handler {
  return (event, state) => {
    const slot = slotOf(event, state, "reasoning");
    const index = event[`${field}_index`];
    const key = pieceKey(field, index);
    const text = stringOf(event[brings]) ?? "";
    return [
      ...start(state),
      ...openReasoning(state.slots, slot, { field, index }),
      ...(brings === "text" ? state.slots.complete(slot, key, text) : state.slots.grow(slot, key, text)),
    ];
  };
}

function onCallDelta(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const slot = state.slots.find(event["item_id"], event["output_index"]);
  return slot === undefined ? [] : state.slots.grow(slot, CALL, stringOf(event["delta"]) ?? "");
}

function onCallText(field: "arguments" | "input"): Handler {
  return (event, { slots }) => {
    const slot = slots.find(event["item_id"], event["output_index"]);
    return slot === undefined ? [] : slots.complete(slot, CALL, stringOf(event[field]) ?? "");
  };
}

/** The whole response stands in the last event: what was not streamed of it is taken from there. */
function onCompleted(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const response = objectOf(event["response"]) ?? {};
  const begun = onHead(event, state);
  const finished = state.slots.slots.flatMap((slot) => finishOpen(slot, state));
  const missing = objectsOf(response["output"]).flatMap((item, index) => {
    if (state.slots.find(item["id"], index) !== undefined) return [];
    const slot = state.slots.add(item, index);
    return finishItem(state.slots, slot, { item, fallbackId: callIdOf(slot, state) });
  });
  state.ended = true;
  const end = { type: "response-end", ...responseTail(response, state.slots.kinds) } as const;
  return [...begun, ...finished, ...missing, ...state.slots.closeAll(), end];
}

const finishOpen = (slot: Slot, state: StreamState): readonly StreamEvent[] =>
  finishItem(state.slots, slot, { item: slot.item, fallbackId: callIdOf(slot, state) });

function onFailed(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  return fail(state, decodeFailure(objectOf(objectOf(event["response"])?.["error"]) ?? {}));
}

/** OpenAI documents the fields at the top and sends them under `error`. */
function onError(event: JsonObject, state: StreamState): readonly StreamEvent[] {
  const { type: _, ...flat } = event;
  return fail(state, decodeFailure(objectOf(event["error"]) ?? flat));
}
