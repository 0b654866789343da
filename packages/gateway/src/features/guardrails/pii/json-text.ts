import { isObject, type JsonValue } from "@signalbox/protocol";

const STRING = /"(?:[^"\\]|\\.)*"/gs;

/** A value as it stands between the quotation marks of a JSON string. */
export const asJsonText = (value: string): string => JSON.stringify(value).slice(1, -1);

/** The strings of a JSON text changed, and every other character of it as it is. What is no JSON is taken for plain text. */
export function inJsonStrings(json: string, change: (text: string) => string): string {
  if (!isJson(json)) return change(json);
  return json.replaceAll(STRING, (literal) => {
    const value: unknown = JSON.parse(literal);
    if (typeof value !== "string") return literal;
    const changed = change(value);
    return changed === value ? literal : JSON.stringify(changed);
  });
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** All strings inside a value, but for the names of fields. */
export function inStrings(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => inStrings(item, change));
  if (!isObject(value)) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, inStrings(field ?? null, change)] as const);
  return Object.fromEntries(fields);
}
