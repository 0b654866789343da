/** Fewer identical lines in a row are chance, or cost less than saying where they stand. */
export const LEAST_LINES = 8;
/** Without white space: a run of closing brackets is no block. */
const LEAST_CHARACTERS = 160;
/** A line that says where a block stands must cost much less than the block. */
const WORTH = 2;
const QUOTED = 48;

/** Lines, and what is known of them. */
interface Given {
  readonly given: readonly string[];
  readonly own: readonly number[];
}

interface Source {
  readonly label: string;
  /** The place of its first line among all lines. */
  readonly start: number;
}

/** What the model has read of a conversation so far, and where. Only texts that stand there as they were sent are in it. */
export interface ReadSoFar {
  /** `original`: as its author wrote it, where nothing was lost. */
  readonly add: (text: string, label: string, original?: string) => void;
  /** The text with the blocks that stand elsewhere replaced by lines that say where; undefined where there are none. */
  readonly without: (text: string) => string | undefined;
  /** Where this very text stands. */
  readonly sameAs: (text: string) => string | undefined;
}

const POINTER = /^\[Lines \d+-\d+ of .* above stand here again, from ".*" on\.\]$/;

/** A line that says where a block stands. */
export const isPointer = (line: string): boolean => POINTER.test(line);

export function startReading(): ReadSoFar {
  const ids = new Map<string, number>();
  const lines: string[] = [];
  const all: number[] = [];
  const sources: Source[] = [];
  const windows = new Map<number, number>();
  const whole = new Map<string, string>();
  /** No line has it: blocks do not run on from one text into the next. */
  const BORDER = -1;

  const idOf = (line: string): number => {
    const known = ids.get(line);
    if (known !== undefined) return known;
    ids.set(line, lines.length);
    return lines.push(line) - 1;
  };
  const runFrom = (
    own: readonly number[],
    at: number,
  ): { readonly place: number; readonly length: number } | undefined => {
    const place = windows.get(windowAt(own, at));
    if (place === undefined) return undefined;
    let length = 0;
    while (at + length < own.length && own[at + length] === all[place + length]) length += 1;
    return length < LEAST_LINES ? undefined : { place, length };
  };
  const pointer = (place: number, length: number): string => {
    const source = sources.findLast(({ start }) => start <= place);
    const first = place - (source?.start ?? 0) + 1;
    const opening = beginning(all.slice(place, place + length), lines);
    return `[Lines ${first}-${first + length - 1} of ${source?.label ?? ""} above stand here again, from "${opening}" on.]`;
  };
  const blockAt = ({ given, own }: Given, at: number) => {
    const run = at + LEAST_LINES <= given.length ? runFrom(own, at) : undefined;
    if (run === undefined) return undefined;
    const block = given.slice(at, at + run.length);
    const line = isBlock(block) ? pointer(run.place, run.length) : undefined;
    return line === undefined || sizeOf(block) < line.length * WORTH ? undefined : { line, length: run.length };
  };

  return {
    add(text, label, original = text) {
      if (!whole.has(text)) whole.set(text, label);
      if (!whole.has(original)) whole.set(original, label);
      const own = text.split("\n").map(idOf);
      const start = all.length;
      sources.push({ label, start });
      for (const id of own) all.push(id);
      all.push(BORDER);
      for (let at = 0; at + LEAST_LINES <= own.length; at += 1) {
        const key = windowAt(own, at);
        if (!windows.has(key)) windows.set(key, start + at);
      }
    },
    without(text) {
      if (windows.size === 0) return undefined;
      const given = text.split("\n");
      if (given.length < LEAST_LINES) return undefined;
      // What no text before has can be in no block; it needs no id of its own.
      const own = given.map((line) => ids.get(line) ?? -2);
      const said: string[] = [];
      for (let at = 0; at < given.length; ) {
        const found = blockAt({ given, own }, at);
        said.push(found?.line ?? given[at] ?? "");
        at += found?.length ?? 1;
      }
      return said.length < given.length ? said.join("\n") : undefined;
    },
    sameAs: (text) => whole.get(text),
  };
}

function windowAt(ids: readonly number[], at: number): number {
  let hash = 0x811c9dc5;
  for (let offset = 0; offset < LEAST_LINES; offset += 1) hash = Math.imul(hash ^ (ids[at + offset] ?? 0), 0x01000193);
  return hash;
}

const sizeOf = (block: readonly string[]): number => block.reduce((sum, line) => sum + line.length + 1, 0);

function isBlock(block: readonly string[]): boolean {
  let characters = 0;
  for (const line of block) {
    characters += line.trim().length;
    if (characters >= LEAST_CHARACTERS) return true;
  }
  return false;
}

/** The first words of a block, so that it is found by them too. */
function beginning(block: readonly number[], lines: readonly string[]): string {
  const first = block.map((id) => lines[id]?.trim() ?? "").find((line) => line !== "") ?? "";
  return first.slice(0, QUOTED).toWellFormed();
}
