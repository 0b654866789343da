import type { JsonObject, JsonValue } from "../ir/json.ts";
import { isObject } from "./parse.ts";

/**
 * Gemini's `Schema` to JSON Schema: lower-case types, `nullable` as a type of its own, int64 strings as numbers.
 * Snake-case keys are those of proto JSON. `toSchemaSubset` undoes it.
 */
export function fromSchemaSubset(value: JsonValue | undefined): JsonObject {
  if (!isObject(value)) return {};
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
  const schema = Object.fromEntries(fields.map(([key, field]) => fieldOf(camel(key), field)).filter(([key]) => key));
  const { nullable, ...rest } = schema;
  return nullable === true ? orNull(rest) : rest;
}

const camel = (key: string) => key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const COUNTS = new Set(["minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength"]);
const DROPPED = ["", undefined] as const;

type Field = readonly [string, JsonValue | undefined];

function fieldOf(key: string, field: JsonValue | undefined): Field {
  const special = FIELDS.get(key);
  if (special !== undefined) return special(field);
  return [key, COUNTS.has(key) && typeof field === "string" ? Number(field) : field];
}

const FIELDS: ReadonlyMap<string, (field: JsonValue | undefined) => Field> = new Map([
  [
    "type",
    (field) => (typeof field === "string" && field !== "TYPE_UNSPECIFIED" ? ["type", field.toLowerCase()] : DROPPED),
  ],
  // `enum` as a format only says that there is an `enum`.
  ["format", (field) => (field === "enum" ? DROPPED : ["format", field])],
  ["items", (field) => ["items", fromSchemaSubset(field)]],
  ["anyOf", (field) => ["anyOf", Array.isArray(field) ? field.map(fromSchemaSubset) : field]],
  ["example", (field) => ["examples", field === undefined ? [] : [field]]],
  ["properties", (field) => ["properties", isObject(field) ? schemasOf(field) : field]],
]);

const schemasOf = (schemas: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, fromSchemaSubset(schema)]));

function orNull(schema: JsonObject): JsonObject {
  const { type, anyOf, enum: values } = schema;
  return {
    ...schema,
    ...(typeof type === "string" ? { type: [type, "null"] } : {}),
    ...(Array.isArray(anyOf) ? { anyOf: [...anyOf, { type: "null" }] } : {}),
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}
