import { type CanonicalResponse, collect, type StreamEvent } from "@signalbox/protocol";

/** An answer that is heard event by event, up to so many bytes. */
export interface EventCollector {
  readonly push: (events: readonly StreamEvent[]) => void;
  /** Undefined: it came to no end of its own, or is larger. */
  readonly response: () => CanonicalResponse | undefined;
}

export function eventCollector(limitBytes: number): EventCollector {
  let events: StreamEvent[] = [];
  let size = 0;
  let isLost = false;
  let isWhole = false;

  const hear = (event: StreamEvent): void => {
    const last = events.at(-1);
    const joined = last === undefined ? undefined : join(last, event);
    if (joined === undefined) events.push(event);
    else events[events.length - 1] = joined;
    size += sizeOf(event, joined !== undefined);
    isLost ||= event.type === "response-error" || isWhole || size > limitBytes;
    isWhole ||= event.type === "response-end";
    if (isLost) events = [];
  };

  return {
    push(heard) {
      for (const event of heard) {
        if (isLost) return;
        hear(event);
      }
    },
    response: () => (isLost || !isWhole ? undefined : collect(events)),
  };
}

/** Pieces of one text in a row are one piece: a stream of words is not held as thousands of objects. */
function join(last: StreamEvent, event: StreamEvent): StreamEvent | undefined {
  if (last.type !== "part-delta" || event.type !== "part-delta" || last.index !== event.index) return undefined;
  const { delta: before } = last;
  const { delta } = event;
  if (before.type === "text" && delta.type === "text")
    return { ...last, delta: { type: "text", text: before.text + delta.text } };
  if (before.type === "arguments" && delta.type === "arguments")
    return { ...last, delta: { type: "arguments", text: before.text + delta.text } };
  if (before.type === "data" && delta.type === "data")
    return { ...last, delta: { type: "data", data: before.data + delta.data } };
  return undefined;
}

/** Of an event's own fields. */
const EVENT_BYTES = 32;

function sizeOf(event: StreamEvent, isJoined: boolean): number {
  if (event.type === "part-delta" && "text" in event.delta)
    return event.delta.text.length + (isJoined ? 0 : EVENT_BYTES);
  if (event.type === "part-delta" && event.delta.type === "data") return event.delta.data.length;
  if (event.type === "part-end") return EVENT_BYTES;
  return event.type === "response-error" ? 0 : JSON.stringify(event).length;
}
