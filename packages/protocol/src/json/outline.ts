import type { JsonObject, JsonValue } from "../ir/json.ts";
import {
  ascii,
  type Cursor,
  endOfString,
  expect,
  malformed,
  skipSpace,
  skipValue,
  tooDeep,
  truncated,
} from "./cursor.ts";
import { type ByteSpan, stringAt, valueAt } from "./splice.ts";

/** A large JSON object that nobody decodes: its short fields, and of each of its lists how many objects are in it. */
export interface Outline {
  readonly fields: JsonObject;
  readonly lengths: ReadonlyMap<string, number>;
  /** Where the value of each field stands. */
  readonly spans: ReadonlyMap<string, ByteSpan>;
}

const SHORT = 64 * 1024;
const MAX_DEPTH = 128;

/**
 * For the answers of upstreams, of which most is numbers in lists: these are passed over by the engine's own search, which takes a
 * tenth of the time of a parse. What stands in lists is not checked. Throws `invalid_request` where it is no JSON object.
 */
export function outlineOf(bytes: Uint8Array): Outline {
  const cursor = { bytes, maxDepth: MAX_DEPTH, maxNodes: 0, at: 0, depth: 0, nodes: 0, openings: [], words: [] };
  const fields: [string, JsonValue][] = [];
  const lengths = new Map<string, number>();
  const spans = new Map<string, ByteSpan>();
  skipSpace(cursor);
  expect(cursor, ascii.openBrace, "it is no object");
  for (let name = nextName(cursor, ascii.openBrace); name !== undefined; name = nextName(cursor, ascii.comma)) {
    const start = cursor.at;
    const isList = bytes[start] === ascii.openBracket;
    const objects = skip(cursor);
    spans.set(name, { start, end: cursor.at });
    if (isList) lengths.set(name, objects);
    else if (cursor.at - start <= SHORT) fields.push([name, fieldAt(cursor, start)]);
  }
  skipSpace(cursor);
  if (cursor.at < bytes.length) throw malformed("something follows its end");
  return { fields: Object.fromEntries(fields), lengths, spans };
}

function fieldAt({ bytes, at }: Cursor, start: number): JsonValue {
  const value = valueAt(bytes, { start, end: at });
  if (value === undefined) throw malformed("a value is none");
  return value;
}

/** The name of the next member, whose value the cursor stands at then; undefined behind the object's end. */
function nextName(cursor: Cursor, before: number): string | undefined {
  const { bytes } = cursor;
  skipSpace(cursor);
  const isEmpty = before === ascii.openBrace && bytes[cursor.at + 1] === ascii.closeBrace;
  if (isEmpty) cursor.at += 1;
  if (bytes[cursor.at] === ascii.closeBrace) {
    cursor.at += 1;
    return undefined;
  }
  expect(cursor, before, "a comma is missing");
  cursor.at += 1;
  skipSpace(cursor);
  expect(cursor, ascii.quote, "a key is missing");
  const start = cursor.at;
  cursor.at = endOfString(bytes, start);
  const name = stringAt(bytes, { start, end: cursor.at });
  if (name === undefined) throw malformed("a key is not a valid string");
  skipSpace(cursor);
  expect(cursor, ascii.colon, "a colon is missing");
  cursor.at += 1;
  skipSpace(cursor);
  return name;
}

/** Moves behind the value at the cursor. How many objects stand right in it. */
function skip(cursor: Cursor): number {
  const { bytes, at } = cursor;
  const isContainer = bytes[at] === ascii.openBrace || bytes[at] === ascii.openBracket;
  if (isContainer) return skipContainer(cursor);
  skipValue(cursor, 0);
  return 0;
}

function skipContainer(cursor: Cursor): number {
  const { bytes } = cursor;
  const openers: number[] = [];
  let objects = 0;
  do {
    const byte = bytes[cursor.at];
    if (byte === undefined) throw truncated();
    if (byte === ascii.openBrace && openers.length === 1) objects += 1;
    cursor.at = byte === ascii.quote ? endOfString(bytes, cursor.at) : step(cursor, byte, openers);
  } while (openers.length > 0);
  return objects;
}

/** Where the walk goes on behind a byte that begins no string. */
function step({ bytes, at }: Cursor, byte: number, openers: number[]): number {
  switch (byte) {
    case ascii.openBracket:
    case ascii.openBrace: {
      const end = byte === ascii.openBracket ? endOfNumbers(bytes, at) : undefined;
      if (end !== undefined) return end;
      if (openers.length >= MAX_DEPTH) throw tooDeep(MAX_DEPTH);
      openers.push(byte);
      return at + 1;
    }
    case ascii.closeBracket:
    case ascii.closeBrace:
      // In ASCII both closers stand two places after their openers.
      if (openers.pop() !== byte - 2) throw malformed("a bracket is closed by one of another kind");
      return at + 1;
    default:
      return at + 1;
  }
}

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** Behind a list that begins with a number: vendors' lists of numbers have nothing else in them. */
function endOfNumbers(bytes: Uint8Array, open: number): number | undefined {
  let at = open + 1;
  while ((bytes[at] ?? ZERO) <= 0x20) at += 1;
  const first = bytes[at] ?? 0;
  if (first !== MINUS && (first < ZERO || first > NINE)) return undefined;
  const close = bytes.indexOf(ascii.closeBracket, at);
  if (close < 0) throw truncated();
  return close + 1;
}
