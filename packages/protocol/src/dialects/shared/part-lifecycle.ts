import type { Delta, StreamEvent } from "../../ir/events.ts";
import { takesDelta } from "../../ir/grammar.ts";
import type { Part } from "../../ir/parts.ts";

/**
 * Opens and closes parts so that every decoder emits well-formed events. Wire blocks are known by a key of the caller's
 * choice (a block index, an item id, `tool:0`); indexes are dense and never repeat. Methods return the events to emit.
 */
export interface PartLifecycle {
  readonly isOpen: (key: string) => boolean;
  /** Opens a part; an open part of the same key is closed first. */
  readonly open: (key: string, part: Part) => StreamEvent[];
  /** A delta for an open part; for a key that is not open, and of a type that the part does not take, it is nothing. */
  readonly delta: (key: string, delta: Delta) => StreamEvent[];
  readonly close: (key: string) => StreamEvent[];
  /** Closes all open parts, except those named. */
  readonly closeAll: (except?: readonly string[]) => StreamEvent[];
  /** A part that is whole at once. */
  readonly whole: (part: Part) => StreamEvent[];
}

export function partLifecycle(): PartLifecycle {
  const open = new Map<string, { readonly index: number; readonly kind: Part["type"] }>();
  let next = 0;

  const close = (key: string): StreamEvent[] => {
    const part = open.get(key);
    if (part === undefined) return [];
    open.delete(key);
    return [{ type: "part-end", index: part.index }];
  };

  const start = (part: Part): StreamEvent & { readonly index: number } => {
    const index = next;
    next += 1;
    return { type: "part-start", index, part };
  };

  return {
    isOpen: (key) => open.has(key),
    open(key, part) {
      const closed = close(key);
      const event = start(part);
      open.set(key, { index: event.index, kind: part.type });
      return [...closed, event];
    },
    delta(key, delta) {
      const part = open.get(key);
      if (part === undefined || !takesDelta(part.kind, delta.type)) return [];
      return [{ type: "part-delta", index: part.index, delta }];
    },
    close,
    closeAll: (except = []) => [...open.keys()].filter((key) => !except.includes(key)).flatMap(close),
    whole(part) {
      const event = start(part);
      return [event, { type: "part-end", index: event.index }];
    },
  };
}
