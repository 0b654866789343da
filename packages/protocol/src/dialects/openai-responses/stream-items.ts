import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { objectsOf, stringOf } from "../../json/read.ts";
import { decodeAnnotation, decodePiece } from "./decode-content.ts";
import {
  asMessagePart,
  callPart,
  isCall,
  outputItemParts,
  reasoningExtension,
  reasoningOpaque,
  reasoningParts,
} from "./decode-items.ts";
import { CALL, type Slot, type StreamSlots } from "./stream-slots.ts";

export type ReasoningField = "summary" | "content";

export const pieceKey = (field: ReasoningField, index: JsonValue | undefined): string =>
  `${field} ${typeof index === "number" ? index : 0}`;

export function openCall(slots: StreamSlots, slot: Slot, fallbackId: string): readonly StreamEvent[] {
  const call = callPart(slot.item, fallbackId);
  return call.name === "" ? [] : slots.open(slot, CALL, { ...call, arguments: "" });
}

/** Opens a text or a refusal; other content waits until it is whole. */
export function openContent(
  slots: StreamSlots,
  slot: Slot,
  { type, index }: { readonly type: JsonValue | undefined; readonly index: JsonValue | undefined },
): readonly StreamEvent[] {
  const empty = type === "refusal" ? { type, refusal: "" } : { type: type ?? "output_text", text: "" };
  const part = decodePiece(empty, slots.origin);
  if (part.type === "unknown") return [];
  const position = typeof index === "number" ? index : 0;
  return slots.open(slot, pieceKey("content", index), asMessagePart(part, slot.item, position));
}

export function openReasoning(
  slots: StreamSlots,
  slot: Slot,
  at: { readonly field: ReasoningField; readonly index: JsonValue | undefined },
): readonly StreamEvent[] {
  const [shell] = reasoningParts({ ...slot.item, [at.field]: [{ text: "" }], ...EMPTY[at.field] }, slots.origin);
  if (shell === undefined) return [];
  const { opaque: _, extension: _about, ...part } = shell;
  const about = slot.pieces.size === 0 ? reasoningExtension(slot.item) : undefined;
  return slots.open(slot, pieceKey(at.field, at.index), about === undefined ? part : { ...part, extension: about });
}

const EMPTY: Readonly<Record<ReasoningField, JsonObject>> = {
  summary: { content: [], encrypted_content: null },
  content: { summary: [], encrypted_content: null },
};

/** The item is whole: says what no delta said, then closes its parts. */
export function finishItem(
  slots: StreamSlots,
  slot: Slot,
  at: { readonly item: JsonObject; readonly fallbackId: string },
): readonly StreamEvent[] {
  if (slot.done) return [];
  const { item } = at;
  if (isCall(item)) return finishCall(slots, slot, at);
  switch (item["type"]) {
    case "message":
      return finishMessage(slots, slot, item);
    case "reasoning":
      return finishReasoning(slots, slot, item);
    default: {
      // An item that became another kind while it streamed keeps what was shown of it.
      const closed = slots.closeSlot(slot);
      return slot.pieces.size > 0 ? closed : outputItemParts(item, slots.origin, at.fallbackId).flatMap(slots.whole);
    }
  }
}

function finishCall(
  slots: StreamSlots,
  slot: Slot,
  { item, fallbackId }: { readonly item: JsonObject; readonly fallbackId: string },
): readonly StreamEvent[] {
  const call = callPart(item, fallbackId);
  return [
    ...(slot.pieces.has(CALL) ? [] : slots.open(slot, CALL, { ...call, arguments: "" })),
    ...slots.complete(slot, CALL, call.arguments),
    ...slots.closeSlot(slot),
  ];
}

function finishMessage(slots: StreamSlots, slot: Slot, item: JsonObject): readonly StreamEvent[] {
  const events = objectsOf(item["content"]).flatMap((piece, index) => finishContent(slots, slot, { piece, index }));
  return [...events, ...slots.closeSlot(slot)];
}

/** Some servers tell annotations in the finished piece only. */
export function finishContent(
  slots: StreamSlots,
  slot: Slot,
  { piece, index }: { readonly piece: JsonObject; readonly index: number },
): readonly StreamEvent[] {
  const key = pieceKey("content", index);
  const opened = openContent(slots, slot, { type: piece["type"], index });
  const known = slot.pieces.get(key);
  if (known === undefined) return wholeContent(slots, slot, { piece, index });
  const missing = objectsOf(piece["annotations"]).slice(known.citations);
  return [
    ...opened,
    ...slots.complete(slot, key, stringOf(piece["text"]) ?? stringOf(piece["refusal"]) ?? ""),
    ...missing.flatMap((annotation) => slots.cite(slot, key, decodeAnnotation(annotation))),
    ...slots.close(slot, key),
  ];
}

function wholeContent(
  slots: StreamSlots,
  slot: Slot,
  { piece, index }: { readonly piece: JsonObject; readonly index: number },
): readonly StreamEvent[] {
  const key = pieceKey("content", index);
  slot.pieces.set(key, { text: "", citations: 0 });
  return slots.whole(asMessagePart(decodePiece(piece, slots.origin), slot.item, index));
}

function finishReasoning(slots: StreamSlots, slot: Slot, item: JsonObject): readonly StreamEvent[] {
  const texts = (["summary", "content"] as const).flatMap((field) =>
    objectsOf(item[field]).map((piece, index) => ({ field, index, text: stringOf(piece["text"]) ?? "" })),
  );
  const events = texts.flatMap(({ field, index, text }) => [
    ...openReasoning(slots, slot, { field, index }),
    ...slots.complete(slot, pieceKey(field, index), text),
  ]);
  const opaque = reasoningOpaque(item, slots.origin);
  if (slot.pieces.size > 0) {
    return [...events, ...(opaque === undefined ? [] : slots.seal(slot, opaque)), ...slots.closeSlot(slot)];
  }
  slot.done = true;
  return reasoningParts(item, slots.origin).flatMap(slots.whole);
}
