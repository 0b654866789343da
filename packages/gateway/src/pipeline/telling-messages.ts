import {
  appendedMember,
  applyEdits,
  arrayOf,
  type Edit,
  isObject,
  type JsonObject,
  type LossReport,
  objectOf,
  objectsOf,
  parseJsonObject,
  type SseMessage,
  spanAt,
} from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";
import { metadataKey } from "./answer-metadata.ts";
import type { MessageEdits } from "./event-stream-edits.ts";
import { renamedMessages } from "./model-rewrite.ts";
import type { Telling } from "./telling.ts";

/** The member of a dialect's closing message that metadata stand in; none: its outermost object. */
const PLACE: { readonly [D in SurfaceDialect]: readonly string[] } = {
  "openai-chat": [],
  "openai-responses": ["response"],
  // Not `message_delta`: Anthropic's SDKs and Claude Code read fields off that, and `message_stop` is only its type to all.
  "anthropic-messages": [],
  gemini: [],
};

/**
 * Messages that say how an answer ended, or what it used when that comes after: no later one is sure to come. A failure
 * is no end.
 */
const CLOSES: { readonly [D in SurfaceDialect]: (message: JsonObject) => boolean } = {
  "openai-chat": ({ choices, usage }) =>
    objectsOf(choices).some((choice) => typeof choice["finish_reason"] === "string") ||
    (isObject(usage) && arrayOf(choices).length === 0),
  "openai-responses": ({ type }) => type === "response.completed" || type === "response.incomplete",
  "anthropic-messages": ({ type }) => type === "message_stop",
  gemini: ({ candidates, promptFeedback, usageMetadata }) =>
    objectsOf(candidates).some((candidate) => candidate["finishReason"] !== undefined) ||
    objectOf(promptFeedback)?.["blockReason"] !== undefined ||
    (isObject(usageMetadata) && candidates === undefined),
};

/** What is changed in a passthrough stream; undefined: nothing, and its bytes need not be looked at. */
export function streamEdits(
  dialect: SurfaceDialect,
  telling: Telling,
  losses: () => LossReport,
): MessageEdits | undefined {
  const { shownModel, inStream } = telling;
  const renamed = shownModel === undefined ? undefined : renamedMessages(dialect, shownModel);
  if (!inStream) return renamed;
  return (data) => [...(renamed?.(data) ?? []), ...metadataEdits(dialect, data, () => telling.metadata(losses()))];
}

/** The messages that end a translated stream, with metadata in the last that can hold them. */
export function closingMessages(
  dialect: SurfaceDialect,
  messages: readonly SseMessage[],
  metadata: () => JsonObject,
): readonly SseMessage[] {
  const last = messages.findLastIndex(({ data }) => data !== "[DONE]");
  return messages.map((message, at) =>
    at === last ? editedMessage(message, (data) => metadataEdits(dialect, data, metadata)) : message,
  );
}

/** A message whose text is known, edited. */
export function editedMessage(message: SseMessage, editsOf: MessageEdits): SseMessage {
  const bytes = Buffer.from(message.data);
  const edits = editsOf(bytes);
  return edits.length === 0 ? message : { ...message, data: Buffer.concat(applyEdits(bytes, edits)).toString() };
}

function metadataEdits(dialect: SurfaceDialect, data: Uint8Array, metadata: () => JsonObject): readonly Edit[] {
  const message = parseJsonObject(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  if (message === undefined || !CLOSES[dialect](message)) return [];
  const path = PLACE[dialect];
  const holder = path.reduce<JsonObject | undefined>((object, key) => objectOf(object?.[key]), message);
  const span = spanAt(data, path);
  const key = metadataKey(dialect, (taken) => holder !== undefined && Object.hasOwn(holder, taken));
  if (holder === undefined || span === undefined || key === undefined) return [];
  const { start, end, text } = appendedMember(data.subarray(span.start, span.end), key, JSON.stringify(metadata()));
  return [{ start: span.start + start, end: span.start + end, text }];
}
