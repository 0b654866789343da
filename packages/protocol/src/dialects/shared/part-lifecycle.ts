import type { Delta, StreamEvent } from "../../ir/events.ts";
import type { Part } from "../../ir/parts.ts";

/**
 * Opens and closes parts so that every decoder emits well-formed events. Wire blocks are known by a key of the caller's
 * choice (a block index, an item id, `tool:0`); indexes are dense and never repeat. Methods return the events to emit.
 */
export interface PartLifecycle {
  readonly isOpen: (key: string) => boolean;
  /** Opens a part; an open part of the same key is closed first. */
  readonly open: (key: string, part: Part) => StreamEvent[];
  /** A delta for an open part; for a key that is not open it is nothing. */
  readonly delta: (key: string, delta: Delta) => StreamEvent[];
  readonly close: (key: string) => StreamEvent[];
  /** Closes all open parts, except those named. */
  readonly closeAll: (except?: readonly string[]) => StreamEvent[];
  /** A part that is whole at once. */
  readonly whole: (part: Part) => StreamEvent[];
}

export function partLifecycle(): PartLifecycle {
  const open = new Map<string, number>();
  let next = 0;

  const close = (key: string): StreamEvent[] => {
    const index = open.get(key);
    if (index === undefined) return [];
    open.delete(key);
    return [{ type: "part-end", index }];
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
      open.set(key, event.index);
      return [...closed, event];
    },
    delta(key, delta) {
      const index = open.get(key);
      return index === undefined ? [] : [{ type: "part-delta", index, delta }];
    },
    close,
    closeAll: (except = []) => [...open.keys()].filter((key) => !except.includes(key)).flatMap(close),
    whole(part) {
      const event = start(part);
      return [event, { type: "part-end", index: event.index }];
    },
  };
}
