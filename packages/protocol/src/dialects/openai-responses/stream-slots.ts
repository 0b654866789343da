import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Citation, Part } from "../../ir/parts.ts";
import { stringOf } from "../../json/read.ts";
import { type PartLifecycle, partLifecycle } from "../shared/part-lifecycle.ts";

/** What was emitted of one part so far, so that the `done` events can fill in what no delta brought. */
interface Piece {
  text: string;
  citations: number;
}

/** An output item of the stream, with the pieces that were opened of it. */
export interface Slot {
  readonly key: string;
  readonly item: JsonObject;
  readonly pieces: Map<string, Piece>;
  done: boolean;
}

/** The output items of a stream, and the parts that they become. */
export interface StreamSlots {
  readonly origin: Origin;
  readonly slots: readonly Slot[];
  /** The kinds of all parts so far: the finish reason depends on them. */
  readonly kinds: ReadonlySet<Part["type"]>;
  readonly add: (item: JsonObject, index: JsonValue | undefined) => Slot;
  /** By item id, else by output index: Copilot gives an item another id in each event, others leave all at index 0. */
  readonly find: (id: JsonValue | undefined, index: JsonValue | undefined) => Slot | undefined;
  readonly open: (slot: Slot, key: string, part: Part) => StreamEvent[];
  /** Appends to an open piece. */
  readonly grow: (slot: Slot, key: string, text: string) => StreamEvent[];
  /** Appends what is missing of `whole`. */
  readonly complete: (slot: Slot, key: string, whole: string) => StreamEvent[];
  readonly cite: (slot: Slot, key: string, citation: Citation) => StreamEvent[];
  readonly seal: (slot: Slot, opaque: NonNullable<Part["opaque"]>) => StreamEvent[];
  readonly close: (slot: Slot, key: string) => StreamEvent[];
  readonly closeSlot: (slot: Slot) => StreamEvent[];
  /** Closes what events after an item's end opened again. */
  readonly closeAll: () => StreamEvent[];
  readonly whole: (part: Part) => StreamEvent[];
}

export function streamSlots(origin: Origin): StreamSlots {
  const parts: PartLifecycle = partLifecycle();
  const slots: Slot[] = [];
  const byId = new Map<string, Slot>();
  const byIndex = new Map<number, Slot>();
  const kinds = new Set<Part["type"]>();
  const keyOf = (slot: Slot, key: string) => `${slot.key} ${key}`;

  const grow = (slot: Slot, key: string, text: string): StreamEvent[] => {
    const piece = slot.pieces.get(key);
    if (piece === undefined || text === "") return [];
    piece.text += text;
    const type = key === CALL ? "arguments" : "text";
    return parts.delta(keyOf(slot, key), { type, text });
  };

  return {
    origin,
    slots,
    kinds,
    add(item, index) {
      const slot: Slot = { key: String(slots.length), item, pieces: new Map(), done: false };
      slots.push(slot);
      const id = stringOf(item["id"]);
      if (id !== undefined && id !== "") byId.set(id, slot);
      if (typeof index === "number") byIndex.set(index, slot);
      return slot;
    },
    find(id, index) {
      const named = typeof id === "string" ? byId.get(id) : undefined;
      return named ?? (typeof index === "number" ? byIndex.get(index) : undefined);
    },
    open(slot, key, part) {
      if (slot.pieces.has(key)) return [];
      const closed = [...slot.pieces.keys()].flatMap((other) => parts.close(keyOf(slot, other)));
      slot.pieces.set(key, { text: "", citations: 0 });
      kinds.add(part.type);
      return [...closed, ...parts.open(keyOf(slot, key), part)];
    },
    grow,
    complete(slot, key, whole) {
      const said = slot.pieces.get(key)?.text ?? "";
      return whole.startsWith(said) ? grow(slot, key, whole.slice(said.length)) : [];
    },
    cite(slot, key, citation) {
      const piece = slot.pieces.get(key);
      if (piece === undefined) return [];
      piece.citations += 1;
      return parts.delta(keyOf(slot, key), { type: "citation", citation });
    },
    seal(slot, opaque) {
      const last = [...slot.pieces.keys()].at(-1);
      return last === undefined ? [] : parts.delta(keyOf(slot, last), { type: "opaque", opaque });
    },
    close: (slot, key) => parts.close(keyOf(slot, key)),
    closeSlot(slot) {
      slot.done = true;
      return [...slot.pieces.keys()].flatMap((key) => parts.close(keyOf(slot, key)));
    },
    closeAll: () => parts.closeAll(),
    whole(part) {
      kinds.add(part.type);
      return parts.whole(part);
    },
  };
}

/** The one piece of a call. */
export const CALL = "call";
