import { isObject, type JsonObject, type JsonValue, type SseMessage } from "@signalbox/protocol";

/** Something that stands in a conversation, said in no dialect. */
export type Item =
  | { readonly kind: "text"; readonly text: string; readonly cache?: "5m" | "1h" }
  | { readonly kind: "image"; readonly data: string }
  | { readonly kind: "pdf"; readonly data: string; readonly name: string }
  | { readonly kind: "thought"; readonly text: string; readonly signature?: string }
  | Call
  | Result;

export interface Call {
  readonly kind: "call";
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly signature?: string;
}

export interface Result {
  readonly kind: "result";
  readonly id: string;
  readonly name: string;
  readonly content: readonly Item[];
}

export interface Turn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly items: readonly Item[];
}

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** What a client asks for. */
export interface Ask {
  readonly system?: readonly Item[];
  readonly turns: readonly Turn[];
  readonly tools?: readonly ToolSpec[];
  readonly toolChoice?: "none" | "required" | { readonly name: string };
  readonly schema?: JsonObject;
  readonly stop?: readonly string[];
  readonly effort?: "low" | "medium" | "high";
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly stream?: boolean;
}

/** An item as an upstream or a client finds it, with the role under which it stands. */
export interface Found {
  readonly role: string;
  readonly kind: Item["kind"] | "other";
  readonly text?: string;
  readonly data?: string;
  readonly id?: string;
  readonly name?: string;
  readonly args?: JsonValue;
  readonly signature?: string;
  /** Media inside a tool's result. */
  readonly media?: readonly string[];
  readonly cache?: string;
}

/** What an upstream is told. */
export interface Told {
  readonly items: readonly Found[];
  readonly tools: readonly { readonly name: string; readonly parameters: JsonValue | undefined }[];
  readonly toolChoice?: JsonValue;
  readonly schema?: JsonValue;
  readonly stop?: JsonValue;
  readonly maxTokens?: JsonValue;
  readonly temperature?: JsonValue;
  /** How the dialect says effort: `effort` or `budget` or `level`, as its own value. */
  readonly effort?: JsonValue;
}

export type Finish = "stop" | "length" | "tool-calls" | "content-filter";

/** What a model answers. */
export interface Answer {
  readonly thought?: { readonly text: string; readonly signature?: string };
  readonly text?: string;
  readonly refusal?: string;
  readonly citation?: { readonly url: string; readonly title: string };
  readonly calls?: readonly Call[];
  readonly finish: Finish;
  readonly usage: Counts;
}

export interface Counts {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** All output, reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

/** What a client sees. */
export interface Seen {
  readonly text: string;
  readonly thought: string;
  readonly refusal: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: JsonValue }[];
  readonly citations: readonly string[];
  readonly finish: JsonValue | undefined;
  readonly usage: Partial<Counts>;
}

/** How the clients and the servers of one dialect write and read it. Knows nothing of the codecs under test. */
export interface WireKit {
  readonly ask: (ask: Ask) => JsonObject;
  readonly told: (body: JsonObject) => Told;
  readonly answer: (answer: Answer) => JsonObject;
  readonly stream: (answer: Answer) => readonly SseMessage[];
  /** The whole answer that a client's SDK makes of a stream. */
  readonly assemble: (messages: readonly SseMessage[]) => JsonObject;
  readonly seen: (body: JsonObject) => Seen;
  /** The turns that a real client sends back of an answer. */
  readonly echo: (ask: Ask, answer: JsonObject, results: readonly Result[]) => JsonObject;
}

/** The half of it that servers speak, for a dialect that no client does. */
export type UpstreamKit = Pick<WireKit, "told" | "answer" | "stream">;

/** The value at a path of keys and indexes, or undefined. */
export function at(value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((found, key) => {
    if (typeof key === "number") return Array.isArray(found) ? found[key] : undefined;
    return isObject(found) ? found[key] : undefined;
  }, value);
}

export function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

export function list(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function count(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

export function json(value: JsonValue | undefined): JsonValue {
  return typeof value === "string" && value !== "" ? JSON.parse(value) : {};
}

/** The fields that are there. */
export function some(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function dataOf(message: SseMessage): JsonObject {
  const value: JsonValue = JSON.parse(message.data);
  return isObject(value) ? value : {};
}

/** Text in pieces, so that every stream has several deltas. */
export function pieces(whole: string): readonly string[] {
  const middle = Math.ceil(whole.length / 2);
  return [whole.slice(0, middle), whole.slice(middle)].filter((piece) => piece !== "");
}
