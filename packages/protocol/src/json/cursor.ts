import { type GatewayError, invalidRequest } from "../ir/errors.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LOWER_C = 0x63;

/** For the walks of other files. The hot loop here needs its own: V8 loads an exported constant anew at each use. */
export const ascii = {
  quote: QUOTE,
  comma: COMMA,
  colon: COLON,
  openBracket: OPEN_BRACKET,
  closeBracket: CLOSE_BRACKET,
  openBrace: OPEN_BRACE,
  closeBrace: CLOSE_BRACE,
} as const;

/** Up to here a loop is faster than the call of the engine's own search. */
const SHORT_STRING = 48;
/** More messages and parts than this no conversation has; the rest of a hostile body is not noted. */
const MAX_OPENINGS = 100_000;

/** A walk over JSON text that parses nothing. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly maxDepth: number;
  readonly maxNodes: number;
  at: number;
  depth: number;
  nodes: number;
  /** `ObjectScan.openings`. */
  readonly openings: number[];
  /** `ObjectScan.words`. */
  readonly words: number[];
}

/** Moves behind the value at the cursor, which stands inside `outer` containers. */
export function skipValue(cursor: Cursor, outer: number): void {
  const { bytes, at } = cursor;
  const first = bytes[at];
  if (first === undefined) throw truncated();
  if (first === QUOTE) cursor.at = endOfString(bytes, at);
  else if (first === OPEN_BRACE || first === OPEN_BRACKET) skipContainer(cursor, outer);
  else skipScalar(cursor);
}

/** The hot loop. Its state stands in locals, and a stack of openers only as deep as the limit. */
function skipContainer(cursor: Cursor, outer: number): void {
  const { bytes, maxDepth, maxNodes, openings, words } = cursor;
  const openers = new Uint8Array(maxDepth + 1);
  let { at, nodes, depth: deepest } = cursor;
  let depth = outer;
  do {
    const byte = bytes[at];
    switch (byte) {
      case QUOTE:
        at = passString(bytes, at, words);
        continue;
      case COMMA:
        nodes += 1;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        openers[depth] = byte;
        depth += 1;
        nodes += 1;
        if (depth > maxDepth) throw tooDeep(maxDepth);
        if (depth > deepest) deepest = depth;
        noteOpening(openings, at, depth);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        // In ASCII both closers stand two places after their openers.
        if (openers[depth] !== byte - 2) throw malformed("a bracket is closed by one of another kind");
        break;
      case undefined:
        throw truncated();
    }
    at += 1;
    if (nodes > maxNodes) throw invalidRequest(`The request body holds too many values (limit ${maxNodes}).`);
  } while (depth > outer);
  Object.assign(cursor, { at, nodes, depth: deepest });
}

function noteOpening(openings: number[], at: number, depth: number): void {
  if (depth < 8 && (depth & 1) === 1 && openings.length < MAX_OPENINGS) openings.push(at * 8 + depth);
}

/** Moves behind a string, and notes one that is as long as `"compression"` or `"cache_control"` and begins as they do. */
function passString(bytes: Uint8Array, open: number, words: number[]): number {
  const end = endOfString(bytes, open);
  const isLong = end - open === 13 || end - open === 15;
  if (isLong && bytes[open + 1] === LOWER_C && words.length < MAX_OPENINGS) words.push(open);
  return end;
}

function skipScalar(cursor: Cursor): void {
  const { bytes } = cursor;
  const start = cursor.at;
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && !endsScalar(byte); byte = bytes[at]) at += 1;
  if (at === start) throw malformed("a value is missing");
  cursor.at = at;
}

function endsScalar(byte: number): boolean {
  return byte <= 0x20 || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
}

/**
 * The offset behind the string whose opening quote stands at `open`. Short strings take a loop, long ones the engine's own
 * byte search, which then looks back whether an odd number of backslashes escapes the quote that it found.
 */
export function endOfString(bytes: Uint8Array, open: number): number {
  let at = open + 1;
  for (;;) {
    const stop = at + SHORT_STRING;
    while (at < stop && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (bytes[at] === QUOTE) return at + 1;
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) throw truncated();
    if (!isEscaped(bytes, quote, at)) return quote + 1;
    at = quote + 1;
  }
}

/** `from` is known to be unescaped, and no further look back is needed. */
function isEscaped(bytes: Uint8Array, quote: number, from: number): boolean {
  let run = quote;
  while (run > from && bytes[run - 1] === BACKSLASH) run -= 1;
  return (quote - run) % 2 === 1;
}

export function skipSpace(cursor: Cursor): void {
  const { bytes } = cursor;
  let byte = bytes[cursor.at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    cursor.at += 1;
    byte = bytes[cursor.at];
  }
}

export function expect(cursor: Cursor, wanted: number, problem: string): void {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw truncated();
  if (byte !== wanted) throw malformed(problem);
}

export function malformed(problem: string): GatewayError {
  return invalidRequest(`Could not parse the JSON body of the request: ${problem}.`);
}

export function truncated(): GatewayError {
  return malformed("it ends too early");
}

export function tooDeep(limit: number): GatewayError {
  return invalidRequest(`JSON nesting too deep: the request body goes beyond ${limit} levels.`);
}
