import { hash } from "node:crypto";
import type { Directive } from "./directives.ts";
import { isFields, jsonSize, parseJson } from "./json.ts";
import type { RequestView } from "./request-view.ts";
import type { Scenario } from "./scenarios.ts";
import { instanceOf } from "./schema-instance.ts";
import { readSize, type SearchReply, saidOf, searched, searchPart, type TextReply, textPart } from "./searching.ts";
import { ENDLESS_WORDS, endlessWords, piecesOf, streamPieces } from "./words.ts";

export type { TextReply } from "./searching.ts";

export type ReplyPart = SaidPart | SearchReply;

export type SaidPart =
  | TextReply
  | { readonly type: "reasoning"; readonly text: string; readonly redacted: boolean }
  | { readonly type: "tool-call"; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: "refusal"; readonly text: string }
  | { readonly type: "image"; readonly mediaType: string; readonly base64: string };

export type Finish = "stop" | "length" | "tool-calls" | "refusal";

export interface Reply {
  readonly parts: readonly ReplyPart[];
  readonly finish: Finish;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Of the prompt: what searches found. */
  readonly readTokens: number;
  readonly cache: { readonly read: number; readonly write: number } | undefined;
  /** 64 hexadecimal digits that depend on the conversation only; ids are cut from it. */
  readonly seed: string;
}

/** Two samples for every character: 16 bits each, little-endian. */
export function samplesOf(text: string): Buffer {
  const samples = Buffer.alloc(4 * text.length);
  for (let at = 0; at < text.length; at += 1) {
    samples.writeInt16LE(text.charCodeAt(at) & 0x7fff, 4 * at);
    samples.writeInt16LE(-(text.charCodeAt(at) & 0x7fff), 4 * at + 2);
  }
  return samples;
}

/** One pixel. */
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const REFUSAL = "I can't help with that request.";
const DEFAULT_THOUGHT = "Let me think about this request for a moment.";
const SHORT = 400;

export interface ReplyRequest {
  readonly model: string;
  readonly view: RequestView;
  readonly scenario: Scenario;
}

export function buildReply(request: ReplyRequest): Reply {
  const { view, scenario, model } = request;
  const seed = hash("sha256", JSON.stringify([model, view.turns.length, scenario.lastText]), "hex");
  const played = (scenario.step ?? []).flatMap((directive) => partsOf(directive, view));
  const content = played.some(isSaid) ? played : [...played, ...fallback(request, played)];
  const repeated = scenario.step?.find((directive) => directive.type === "repeat")?.characters ?? 0;
  const cited = searched(mergeText(numbered(content, seed)), view);
  const whole = saidAloud(withThinking(cited, view), view);
  const parts = view.prefill === undefined ? whole : goneOnWith(whole, view.prefill, repeated);
  return {
    parts,
    finish: finishOf(parts, scenario.step),
    ...tokensOf(parts),
    readTokens: Math.ceil(readSize(parts) / 4),
    cache: scenario.step?.find((directive) => directive.type === "cache"),
    seed,
  };
}

const isSaid = ({ type }: ReplyPart): boolean => type !== "reasoning" && type !== "search";

function partsOf(directive: Directive, view: RequestView): readonly ReplyPart[] {
  switch (directive.type) {
    case "text":
      return [{ type: "text", citations: [], ...piecesOf(directive.words) }];
    case "stream":
      return [{ type: "text", citations: [], ...streamPieces(directive.events) }];
    case "say":
      return [textPart(directive.text)];
    case "endless":
      return [{ type: "text", text: ENDLESS_WORDS, pieces: endlessWords, citations: [] }];
    case "think":
      return [{ type: "reasoning", text: directive.text, redacted: false }];
    case "redacted":
      return [{ type: "reasoning", text: DEFAULT_THOUGHT, redacted: true }];
    case "tool":
      return [{ type: "tool-call", id: "", name: directive.name, arguments: directive.arguments }];
    case "cite":
      return [citing(directive.url)];
    case "search":
      return searchPart(directive.query, view);
    case "json":
      return [jsonPart(view)];
    case "image":
      return [{ type: "image", mediaType: "image/png", base64: PNG }];
    case "refuse":
      return [{ type: "refusal", text: REFUSAL }];
    case "length":
    case "repeat":
    case "cache":
    case "fault":
    case "then":
      return [];
  }
}

function citing(url: string): TextReply {
  const text = "The timetable says so.";
  return textPart(text, [{ url, title: "Timetable", quote: text, start: 0, end: text.length }]);
}

function saidAloud(parts: readonly ReplyPart[], { output }: RequestView): readonly ReplyPart[] {
  return output.type !== "audio"
    ? parts
    : parts.map((part) => (part.type === "text" ? { ...part, spoken: true as const } : part));
}

function jsonPart(view: RequestView): TextReply {
  const schema = view.output.type === "json" ? view.output.schema : undefined;
  return textPart(JSON.stringify(schema === undefined ? { reply: "sample" } : instanceOf(schema)));
}

function fallback({ view, scenario, model }: ReplyRequest, played: readonly ReplyPart[]): readonly ReplyPart[] {
  if (view.output.type === "json") return [jsonPart(view)];
  if (view.output.type === "image") return [{ type: "image", mediaType: "image/png", base64: PNG }];
  const picture: ReplyPart = { type: "image", mediaType: "image/png", base64: PNG };
  if (view.output.type === "text-and-image") return [textPart(`A picture of: ${shorten(scenario.lastText)}`), picture];
  const searches = played.filter((part) => part.type === "search");
  if (searches.length > 0) return [saidOf(searches)];
  const saw = scenario.media.map((media) => ` [saw ${media}]`).join("");
  if (scenario.results.length > 0) {
    const said = scenario.results.map((result) => shorten(result.text)).join(" | ");
    return [textPart(`Tool said: ${said}${saw}`)];
  }
  return [textPart(`Hello from ${model}! You said: ${shorten(scenario.lastText)}${saw}`)];
}

const shorten = (text: string): string => (text.length <= SHORT ? text : `${text.slice(0, SHORT)}…`);

function numbered(parts: readonly ReplyPart[], seed: string): readonly ReplyPart[] {
  return parts.map((part, index) =>
    part.type === "tool-call" || part.type === "search"
      ? { ...part, id: `${seed.slice(0, 20)}${index.toString(16).padStart(2, "0")}` }
      : part,
  );
}

/** Neighbouring texts are one text; a cited one stays alone, because its citation covers all of it. */
function mergeText(parts: readonly ReplyPart[]): readonly ReplyPart[] {
  const merged: ReplyPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.type === "text" && last?.type === "text" && part.citations.length + last.citations.length === 0)
      merged[merged.length - 1] = joinTexts(last, part);
    else merged.push(part);
  }
  return merged;
}

/** The rest of an answer of which `prefill` was said already, and the last of that again. */
function goneOnWith(parts: readonly ReplyPart[], prefill: string, repeated: number): readonly ReplyPart[] {
  const at = parts.findIndex((part) => part.type === "text");
  const first = parts[at];
  if (first?.type !== "text" || prefill === "" || !first.text.startsWith(prefill)) return parts;
  const cut = Math.max(0, prefill.length - repeated);
  const rest = first.text.slice(cut);
  const citations = first.citations
    .filter(({ end }) => end > cut)
    .map((one) => ({ ...one, start: Math.max(0, one.start - cut), end: one.end - cut }));
  return parts.toSpliced(at, 1, ...(rest === "" ? [] : [textPart(rest, citations)]));
}

function joinTexts(first: TextReply, second: TextReply): TextReply {
  const pieces = {
    *[Symbol.iterator]() {
      yield* first.pieces;
      yield* second.pieces;
    },
  };
  return { type: "text", text: first.text + second.text, pieces, citations: [] };
}

function withThinking(parts: readonly ReplyPart[], view: RequestView): readonly ReplyPart[] {
  if (view.thinking === "never") return parts.filter((part) => part.type !== "reasoning");
  if (view.thinking !== "always" || parts.some((part) => part.type === "reasoning")) return parts;
  return [{ type: "reasoning", text: DEFAULT_THOUGHT, redacted: false }, ...parts];
}

function finishOf(parts: readonly ReplyPart[], step: Scenario["step"]): Finish {
  if (step?.some((directive) => directive.type === "length")) return "length";
  if (parts.some((part) => part.type === "refusal")) return "refusal";
  return parts.some((part) => part.type === "tool-call") ? "tool-calls" : "stop";
}

function tokensOf(parts: readonly ReplyPart[]): { readonly outputTokens: number; readonly reasoningTokens: number } {
  const reasoningTokens = sum(parts.map((part) => (part.type === "reasoning" ? tokens(part.text.length) : 0)));
  const visible = sum(parts.map((part) => (part.type === "reasoning" ? 0 : visibleSize(part))));
  return { outputTokens: reasoningTokens + tokens(visible), reasoningTokens };
}

/** Characters that an answer's part counts for; an image is 1,290 tokens. */
export function visibleSize(part: Exclude<ReplyPart, { type: "reasoning" }>): number {
  if (part.type === "search") return part.query.length;
  if (part.type === "tool-call") return part.name.length + part.arguments.length;
  return part.type === "image" ? 4 * 1290 : part.text.length;
}

/** The estimate of the whole simulator: four characters a token, and never none. */
export const tokens = (characters: number): number => Math.max(1, Math.ceil(characters / 4));
export const promptTokens = (...fields: readonly unknown[]): number => tokens(sum(fields.map(jsonSize)));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Tool arguments as the object that two of the dialects carry; free text becomes its `input` field. */
export function argumentsObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  return isFields(value) ? value : { input: text };
}
