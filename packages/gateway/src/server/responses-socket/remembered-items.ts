import { type ByteSpan, elementsOf, scanObject, spanAt, spliceTopLevel, stringAt } from "@signalbox/protocol";
import { type CreateMessage, isUnstored } from "./client-message.ts";

/** Items of a conversation as they stand between the brackets of `input`: JSON texts with commas between them. */
export type Items = string;

export function joinedItems(earlier: Items, later: Items): Items {
  return earlier === "" || later === "" ? earlier + later : `${earlier},${later}`;
}

/** What a message sends as `input`, byte by byte; a plain string is the user's message that it means. */
export function inputItems({ bytes, scan }: CreateMessage): Items {
  const span = scan.members.get("input");
  if (span === undefined) return "";
  if (stringAt(bytes, span) !== undefined) {
    return `{"type":"message","role":"user","content":${bytes.toString("utf8", span.start, span.end)}}`;
  }
  return elementsOf(bytes, span)
    .map(({ start, end }) => bytes.toString("utf8", start, end))
    .join(",");
}

/** What was answered, gathered from the stream's events. */
export interface AnswerItems {
  /** `response.output_item.done` */
  readonly itemDone: (data: string) => void;
  /** The answer's items, from the event that ends it: some servers leave its `output` empty. */
  readonly of: (ending: string) => Items;
}

export function answerItems(message: CreateMessage): AnswerItems {
  const done: Uint8Array[] = [];
  return {
    itemDone(data) {
      const bytes = Buffer.from(data);
      const span = spanAt(bytes, ["item"]);
      if (span !== undefined) done.push(bytes.subarray(span.start, span.end));
    },
    of(ending) {
      const bytes = Buffer.from(ending);
      const output = spanAt(bytes, ["response", "output"]);
      const told = output === undefined ? [] : elementsOf(bytes, output).map((span) => cut(bytes, span));
      const items = told.length > 0 ? told : done;
      return (isUnstored(message) ? withoutLostReasoning(items) : items).map((item) => Buffer.from(item)).join(",");
    },
  };
}

const cut = (bytes: Uint8Array, { start, end }: ByteSpan): Uint8Array => bytes.subarray(start, end);

/**
 * Reasoning that was neither stored nor handed out encrypted exists nowhere any more: sent back, it is an error, and so is an item that
 * by its id belongs to it. https://developers.openai.com/api/docs/guides/reasoning#encrypted-reasoning-items
 */
function withoutLostReasoning(items: readonly Uint8Array[]): readonly Uint8Array[] {
  const kept = items.filter((item) => !isLost(item));
  return kept.length === items.length ? items : kept.map(withoutId);
}

function isLost(item: Uint8Array): boolean {
  const { members } = scanObject(item);
  const type = members.get("type");
  const encrypted = members.get("encrypted_content");
  if (type === undefined || stringAt(item, type) !== "reasoning") return false;
  return encrypted === undefined || stringAt(item, encrypted) === undefined;
}

const withoutId = (item: Uint8Array): Uint8Array => spliceTopLevel(item, scanObject(item), { id: undefined });

/** A conversation up to and with one response, as far as this connection has seen it. */
export interface Remembered {
  readonly items: Items;
  /** What stands before them is known to the gateway alone, by this response's id. */
  readonly after?: string | undefined;
}

export interface ItemMemory {
  readonly recall: (responseId: string) => Remembered | undefined;
  readonly remember: (responseId: string, remembered: Remembered) => void;
  /** The connection has ended: forgets all of it, and remembers nothing more. */
  readonly clear: () => void;
}

/** What the connections of one key hold together, in bytes. */
export interface SharedMemory {
  held: number;
  readonly most: number;
}

export interface MemoryLimits {
  readonly count: number;
  readonly bytes: number;
  readonly shared: SharedMemory;
}

/** The latest responses of one connection, in memory alone: it ends with the connection. */
export function itemMemory({ count, bytes, shared }: MemoryLimits): ItemMemory {
  const known = new Map<string, Remembered & { readonly size: number }>();
  let held = 0;
  let isOver = false;
  const forget = (responseId: string) => {
    const size = known.get(responseId)?.size ?? 0;
    held -= size;
    shared.held -= size;
    known.delete(responseId);
  };
  return {
    recall: (responseId) => known.get(responseId),
    remember(responseId, remembered) {
      if (isOver) return;
      const size = Buffer.byteLength(remembered.items);
      forget(responseId);
      known.set(responseId, { ...remembered, size });
      held += size;
      shared.held += size;
      for (const oldest of known.keys()) {
        if (known.size <= count && held <= bytes && shared.held <= shared.most) break;
        forget(oldest);
      }
    },
    clear() {
      isOver = true;
      for (const responseId of known.keys()) forget(responseId);
    },
  };
}
