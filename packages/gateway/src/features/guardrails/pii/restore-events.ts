import type { Delta, PartDelta, PartEnd, PartStart, StreamEvent } from "@signalbox/protocol";
import { editCitation, editPart } from "./edit-parts.ts";
import { asJsonText } from "./json-text.ts";
import type { Edit, Vault } from "./vault.ts";

/** Puts values back for their placeholders in the events of an answer, wherever chunks end. */
export interface Restorer {
  readonly push: (events: readonly StreamEvent[]) => readonly StreamEvent[];
  /** What was pushed and has not ended is void. */
  readonly reset: () => void;
}

type TextDelta = Extract<Delta, { readonly text: string }>;

/** A part that grows. */
interface Growing {
  readonly delta: TextDelta["type"];
  readonly written: (value: string) => string;
  /** May yet turn out to be signed: then it stays as the model wrote it. */
  readonly mayBeSigned: boolean;
  signed: boolean;
  /** Read, and not passed on. */
  held: string;
  /** How much of the upstream's text has been passed on. */
  passed: number;
  readonly edits: Edit[];
}

/** `writtenInText`: how a value is written in a text; absent: as it is. */
export function restoreEvents(vault: Vault, writtenInText = (value: string): string => value): Restorer {
  const parts = new Map<number, Growing>();

  const start = (event: PartStart): readonly StreamEvent[] => {
    const { begun, growing, text } = opened(event, vault, writtenInText);
    if (growing === undefined) return [begun];
    parts.set(event.index, growing);
    return [begun, ...grow(event.index, growing, text)];
  };
  const grow = (index: number, part: Growing, text: string): readonly StreamEvent[] => {
    part.held += text;
    return told(index, part, passable(vault, part));
  };
  const told = (index: number, part: Growing, length: number): readonly StreamEvent[] => {
    const text = length === 0 ? "" : released(vault, part, length);
    return text === "" ? [] : [{ type: "part-delta", index, delta: { type: part.delta, text } }];
  };
  const change = (event: PartDelta): readonly StreamEvent[] => {
    const { index, delta } = event;
    const part = parts.get(index);
    if (part === undefined) return [event];
    if ("text" in delta) return grow(index, part, delta.text);
    if (delta.type === "citation") {
      const citation = editCitation(delta.citation, (text) => vault.restore(text).text, part.edits);
      return [{ ...event, delta: { ...delta, citation } }];
    }
    if (delta.type !== "opaque" || !part.mayBeSigned) return [event];
    part.signed = true;
    return [...told(index, part, part.held.length), event];
  };
  const end = (event: PartEnd): readonly StreamEvent[] => {
    const part = parts.get(event.index);
    parts.delete(event.index);
    return part === undefined ? [event] : [...told(event.index, part, part.held.length), event];
  };
  const handle = (event: StreamEvent): readonly StreamEvent[] => {
    switch (event.type) {
      case "part-start":
        return start(event);
      case "part-delta":
        return change(event);
      case "part-end":
        return end(event);
      case "response-start":
      case "response-end":
      case "response-error":
        return [event];
    }
  };
  return { push: (events) => events.flatMap(handle), reset: () => parts.clear() };
}

function released(vault: Vault, part: Growing, length: number): string {
  const text = part.held.slice(0, length);
  part.held = part.held.slice(length);
  if (part.signed) return text;
  const { text: restored, edits } = vault.restore(text, part.written);
  const { passed } = part;
  part.edits.push(...edits.map((edit) => ({ ...edit, start: edit.start + passed, end: edit.end + passed })));
  part.passed += text.length;
  return restored;
}

/** How much of what is held may go on: not the beginning of a placeholder, and nothing of thinking from the first placeholder on. */
function passable(vault: Vault, { held, signed, mayBeSigned }: Growing): number {
  if (signed) return held.length;
  const first = mayBeSigned ? vault.firstAt(held) : undefined;
  return first ?? vault.openAt(held) ?? held.length;
}

interface Opened {
  readonly begun: PartStart;
  /** Absent: the part is whole. */
  readonly growing?: Growing;
  /** What it began with. */
  readonly text: string;
}

/** The start of a part that grows is told empty, and what it began with as its first piece. */
function opened(event: PartStart, vault: Vault, writtenInText: (value: string) => string): Opened {
  const { part } = event;
  const asIs = (value: string) => value;
  const whole = () => ({
    ...event,
    part: editPart(part, { text: (text) => vault.restore(text, writtenInText), unread: () => undefined }),
  });
  switch (part.type) {
    case "text":
    case "refusal": {
      const growing = growingPart({ delta: "text", written: part.type === "text" ? writtenInText : asIs });
      const isWhole = part.type === "text" && part.citations !== undefined;
      return isWhole
        ? { begun: whole(), growing, text: "" }
        : { begun: { ...event, part: { ...part, text: "" } }, growing, text: part.text };
    }
    case "reasoning": {
      const growing = growingPart({
        delta: "text",
        written: asIs,
        mayBeSigned: true,
        signed: part.opaque !== undefined,
      });
      return { begun: { ...event, part: { ...part, text: "" } }, growing, text: part.text };
    }
    case "tool-call": {
      const growing = growingPart({ delta: "arguments", written: part.input === "text" ? asIs : asJsonText });
      return { begun: { ...event, part: { ...part, arguments: "" } }, growing, text: part.arguments };
    }
    case "media":
      return { begun: whole(), growing: growingPart({ delta: "transcript", written: asIs }), text: "" };
    case "tool-result":
    case "web-search":
      return { begun: whole(), text: "" };
    case "unknown":
      return { begun: event, text: "" };
  }
}

function growingPart({
  delta,
  written,
  mayBeSigned = false,
  signed = false,
}: Pick<Growing, "delta" | "written"> & Partial<Pick<Growing, "mayBeSigned" | "signed">>): Growing {
  return { delta, written, mayBeSigned, signed, held: "", passed: 0, edits: [] };
}
