import {
  applyDelta,
  type Part,
  type PartDelta,
  type PartEnd,
  type PartStart,
  type ReasoningPart,
  type SearchResult,
  type StreamEvent,
  type ToolCallPart,
} from "@signalbox/protocol";
import { type Citing, startCiting } from "./cite.ts";

/** The parts of one of the upstream's answers, as the client is told of them. */
export interface AnswerParts {
  readonly start: (event: PartStart) => readonly StreamEvent[];
  readonly delta: (event: PartDelta) => readonly StreamEvent[];
  readonly end: (event: PartEnd) => readonly StreamEvent[];
  /** Nothing follows. */
  readonly flush: () => readonly StreamEvent[];
  /** All of it, as the model said it. */
  readonly content: () => readonly Part[];
  /** Calls of the gateway's own search. */
  readonly hidden: () => readonly ToolCallPart[];
  /** A tool of the client's is called as well. */
  readonly callsClient: () => boolean;
}

export interface AnswerPartsOptions {
  readonly name: string;
  readonly nextIndex: () => number;
  /** What may be cited, by its number; empty: nothing is. */
  readonly sources: readonly SearchResult[];
}

interface Shown {
  readonly to: number;
  readonly citing: Citing | undefined;
}

/**
 * Thinking whose seal and end wait for what comes after it; its words do not. What a vendor seals belongs to the call that follows
 * (OpenAI refuses a reasoning item without its own next item), so that it must not reach the client where that call is hidden.
 */
interface Held {
  readonly index: number;
  readonly whole: boolean;
  readonly events: StreamEvent[];
}

export function startAnswerParts({ name, nextIndex, sources }: AnswerPartsOptions): AnswerParts {
  const content = new Map<number, Part>();
  const shown = new Map<number, Shown>();
  let held: Held | undefined;

  const isOwn = (part: Part | undefined): part is ToolCallPart =>
    part?.type === "tool-call" && part.name === name && part.namespace === undefined;

  function release(beforeOwn: boolean): readonly StreamEvent[] {
    if (held === undefined) return [];
    const { events, whole } = held;
    held = undefined;
    if (!beforeOwn) return events;
    return whole ? [] : events.filter(({ type }) => type === "part-end");
  }

  function startReasoning(index: number, to: number, part: ReasoningPart): readonly StreamEvent[] {
    const { opaque, ...plain } = part;
    const start: StreamEvent = { type: "part-start", index: to, part: plain };
    const sealed: readonly StreamEvent[] =
      opaque === undefined ? [] : [{ type: "part-delta", index: to, delta: { type: "opaque", opaque } }];
    if (part.form === "redacted") {
      held = { index, whole: true, events: [{ ...start, part }] };
      return [];
    }
    if (sealed.length > 0) held = { index, whole: false, events: [...sealed] };
    return [start];
  }

  return {
    start({ index, part }) {
      content.set(index, part);
      const before = release(isOwn(part));
      if (isOwn(part)) return before;
      const to = nextIndex();
      const citing = part.type === "text" && sources.length > 0 ? startCiting(sources) : undefined;
      shown.set(index, { to, citing });
      if (part.type === "reasoning") return [...before, ...startReasoning(index, to, part)];
      const cited = part.type === "text" ? citationsOf(citing, part.text, to) : [];
      return [...before, { type: "part-start", index: to, part }, ...cited];
    },
    delta({ index, delta }) {
      const part = content.get(index);
      if (part !== undefined) content.set(index, applyDelta(part, delta));
      const place = shown.get(index);
      if (place === undefined) return [];
      const event: StreamEvent = { type: "part-delta", index: place.to, delta };
      if (part?.type === "reasoning" && (delta.type === "opaque" || (held?.index === index && held.whole))) {
        if (held?.index !== index) held = { index, whole: false, events: [] };
        held.events.push(event);
        return [];
      }
      return delta.type === "text" ? [event, ...citationsOf(place.citing, delta.text, place.to)] : [event];
    },
    end({ index }) {
      const place = shown.get(index);
      if (place === undefined) return [];
      const event: StreamEvent = { type: "part-end", index: place.to };
      if (held?.index !== index) return [event];
      held.events.push(event);
      return [];
    },
    flush: () => release(false),
    content: () => [...content.values()],
    hidden: () => [...content.values()].filter(isOwn),
    callsClient: () => [...content.values()].some((part) => part.type === "tool-call" && !isOwn(part)),
  };
}

function citationsOf(citing: Citing | undefined, text: string, index: number): readonly StreamEvent[] {
  if (citing === undefined || text === "") return [];
  return citing.push(text).map((citation) => ({ type: "part-delta", index, delta: { type: "citation", citation } }));
}
