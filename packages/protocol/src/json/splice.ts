import { utf8Decoder, utf8Encoder } from "../encoding.ts";
import { invalidRequest } from "../ir/errors.ts";
import type { JsonValue } from "../ir/json.ts";
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
import { parseJson } from "./parse.ts";

/** `start` inclusive, `end` exclusive, in bytes. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** The span of a member's value, and where its key begins. */
export interface MemberSpan extends ByteSpan {
  readonly keyStart: number;
}

export interface ObjectScan {
  /** The members of the outermost object by unescaped key, in wire order. */
  readonly members: ReadonlyMap<string, MemberSpan>;
  /** Offset of the first byte after a byte order mark, and of the outermost `{`. */
  readonly start: number;
  readonly open: number;
  /** The deepest nesting; the outermost object is 1. */
  readonly depth: number;
  /** Containers and commas: never fewer than the values that a parse would make. */
  readonly nodes: number;
  /**
   * Where objects and arrays of odd depth 3 to 7 open, in wire order, as `offset * 8 + depth`: in every dialect these are
   * messages, their parts, and the parts of tool results. Read by `elements.ts`.
   */
  readonly openings: readonly number[];
  /** Where nested strings open that may be a key which is the gateway's business. Read by `mentions`. */
  readonly words: readonly number[];
}

export interface ScanLimits {
  readonly maxDepth?: number;
  readonly maxNodes?: number;
}

const DEFAULT_MAX_DEPTH = 128;
const DEFAULT_MAX_NODES = 1_000_000;
/** No dialect has a hundred fields; each key of an outermost object costs a string. */
const MAX_MEMBERS = 4096;
const MAX_PLAIN = 64;
const QUOTE = ascii.quote;
const BACKSLASH = 0x5c;

/**
 * One pass over a JSON object without parsing it: where its outermost members stand, and how deep and how large a parse
 * would be. It stops at the first excess, so that a hostile body costs no more than its beginning. Keys that are equal
 * after unescaping are an error, because parsers differ in which of the two they take: the one that policy has judged
 * might not be the one that the upstream obeys. What it does not check (numbers, escapes, commas within nested
 * containers, UTF-8) is for the parser. Throws `invalid_request`.
 */
export function scanObject(bytes: Uint8Array, limits: ScanLimits = {}): ObjectScan {
  const { maxDepth = DEFAULT_MAX_DEPTH, maxNodes = DEFAULT_MAX_NODES } = limits;
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const cursor: Cursor = { bytes, maxDepth, maxNodes, at: start, depth: 0, nodes: 0, openings: [], words: [] };
  skipSpace(cursor);
  const open = cursor.at;
  if (bytes[open] !== ascii.openBrace) {
    skipValue(cursor, 0);
    throw invalidRequest("The request body must be a JSON object.");
  }
  cursor.at += 1;
  cursor.depth = 1;
  cursor.nodes = 1;
  if (maxDepth < 1) throw tooDeep(maxDepth);
  const members = scanMembers(cursor);
  skipSpace(cursor);
  if (cursor.at < bytes.length) throw malformed("something follows its end");
  return {
    members,
    start,
    open,
    depth: cursor.depth,
    nodes: cursor.nodes,
    openings: cursor.openings,
    words: cursor.words,
  };
}

function scanMembers(cursor: Cursor): ReadonlyMap<string, MemberSpan> {
  const { bytes } = cursor;
  const members = new Map<string, MemberSpan>();
  skipSpace(cursor);
  if (bytes[cursor.at] === ascii.closeBrace) {
    cursor.at += 1;
    return members;
  }
  for (;;) {
    scanMember(cursor, members);
    const next = bytes[cursor.at];
    if (next === undefined) throw truncated();
    if (next !== ascii.comma && next !== ascii.closeBrace) throw malformed("a comma is missing");
    cursor.at += 1;
    if (next === ascii.closeBrace) return members;
    cursor.nodes += 1;
    if (members.size >= MAX_MEMBERS) throw invalidRequest("The request body has too many fields.");
    skipSpace(cursor);
  }
}

function scanMember(cursor: Cursor, members: Map<string, MemberSpan>): void {
  const { bytes } = cursor;
  const keyStart = cursor.at;
  expect(cursor, ascii.quote, "a key is missing");
  cursor.at = endOfString(bytes, keyStart);
  const key = stringAt(bytes, { start: keyStart, end: cursor.at });
  if (key === undefined) throw malformed("a key is not a valid string");
  if (members.has(key)) throw invalidRequest(`Duplicate key '${key}'.`, key);
  skipSpace(cursor);
  expect(cursor, ascii.colon, "a colon is missing");
  cursor.at += 1;
  skipSpace(cursor);
  const start = cursor.at;
  skipValue(cursor, 1);
  members.set(key, { keyStart, start, end: cursor.at });
  skipSpace(cursor);
}

/**
 * Whether this word stands somewhere in the object as a string of its own. To search the body for it would take a tenth of a
 * millisecond for each 300 KB; the scan has come by every string already.
 */
export function mentions(bytes: Uint8Array, { words }: ObjectScan, word: "compression" | "cache_control"): boolean {
  return words.some((open) => isWordAt(bytes, open + 1, word));
}

function isWordAt(bytes: Uint8Array, start: number, word: string): boolean {
  if (bytes[start + word.length] !== QUOTE) return false;
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[start + index] !== word.charCodeAt(index)) return false;
  }
  return true;
}

/** The JSON value that stands in `span`, or undefined when it is not valid JSON. */
export function valueAt(bytes: Uint8Array, span: ByteSpan): JsonValue | undefined {
  try {
    return parseJson(utf8Decoder({ fatal: true }).decode(bytes.subarray(span.start, span.end)));
  } catch {
    return undefined;
  }
}

/** The string that stands in `span`, or undefined when it is another value or invalid. */
export function stringAt(bytes: Uint8Array, span: ByteSpan): string | undefined {
  if (bytes[span.start] !== ascii.quote) return undefined;
  const value = plainString(bytes, span) ?? valueAt(bytes, span);
  return typeof value === "string" ? value : undefined;
}

/** A short string without escapes and beyond ASCII, as keys and names mostly are: a decoder costs more than to copy it. */
function plainString(bytes: Uint8Array, { start, end }: ByteSpan): string | undefined {
  if (end - start > MAX_PLAIN || end - start < 2 || bytes[end - 1] !== ascii.quote) return undefined;
  let text = "";
  for (let at = start + 1; at < end - 1; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/**
 * The object with some outermost members changed and every other byte as it was: `edits` maps a key to its new JSON text,
 * or to undefined to remove it. New members stand first, which lets the upstream see `model` before the long rest. A byte
 * order mark is left out, since RFC 8259 forbids to send one.
 */
export function spliceTopLevel(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: Readonly<Record<string, string | undefined>>,
): Uint8Array<ArrayBuffer> {
  return concatenate(splicePieces(bytes, scan, edits));
}

/** The same object in pieces that share the memory of the original: a large body is sent without being copied. */
export function splicePieces(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: Readonly<Record<string, string | undefined>>,
): readonly Uint8Array[] {
  const changes = new Map(Object.entries(edits));
  const inserted = [...changes]
    .filter(([key, text]) => text !== undefined && !scan.members.has(key))
    .map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  const pieces = [bytes.subarray(scan.start, scan.open + 1), utf8Encoder.encode(inserted.join(","))];
  let isFirstWritten = inserted.length === 0;
  let previousEnd = scan.open + 1;
  for (const [key, { keyStart, start, end }] of scan.members) {
    const gap = bytes.subarray(previousEnd, keyStart);
    const isFirstRead = previousEnd === scan.open + 1;
    const text = changes.get(key);
    previousEnd = end;
    if (changes.has(key) && text === undefined) continue;
    pieces.push(
      ...separator(gap, { isFirstRead, isFirstWritten }),
      bytes.subarray(keyStart, text === undefined ? end : start),
    );
    if (text !== undefined) pieces.push(utf8Encoder.encode(text));
    isFirstWritten = false;
  }
  return [...pieces, bytes.subarray(previousEnd)].filter(({ length }) => length > 0);
}

/** What stands before a member. The original gap holds a comma already, except before the first. */
function separator(
  gap: Uint8Array,
  { isFirstRead, isFirstWritten }: { readonly isFirstRead: boolean; readonly isFirstWritten: boolean },
): readonly Uint8Array[] {
  if (isFirstWritten) return isFirstRead ? [gap] : [];
  return isFirstRead ? [Uint8Array.of(ascii.comma), gap] : [gap];
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
