import { parseJson } from "@signalbox/protocol";
import { endOfBrackets } from "./json-text.ts";
import { isPointer } from "./repeated-lines.ts";
import { isCodeLine, SPACELESS } from "./text-kind.ts";

/** A run of whole lines. Joined by line breaks, the segments of a text are the text. */
export interface Segment {
  readonly lines: readonly string[];
  /** Stays as it is, byte for byte: code, JSON, tables, tags, base64. */
  readonly isProtected: boolean;
}

/** So many lines of code in a row are a piece of code, whoever forgot the fence. */
const CODE_RUN = 3;

/** How often a text may be read for brackets that close, in lengths of the text: one that only opens them is not read again and again. */
const BRACKET_READINGS = 2;

export function segmentsOf(text: string): readonly Segment[] {
  const lines = text.split("\n");
  const isProtected = new Uint8Array(lines.length);
  markFences(lines, isProtected);
  markJson(text, lines, isProtected);
  markCode(lines, isProtected);
  for (const [at, line] of lines.entries()) if (isStructured(line)) isProtected[at] = 1;
  return joined(lines, isProtected);
}

function joined(lines: readonly string[], isProtected: Uint8Array): readonly Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  for (let at = 1; at <= lines.length; at += 1) {
    if (at < lines.length && isProtected[at] === isProtected[start]) continue;
    segments.push({ lines: lines.slice(start, at), isProtected: isProtected[start] === 1 });
    start = at;
  }
  return segments;
}

const FENCE = /^[ \t>]*(`{3,}|~{3,})/;

/** A fence that nobody closes protects all that follows. */
function markFences(lines: readonly string[], isProtected: Uint8Array): void {
  let open: string | undefined;
  for (const [at, line] of lines.entries()) {
    const fence = line.includes("```") || line.includes("~~~") ? FENCE.exec(line)?.[1] : undefined;
    if (open !== undefined || fence !== undefined) isProtected[at] = 1;
    if (open === undefined) open = fence;
    else if (fence?.startsWith(open) === true) open = undefined;
  }
}

/** JSON that begins with a line. */
function markJson(text: string, lines: readonly string[], isProtected: Uint8Array): void {
  let budget = text.length * BRACKET_READINGS;
  let offset = 0;
  let until = 0;
  for (const [at, line] of lines.entries()) {
    const start = offset + line.length - line.trimStart().length;
    offset += line.length + 1;
    if (start < until) isProtected[at] = 1;
    else if (isProtected[at] === 0 && (text[start] === "{" || text[start] === "[")) {
      // Unread brackets may hold JSON: they are left alone.
      if (budget <= 0) isProtected[at] = 1;
      const end = endOfBrackets(text, start, Math.min(text.length, start + budget));
      budget -= (end ?? text.length) - start;
      if (end === undefined || !parses(text.slice(start, end))) continue;
      isProtected[at] = 1;
      until = end;
    }
  }
}

function parses(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

function markCode(lines: readonly string[], isProtected: Uint8Array): void {
  let start = 0;
  let count = 0;
  const close = (end: number) => {
    if (count >= CODE_RUN) isProtected.fill(1, start, end);
    count = 0;
  };
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "" && count > 0) continue;
    if (!isCodeLine(line)) close(at);
    else {
      if (count === 0) start = at;
      count += 1;
    }
  }
  close(lines.length);
}

const LONG_WORD = 80;
const INLINE_JSON = /\{\s*["'}]|\[\s*[{"]|\[\s*\[\s*[\d"{[]/;

/** Rows of tables, tags, JSON within a line, and words so long that they are no words. */
function isStructured(line: string): boolean {
  const first = line.trimStart()[0];
  if (first === "|" || first === "<") return true;
  return hasLongWord(line) || INLINE_JSON.test(line) || (first === "[" && isPointer(line));
}

function hasLongWord(line: string): boolean {
  for (let at = 0; line.length - at >= LONG_WORD; ) {
    const space = line.indexOf(" ", at);
    if ((space < 0 ? line.length : space) - at >= LONG_WORD) return !SPACELESS.test(line.slice(at, at + LONG_WORD));
    at = space + 1;
  }
  return false;
}
