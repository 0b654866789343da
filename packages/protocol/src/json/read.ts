import { invalidRequest } from "../ir/errors.ts";
import type { JsonObject, JsonValue } from "../ir/json.ts";
import { isObject } from "./parse.ts";

/** Lenient readers: undefined when the value is absent, null or of another type. For upstream answers. */
export const stringOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;
export const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;
export const booleanOf = (value: JsonValue | undefined): boolean | undefined =>
  typeof value === "boolean" ? value : undefined;
export const objectOf = (value: JsonValue | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);
export const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
export const objectsOf = (value: JsonValue | undefined): readonly JsonObject[] => arrayOf(value).filter(isObject);

/** Strict readers: undefined when absent or null, `invalid_request` naming `path` when of another type. For client requests. */
export const readString = reader("a string", (value) => typeof value === "string");
/** JSON can say `1e400`. It is read as infinite, which would be written as `null`: no limit at all. */
export const readNumber = reader("a number", (value): value is number => Number.isFinite(value));
export const readBoolean = reader("a boolean", (value) => typeof value === "boolean");
export const readObject = reader("an object", isObject);
export const readArray = reader("an array", (value): value is readonly JsonValue[] => Array.isArray(value));

function reader<T extends JsonValue>(expected: string, is: (value: JsonValue) => value is T) {
  return (value: JsonValue | undefined, path: string): T | undefined => {
    if (value === undefined || value === null) return undefined;
    if (is(value)) return value;
    throw invalidRequest(`'${path}' must be ${expected}.`, path);
  };
}

/** The table's own entry for a word from the wire: `constructor` and `__proto__` are words like any other. */
export function entryOf<T>(table: Readonly<Record<string, T>>, word: string | undefined): T | undefined {
  return word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}

type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
type Required<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** The object without its absent fields, so that optional fields can be written as plain expressions. */
export function compact<const T extends object>(object: T): Required<T> & Optional<T> {
  const kept = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as Required<T> & Optional<T>;
}

/** The fields of `object` whose names are not in `known`, or undefined when there are none. */
export function otherFields(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const entries = Object.entries(object).filter(([key, value]) => value !== undefined && !known.has(key));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
