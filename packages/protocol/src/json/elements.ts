import { utf8Encoder } from "../encoding.ts";
import { ascii, type Cursor, endOfString, expect, skipSpace, skipValue } from "./cursor.ts";
import type { ByteSpan, ObjectScan } from "./splice.ts";

/** The scan has enforced a limit of its own, which an operator may set as high as this. */
const MAX_DEPTH = 1000;

/** The depths that `ObjectScan.openings` notes. */
export type OpeningDepth = 3 | 5 | 7;

export interface Where extends ByteSpan {
  readonly depth: OpeningDepth;
  readonly of?: "objects" | "arrays";
}

/**
 * The offsets at which the objects (or, where asked for, the arrays) of one depth open within a span, in wire order and
 * without another look at the bytes between them. The elements of an outermost member that is an array have depth 3.
 */
export function openingsWithin(bytes: Uint8Array, scan: ObjectScan, where: Where): readonly number[] {
  const found: number[] = [];
  const opener = where.of === "arrays" ? ascii.openBracket : ascii.openBrace;
  for (let index = firstAt(scan.openings, where.start * 8); index < scan.openings.length; index += 1) {
    const opening = scan.openings[index] ?? 0;
    const offset = Math.floor(opening / 8);
    if (offset >= where.end) break;
    if (opening % 8 === where.depth && bytes[offset] === opener) found.push(offset);
  }
  return found;
}

/** The index of the first of the ascending `openings` that is not below `least`. */
function firstAt(openings: readonly number[], least: number): number {
  let low = 0;
  let high = openings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((openings[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A string as JSON text without needless escapes, to compare keys and short values with. */
export function jsonBytes(text: string): Uint8Array {
  return utf8Encoder.encode(JSON.stringify(text));
}

/** Whether exactly `wanted` stands in `span`. */
export function isSame(bytes: Uint8Array, { start, end }: ByteSpan, wanted: Uint8Array): boolean {
  return end - start === wanted.length && standsAt(bytes, start, wanted);
}

function standsAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[start + index] !== wanted[index]) return false;
  }
  return true;
}

/** A member that was looked for: the place of its key among those given, and where its value begins. */
export interface FoundMember {
  readonly key: number;
  readonly start: number;
}

/**
 * The first member, in wire order, of the object that opens at `open` whose key is one of `keys`; its value is not walked
 * over. The bytes must have passed `scanObject`. A key that is written with escapes is not found.
 */
export function firstMemberOf(bytes: Uint8Array, open: number, keys: readonly Uint8Array[]): FoundMember | undefined {
  if (bytes[open] !== ascii.openBrace) return undefined;
  const at = open + 1;
  const first = keys.findIndex((wanted) => standsAt(bytes, at, wanted));
  if (first >= 0) {
    const start = at + (keys[first]?.length ?? 0) + 1;
    if (bytes[start - 1] === ascii.colon && (bytes[start] ?? 0) > 0x20) return { key: first, start };
  }
  return seek(bytes, at, keys);
}

/** The same for objects that have white space, or another member first. */
function seek(bytes: Uint8Array, at: number, keys: readonly Uint8Array[]): FoundMember | undefined {
  const cursor = cursorAt(bytes, at);
  try {
    while (next(cursor, ascii.closeBrace)) {
      const keyStart = cursor.at;
      expect(cursor, ascii.quote, "a key is missing");
      cursor.at = endOfString(bytes, keyStart);
      const span = { start: keyStart, end: cursor.at };
      skipSpace(cursor);
      expect(cursor, ascii.colon, "a colon is missing");
      cursor.at += 1;
      skipSpace(cursor);
      const key = keys.findIndex((wanted) => isSame(bytes, span, wanted));
      if (key >= 0) return { key, start: cursor.at };
      skipValue(cursor, 0);
    }
  } catch {
    // A scan does not check nested commas and colons; where one is wrong the parser will say so.
  }
  return undefined;
}

/** The value of one member of the object that opens at `open`, as `firstMemberOf` finds it. */
export function memberIn(bytes: Uint8Array, open: number, key: Uint8Array): ByteSpan | undefined {
  const found = firstMemberOf(bytes, open, [key]);
  return found === undefined ? undefined : valueSpan(bytes, found.start);
}

/** The value that begins at `start`. */
export function valueSpan(bytes: Uint8Array, start: number): ByteSpan | undefined {
  const cursor = cursorAt(bytes, start);
  try {
    skipValue(cursor, 0);
    return { start, end: cursor.at };
  } catch {
    return undefined;
  }
}

/** The elements of the array in `span`, at most `limit` of them; none when it is not an array. */
export function elementsOf(bytes: Uint8Array, span: ByteSpan, limit = Number.POSITIVE_INFINITY): readonly ByteSpan[] {
  const elements: ByteSpan[] = [];
  if (bytes[span.start] !== ascii.openBracket) return elements;
  const cursor = cursorAt(bytes, span.start + 1);
  try {
    while (elements.length < limit && next(cursor, ascii.closeBracket)) {
      const start = cursor.at;
      skipValue(cursor, 0);
      elements.push({ start, end: cursor.at });
    }
  } catch {
    return elements;
  }
  return elements;
}

/** Whether another item follows before `closer`; the cursor stands at it then. */
function next(cursor: Cursor, closer: number): boolean {
  skipSpace(cursor);
  if (cursor.bytes[cursor.at] === ascii.comma) {
    cursor.at += 1;
    skipSpace(cursor);
  }
  const byte = cursor.bytes[cursor.at];
  return byte !== undefined && byte !== closer;
}

function cursorAt(bytes: Uint8Array, at: number): Cursor {
  return {
    bytes,
    maxDepth: MAX_DEPTH,
    maxNodes: Number.POSITIVE_INFINITY,
    at,
    depth: 0,
    nodes: 0,
    openings: [],
    words: [],
  };
}
