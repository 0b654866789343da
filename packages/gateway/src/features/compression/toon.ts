import { parseJson } from "@signalbox/protocol";
import { endOfString } from "./json-text.ts";

/**
 * Uniform arrays as TOON: the names of the fields once, then a line for each object. Written from the JSON text, so that numbers stay
 * as they were written, integers beyond 2^53 too, which TOON's own library (@toon-format/toon) reads as floats.
 * https://github.com/toon-format/spec/blob/main/SPEC.md
 */

/** Fewer rows do not pay for the line with the names. */
const LEAST_ROWS = 5;

/** Undefined where there is no such array: `minified` is an array of flat objects, or an object of scalars and such arrays. */
export function toonOf(minified: string): string | undefined {
  if (minified.startsWith("[")) {
    const table = readTable(minified, 0);
    return table === undefined || table.end !== minified.length ? undefined : written("", table);
  }
  return minified.startsWith("{") ? objectOf(minified) : undefined;
}

function objectOf(text: string): string | undefined {
  const lines: string[] = [];
  const names = new Set<string>();
  let tables = 0;
  let at = 1;
  while (text[at] === '"') {
    const member = readMember(text, at);
    if (member === undefined || names.has(member.name)) return undefined;
    names.add(member.name);
    lines.push(member.lines);
    if (member.isTable) tables += 1;
    at = behindComma(text, member.end);
  }
  return tables > 0 && at === text.length - 1 ? lines.join("\n") : undefined;
}

const behindComma = (text: string, at: number): number => (text[at] === "," ? at + 1 : at);

function readMember(text: string, at: number) {
  const nameEnd = endOfString(text, at);
  const name = keyOf(text.slice(at, nameEnd));
  if (name === undefined) return undefined;
  if (text[nameEnd + 1] === "[") {
    const table = readTable(text, nameEnd + 1);
    return table === undefined ? undefined : { name, lines: written(name, table), end: table.end, isTable: true };
  }
  const scalar = readScalar(text, nameEnd + 1);
  const value = scalar === undefined ? undefined : toonValue(scalar.lexeme);
  if (scalar === undefined || value === undefined) return undefined;
  return { name, lines: `${name}: ${value}`, end: scalar.end, isTable: false };
}

interface Table {
  /** As TOON writes them. */
  readonly names: readonly string[];
  readonly rows: readonly string[];
  /** Behind the array. */
  readonly end: number;
}

function written(name: string, { names, rows }: Table): string {
  return `${name}[${rows.length}]{${names.join(",")}}:\n${rows.join("\n")}`;
}

function readTable(text: string, start: number): Table | undefined {
  const rows: string[] = [];
  let keys: readonly string[] | undefined;
  let at = start + 1;
  while (text[at] === "{") {
    const row = readRow(text, at);
    keys ??= row?.keys;
    if (row === undefined || !isSameList(row.keys, keys ?? [])) return undefined;
    rows.push(`  ${row.values.join(",")}`);
    at = behindComma(text, row.end);
  }
  const names = (keys ?? []).map(keyOf).filter((name) => name !== undefined);
  const isTable = text[at] === "]" && rows.length >= LEAST_ROWS && names.length > 0;
  return isTable && new Set(names).size === keys?.length ? { names, rows, end: at + 1 } : undefined;
}

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((item, at) => item === other[at]);

interface Row {
  /** As the JSON writes them. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly end: number;
}

function readRow(text: string, start: number): Row | undefined {
  const keys: string[] = [];
  const values: string[] = [];
  let at = start + 1;
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const scalar = readScalar(text, nameEnd + 1);
    const value = scalar === undefined ? undefined : toonValue(scalar.lexeme);
    if (scalar === undefined || value === undefined) return undefined;
    keys.push(text.slice(at, nameEnd));
    values.push(value);
    at = scalar.end;
    at = behindComma(text, at);
  }
  return text[at] === "}" ? { keys, values, end: at + 1 } : undefined;
}

function readScalar(text: string, at: number): { readonly lexeme: string; readonly end: number } | undefined {
  if (text[at] === "{" || text[at] === "[") return undefined;
  let end = at;
  if (text[at] === '"') end = endOfString(text, at);
  else while (end < text.length && !",}]".includes(text[end] ?? "")) end += 1;
  return { lexeme: text.slice(at, end), end };
}

const PLAIN_KEY = /^"[A-Za-z_][A-Za-z0-9_.]*"$/;

const keyOf = (lexeme: string): string | undefined =>
  PLAIN_KEY.test(lexeme) ? lexeme.slice(1, -1) : quoted(stringIn(lexeme));

/** Undefined for what TOON would read as something else: `1.50` and `1e9` are not how it writes numbers, but it reads them. */
function toonValue(lexeme: string): string | undefined {
  if (!lexeme.startsWith('"')) return lexeme;
  const text = stringIn(lexeme);
  if (text === undefined) return undefined;
  return needsQuotes(text) ? quoted(text) : text;
}

/** A half of a character that is written in two cannot be said in TOON. */
function stringIn(lexeme: string): string | undefined {
  const inner = lexeme.slice(1, -1);
  const text = inner.includes("\\") ? String(parseJson(lexeme)) : inner;
  return text.isWellFormed() ? text : undefined;
}

const UNSAFE = /^$|^\s|\s$|^(?:true|false|null)$|^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$|^[-#]|[:"\\[\]{},]/i;

const needsQuotes = (text: string): boolean => UNSAFE.test(text) || hasControl(text);

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) < 0x20) return true;
  return false;
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

function quoted(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  let said = "";
  for (const character of text) {
    const code = character.charCodeAt(0);
    said += SHORT[character] ?? (code < 0x20 ? `\\u${code.toString(16).padStart(4, "0")}` : character);
  }
  return `"${said}"`;
}
