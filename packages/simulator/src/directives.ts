import { type FaultPlan, parseFaults } from "./faults.ts";

export type Directive =
  | { readonly type: "text"; readonly words: number }
  | { readonly type: "stream"; readonly events: number }
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "think"; readonly text: string }
  | { readonly type: "tool"; readonly name: string; readonly arguments: string }
  | { readonly type: "cite"; readonly url: string }
  | { readonly type: "search"; readonly query: string }
  | { readonly type: "cache"; readonly read: number; readonly write: number }
  | { readonly type: "fault"; readonly plan: FaultPlan; readonly specification: string }
  | { readonly type: "repeat"; readonly characters: number }
  | { readonly type: "endless" | "redacted" | "json" | "refuse" | "length" | "image" | "then" };

type Reader = (argument: string) => Directive | undefined;

const count = (argument: string): number | undefined => (/^\d{1,7}$/.test(argument) ? Number(argument) : undefined);

const bare =
  (type: "endless" | "redacted" | "json" | "refuse" | "length" | "image" | "then"): Reader =>
  (argument) =>
    argument === "" ? { type } : undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["text", (argument) => map(count(argument), (words) => ({ type: "text", words }))],
  ["stream", (argument) => map(count(argument), (events) => ({ type: "stream", events }))],
  ["say", (text) => ({ type: "say", text })],
  ["think", (text) => ({ type: "think", text })],
  ["tool", readTool],
  ["cite", (url) => (url === "" ? undefined : { type: "cite", url })],
  ["search", (query) => (query === "" ? undefined : { type: "search", query })],
  ["cache", readCache],
  ["fault", (specification) => ({ type: "fault", plan: parseFaults(specification), specification })],
  ["repeat", (argument) => map(count(argument), (characters) => ({ type: "repeat", characters }))],
  ["endless", bare("endless")],
  ["redacted", bare("redacted")],
  ["json", bare("json")],
  ["refuse", bare("refuse")],
  ["length", bare("length")],
  ["image", bare("image")],
  ["then", bare("then")],
]);

function map<T>(value: T | undefined, make: (value: T) => Directive): Directive | undefined {
  return value === undefined ? undefined : make(value);
}

function readCache(argument: string): Directive | undefined {
  const [read = "", write = "0"] = argument.split(/\s+/);
  const tokens = [count(read), count(write)];
  return tokens[0] === undefined || tokens[1] === undefined
    ? undefined
    : { type: "cache", read: tokens[0], write: tokens[1] };
}

function readTool(argument: string): Directive | undefined {
  const [, name, json] = /^(\S+)\s*([\s\S]*)$/.exec(argument) ?? [];
  if (name === undefined) return undefined;
  return { type: "tool", name, arguments: json === undefined || json === "" ? "{}" : json };
}

/** All directives of a text, in order. Whatever else stands in `[[…]]` is text. */
export function parseDirectives(text: string): readonly Directive[] {
  const found: Directive[] = [];
  let at = text.indexOf("[[");
  while (at >= 0 && text.includes("]]", at)) {
    const end = endOfDirective(text, at + 2);
    const directive = end < 0 ? undefined : readDirective(text.slice(at + 2, end));
    if (directive !== undefined) found.push(directive);
    at = text.indexOf("[[", directive === undefined ? at + 2 : end + 2);
  }
  return found;
}

function readDirective(inner: string): Directive | undefined {
  const [, name, argument] = /^\s*([a-z]+)\s*([\s\S]*?)\s*$/.exec(inner) ?? [];
  return name === undefined ? undefined : READERS.get(name)?.(argument ?? "");
}

/** Where the closing `]]` is; a JSON argument may contain `]]` itself, so it is stepped over. */
function endOfDirective(text: string, from: number): number {
  const tool = /^\s*tool\s+[^\s\]{]+\s*(?=\{)/.exec(text.slice(from, from + 200));
  const start = tool === null ? from : endOfObject(text, from + tool[0].length);
  return start < 0 ? -1 : text.indexOf("]]", start);
}

function endOfObject(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return -1;
}

function endOfString(text: string, quote: number): number {
  let at = quote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
