import { utf8Decoder } from "../encoding.ts";
import { ascii } from "./cursor.ts";
import { elementsOf } from "./elements.ts";
import { type ObjectScan, scanObject, spliceTopLevel } from "./splice.ts";

export interface Stripped {
  /** For `spliceTopLevel`: the outermost members that change. */
  readonly edits: Readonly<Record<string, string | undefined>>;
  /** Those of the paths that led somewhere. */
  readonly removed: readonly string[];
}

/**
 * Leaves out what stands at these paths (`context_management`, `tools.*.defer_loading`), and keeps every other byte. `*` is
 * each element of an array. Steps that only the vendor's own schema knows (the type of a union's member) are passed over.
 */
export function stripPaths(bytes: Uint8Array, scan: ObjectScan, paths: readonly string[]): Stripped {
  const removed: string[] = [];
  const left = new Map<string, Uint8Array | undefined>();
  for (const path of paths) {
    const [step = "", ...rest] = path.split(".");
    const name = nameIn(scan, step);
    const span = name === undefined ? undefined : scan.members.get(name);
    if (name === undefined || span === undefined || (left.has(name) && left.get(name) === undefined)) continue;
    const value = left.get(name) ?? bytes.subarray(span.start, span.end);
    const without = rest.length === 0 ? undefined : withoutAt(value, rest);
    if (without === value) continue;
    left.set(name, without);
    removed.push(path);
  }
  const edits = [...left].map(([name, value]) => [name, value === undefined ? undefined : textOf(value)]);
  return { edits: Object.fromEntries(edits), removed };
}

/** The same bytes when there is nothing to leave out. */
function withoutAt(value: Uint8Array, path: readonly string[]): Uint8Array {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (value[0] === ascii.openBracket) return withoutInElements(value, step === "*" ? rest : path);
  return value[0] === ascii.openBrace ? withoutMember(value, step, rest) : value;
}

function withoutMember(value: Uint8Array, step: string, rest: readonly string[]): Uint8Array {
  const scan = scanned(value);
  if (scan === undefined) return value;
  const name = nameIn(scan, step);
  if (name === undefined) return withoutAt(value, rest);
  if (rest.length === 0) return spliceTopLevel(value, scan, { [name]: undefined });
  const span = scan.members.get(name);
  const held = value.subarray(span?.start, span?.end);
  const inner = withoutAt(held, rest);
  return inner === held ? value : spliceTopLevel(value, scan, { [name]: textOf(inner) });
}

function withoutInElements(array: Uint8Array, path: readonly string[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let kept = 0;
  for (const { start, end } of elementsOf(array, { start: 0, end: array.length })) {
    const element = array.subarray(start, end);
    const without = withoutAt(element, path);
    if (without === element) continue;
    pieces.push(array.subarray(kept, start), without);
    kept = end;
  }
  return pieces.length === 0 ? array : joined([...pieces, array.subarray(kept)]);
}

/** A nested object with two equal keys is left as it is: nobody can say which of them is meant. */
function scanned(value: Uint8Array): ObjectScan | undefined {
  try {
    return scanObject(value, { maxDepth: MAX_DEPTH, maxNodes: Number.POSITIVE_INFINITY });
  } catch {
    return undefined;
  }
}

/** The scan of the whole has enforced its own limit. */
const MAX_DEPTH = 1000;

/** Google answers in snake_case what was asked in camelCase. */
function nameIn({ members }: ObjectScan, step: string): string | undefined {
  if (members.has(step)) return step;
  const camel = inCamelCase(step);
  return members.has(camel) ? camel : undefined;
}

export const inCamelCase = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const decoder = utf8Decoder({ fatal: false });
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
