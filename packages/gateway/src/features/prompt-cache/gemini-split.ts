import { createHash } from "node:crypto";
import { arrayOf, isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import { textTokens } from "./prefix-tokens.ts";

/** What an explicit cache holds in place of the request: beside it the request may not say them. https://ai.google.dev/api/caching */
const HELD = ["systemInstruction", "tools", "toolConfig"];

/** A prefix of a request in Gemini's words: its instructions and tools, and the first of its contents. */
export interface WirePrefix {
  /** Tells prefixes apart. */
  readonly key: string;
  readonly contents: number;
  readonly tokens: number;
}

/** Undefined: nothing would be left to ask, or the client names a cache of its own. */
export function wirePrefix(body: JsonObject, contents: number): WirePrefix | undefined {
  if (body["cachedContent"] !== undefined || contents >= arrayOf(body["contents"]).length) return undefined;
  const text = JSON.stringify(heldPart(body, contents));
  return {
    key: createHash("sha256").update(text).digest("base64url"),
    contents,
    tokens: tokensOf(text, body, contents),
  };
}

/** How many of a request's contents its messages up to a breakpoint became; undefined: they went into one with later ones. */
export function contentsOf(prefix: JsonObject, whole: JsonObject): number | undefined {
  const [some, all] = [arrayOf(prefix["contents"]), arrayOf(whole["contents"])];
  return some.every((content, at) => JSON.stringify(content) === JSON.stringify(all[at])) ? some.length : undefined;
}

export interface CreationOptions {
  /** The resource name of the model: `models/gemini-3.8-flash`. */
  readonly model: string;
  readonly ttlSeconds: number;
}

/** What `cachedContents.create` is sent. */
export function creationBody(body: JsonObject, prefix: WirePrefix, { model, ttlSeconds }: CreationOptions): JsonObject {
  return { model, ...heldPart(body, prefix.contents), ttl: `${ttlSeconds}s` };
}

/** The request with an explicit cache in the place of its prefix. */
export function behindCache(body: JsonObject, prefix: WirePrefix, name: string): JsonObject {
  const rest = Object.entries(body).filter(([field]) => !HELD.includes(field));
  return {
    ...Object.fromEntries(rest),
    cachedContent: name,
    contents: arrayOf(body["contents"]).slice(prefix.contents),
  };
}

function heldPart(body: JsonObject, count: number): JsonObject {
  const held = HELD.flatMap((field) => (body[field] === undefined ? [] : [[field, body[field]] as const]));
  const contents = arrayOf(body["contents"]).slice(0, count);
  return { ...Object.fromEntries(held), ...(contents.length === 0 ? {} : { contents }) };
}

/** Media count as little as they can: a cache that is too small is refused, one that is not made costs nothing. */
function tokensOf(text: string, body: JsonObject, count: number): number {
  const media = arrayOf(body["contents"])
    .slice(0, count)
    .reduce<number>((sum, content) => sum + mediaLength(content), 0);
  return textTokens(text.slice(media));
}

function mediaLength(content: JsonValue): number {
  const parts = isObject(content) ? arrayOf(content["parts"]) : [];
  return parts.reduce<number>((sum, part) => {
    const inline = isObject(part) ? part["inlineData"] : undefined;
    const data = isObject(inline) ? inline["data"] : undefined;
    return sum + (typeof data === "string" ? data.length : 0);
  }, 0);
}
