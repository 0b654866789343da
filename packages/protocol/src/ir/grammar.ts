import type { Delta, StreamEvent } from "./events.ts";
import type { Part } from "./parts.ts";

/** Says how a list of events breaks the grammar of `StreamEvent`, or returns undefined when it does not. Ends every codec test. */
export function grammarViolation(events: readonly StreamEvent[]): string | undefined {
  const open = new Map<number, Part["type"]>();
  const seen = new Set<number>();
  for (const [position, event] of events.entries()) {
    const problem = violationAt(event, position, { open, seen, last: events.length - 1 });
    if (problem !== undefined) return `event ${position} (${event.type}): ${problem}`;
  }
  const last = events.at(-1);
  if (last?.type !== "response-end" && last?.type !== "response-error") return "the terminal event is missing";
  return undefined;
}

interface GrammarState {
  readonly open: Map<number, Part["type"]>;
  readonly seen: Set<number>;
  readonly last: number;
}

function violationAt(event: StreamEvent, position: number, state: GrammarState): string | undefined {
  const terminal = event.type === "response-end" || event.type === "response-error";
  if (terminal !== (position === state.last))
    return terminal ? "something follows it" : "the terminal event is missing";
  if ((event.type === "response-start") !== (position === 0) && event.type !== "response-error") {
    return position === 0 ? "the first event is not response-start" : "response-start is not first";
  }
  switch (event.type) {
    case "response-start":
    case "response-error":
      return undefined;
    case "part-start":
      if (state.seen.has(event.index)) return `index ${event.index} is used twice`;
      state.seen.add(event.index);
      state.open.set(event.index, event.part.type);
      return undefined;
    case "part-delta":
      return deltaViolation(state.open.get(event.index), event.delta.type);
    case "part-end":
      return state.open.delete(event.index) ? undefined : `part ${event.index} is not open`;
    case "response-end":
      return state.open.size === 0 ? undefined : `parts ${[...state.open.keys()].join(", ")} are still open`;
  }
}

const DELTAS: Readonly<Record<Part["type"], readonly Delta["type"][]>> = {
  text: ["text", "citation", "opaque"],
  reasoning: ["text", "opaque"],
  refusal: ["text", "opaque"],
  "tool-call": ["arguments", "opaque"],
  media: ["data", "transcript", "opaque"],
  "tool-result": [],
  "web-search": [],
  unknown: [],
};

/** Whether a part of this kind grows by deltas of this type. */
export function takesDelta(kind: Part["type"], delta: Delta["type"]): boolean {
  return DELTAS[kind].includes(delta);
}

function deltaViolation(kind: Part["type"] | undefined, delta: Delta["type"]): string | undefined {
  if (kind === undefined) return "its part is not open";
  return takesDelta(kind, delta) ? undefined : `a ${kind} part takes no ${delta} delta`;
}
