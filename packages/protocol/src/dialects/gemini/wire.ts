import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { isObject } from "../../json/parse.ts";
import { formatSse } from "../../sse/format.ts";

/**
 * The message's fields in lowerCamelCase, without those that are null. Proto JSON lets a client write either spelling
 * (https://protobuf.dev/programming-guides/json/): the Python SDK has sent snake case, the others camel case.
 */
export function fieldsOf(message: JsonObject): JsonObject {
  const present = Object.entries(message).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(present.map(([key, value]) => [camelCase(key), value]));
}

const camelCase = (key: string): string =>
  key.includes("_") && !key.startsWith("_") ? key.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase()) : key;

/** A repeated field; Google's parser takes a single value for a list of one. */
export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** A message field of a client's request, its fields in camel case. */
export function readMessage(value: JsonValue | undefined, path: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalidRequest(`'${path}' must be an object.`, path);
  return fieldsOf(value);
}

/** The object, or undefined when it has no fields. */
export function nonEmpty(object: JsonObject): JsonObject | undefined {
  return Object.keys(object).length === 0 ? undefined : object;
}

/**
 * A chunk without content. Google's older JavaScript SDK fails on whatever is not a `data` line, its Python SDK on
 * comments; all of them read empty text, which Google itself sends.
 */
export const KEEP_ALIVE = formatSse({
  data: JSON.stringify({ candidates: [{ content: { parts: [{ text: "" }], role: "model" }, index: 0 }] }),
});
