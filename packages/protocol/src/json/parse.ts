import type { JsonObject, JsonValue } from "../ir/json.ts";

const LONG_NUMBER = /[0-9]{16}/;

/** What ES2025's JSON.parse source text access adds; TypeScript's library does not describe it yet. */
interface SourceJson {
  parse(text: string, reviver?: (key: string, value: unknown, context: { source?: string }) => unknown): JsonValue;
  rawJSON?(text: string): JsonValue;
}

// The one place where what JSON.parse returns is given its type.
const sourceJson = JSON as unknown as SourceJson;

/**
 * `JSON.parse` that keeps integers beyond 2^53 exact: such a number becomes a raw JSON box, which `JSON.stringify`
 * writes back digit for digit. https://tc39.es/proposal-json-parse-with-source/ Throws SyntaxError.
 */
export function parseJson(text: string): JsonValue {
  const { rawJSON } = sourceJson;
  if (rawJSON === undefined || !LONG_NUMBER.test(text)) return sourceJson.parse(text);
  return sourceJson.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && !Number.isSafeInteger(value) && String(value) !== source
      ? rawJSON(source)
      : value,
  );
}

/** The parsed value when it is a JSON object, else undefined; invalid JSON is undefined too. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
