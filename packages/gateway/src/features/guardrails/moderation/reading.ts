import { applyDelta, type Part, type StreamEvent } from "@signalbox/protocol";
import { wordsOf } from "./newest-turn.ts";
import { LONGEST_JUDGED } from "./pieces.ts";

/** The words of an answer as it comes, and no more of them than somebody could judge. */
export interface Reading {
  readonly push: (events: readonly StreamEvent[]) => void;
  readonly isTooLong: () => boolean;
  /** In the order in which their parts began. Undefined: too long to be judged. */
  readonly texts: () => readonly string[] | undefined;
  /** One that has read the same, and goes on by itself. */
  readonly copy: () => Reading;
}

interface Read {
  readonly parts: ReadonlyMap<number, Part>;
  readonly size: number;
}

export function startReading(from: Read = { parts: new Map(), size: 0 }): Reading {
  const parts = new Map(from.parts);
  let { size } = from;
  const isTooLong = () => size > LONGEST_JUDGED;
  const add = (event: StreamEvent): void => {
    if (isTooLong()) return;
    if (event.type === "part-start") {
      size += lengthOf(event.part);
      parts.set(event.index, event.part);
    }
    if (event.type !== "part-delta" || !("text" in event.delta)) return;
    const part = parts.get(event.index);
    if (part === undefined || part.type === "reasoning") return;
    size += event.delta.text.length;
    parts.set(event.index, applyDelta(part, event.delta));
    if (isTooLong()) parts.clear();
  };
  return {
    push: (events) => events.forEach(add),
    isTooLong,
    texts: () => (isTooLong() ? undefined : [...parts.values()].flatMap(wordsOf).filter((text) => text.trim() !== "")),
    copy: () => startReading({ parts, size }),
  };
}

const lengthOf = (part: Part): number => wordsOf(part).reduce((sum, { length }) => sum + length, 0);
