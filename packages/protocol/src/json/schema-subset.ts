import type { JsonObject, JsonValue } from "../ir/json.ts";
import { isObject } from "./parse.ts";
import { arrayOf, numberOf, objectOf, objectsOf, stringOf } from "./read.ts";
import { notesOf, withNotes } from "./schema-notes.ts";
import { mergeAllOf, resolveRef, type SchemaScope } from "./schema-refs.ts";

/**
 * JSON Schema to Gemini's `Schema`, a subset of OpenAPI 3.0's: https://ai.google.dev/api/caching#Schema
 * It is an allow-list: what the subset cannot say is told in `description`, so that the model still reads it. References
 * are inlined, since the subset has none.
 */
export const SCHEMA_SUBSET_KEYS: ReadonlySet<string> = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "minItems",
  "maxItems",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
  "minLength",
  "maxLength",
  "pattern",
  "example",
  "anyOf",
  "propertyOrdering",
  "default",
  "items",
  "minimum",
  "maximum",
]);

/** More nesting or more nodes than this is cut off: inlined references can grow without bound. */
const MAX_DEPTH = 48;
const MAX_NODES = 20_000;

export function toSchemaSubset(schema: JsonObject): JsonObject {
  const scope: SchemaScope = { root: schema, active: [], nodes: { left: MAX_NODES } };
  const typed = schema["type"] === undefined && !hasAlternatives(schema) ? { type: "object", ...schema } : schema;
  return convert(typed, scope);
}

/** Whether a tool takes no arguments at all; Gemini wants no `parameters` then, rather than an object without properties. */
export function isEmptyObjectSchema(schema: JsonObject): boolean {
  const open = schema["additionalProperties"];
  const own = ["$ref", "allOf", "anyOf", "oneOf", "patternProperties", "propertyNames"];
  return (
    (schema["type"] === "object" || schema["type"] === undefined) &&
    Object.keys(objectOf(schema["properties"]) ?? {}).length === 0 &&
    (open === undefined || open === false) &&
    own.every((key) => schema[key] === undefined)
  );
}

const hasAlternatives = (schema: JsonObject): boolean =>
  ["$ref", "allOf", "anyOf", "oneOf"].some((key) => schema[key] !== undefined);

function convert(value: JsonValue | undefined, scope: SchemaScope): JsonObject {
  scope.nodes.left -= 1;
  if (!isObject(value)) return ANY;
  if (scope.nodes.left <= 0 || scope.active.length > MAX_DEPTH) return { type: "OBJECT", description: "Any object." };
  const { schema, scope: inner, cut } = resolveRef(value, scope);
  if (cut !== undefined) return { type: "OBJECT", description: cut };
  return convertResolved(mergeAllOf(schema, inner), inner);
}

const ANY: JsonObject = { anyOf: [{ type: "STRING" }, { type: "NUMBER" }, { type: "BOOLEAN" }] };

function convertResolved(schema: JsonObject, scope: SchemaScope): JsonObject {
  const types = typesOf(schema);
  const nullable = schema["nullable"] === true || types.includes("null") || arrayOf(schema["enum"]).includes(null);
  const plain = types.filter((type) => type !== "null");
  const mark = nullable && plain.length > 0 ? { nullable: true } : {};
  if (plain.length > 1) return { ...annotations(schema), ...mark, anyOf: alternativesByType(schema, plain, scope) };
  const [type] = plain;
  if (type !== undefined) return { ...typedSchema(schema, type, scope), ...mark };
  if (types.length > 0) return { ...annotations(schema), type: "NULL" };
  return untyped(schema, scope);
}

/** A schema without a type: its alternatives, else whatever its other keywords suggest. */
function untyped(schema: JsonObject, scope: SchemaScope): JsonObject {
  const alternatives = [...objectsOf(schema["anyOf"]), ...objectsOf(schema["oneOf"])];
  if (alternatives.length === 0) {
    const nullable = arrayOf(schema["enum"]).includes(null) ? { nullable: true } : {};
    const type = impliedType(schema);
    return type === undefined
      ? { ...withNotes(annotations(schema), notesOf(schema, "any")), ...ANY }
      : { ...typedSchema(schema, type, scope), ...nullable };
  }
  const isNull = (option: JsonObject) => option["type"] === "null" || option["const"] === null;
  const options = alternatives.filter((option) => !isNull(option));
  const mark = options.length < alternatives.length || schema["nullable"] === true ? { nullable: true } : {};
  const [only] = options;
  const outer = { ...annotations(schema), ...mark };
  if (only === undefined) return { ...annotations(schema), type: "NULL" };
  const deeper = { ...scope, active: [...scope.active, ""] };
  if (options.length === 1 && alternatives.length > 1) return { ...convert(only, deeper), ...outer };
  return { ...outer, anyOf: options.map((option) => convert(option, deeper)) };
}

function typesOf(schema: JsonObject): readonly string[] {
  const type = schema["type"];
  const named = (Array.isArray(type) ? type : [type]).filter((name): name is string => typeof name === "string");
  return [...new Set(named.map((name) => name.toLowerCase()))].filter((name) => TYPE_NAMES.has(name));
}

const TYPE_NAMES = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);

/** The type that keywords imply, in the order in which they leave least doubt. */
function impliedType(schema: JsonObject): string | undefined {
  if (schema["properties"] !== undefined || schema["patternProperties"] !== undefined) return "object";
  if (schema["items"] !== undefined || schema["prefixItems"] !== undefined) return "array";
  const values = schema["const"] === undefined ? arrayOf(schema["enum"]) : [schema["const"]];
  const kinds = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  if (kinds.size === 1 && kinds.has("string")) return "string";
  if (kinds.size === 1 && kinds.has("number")) return "number";
  if (kinds.size === 1 && kinds.has("boolean")) return "boolean";
  if (schema["pattern"] !== undefined || schema["minLength"] !== undefined || schema["maxLength"] !== undefined)
    return "string";
  return schema["minimum"] !== undefined || schema["maximum"] !== undefined ? "number" : undefined;
}

function alternativesByType(schema: JsonObject, types: readonly string[], scope: SchemaScope): readonly JsonObject[] {
  const { description: _, title: __, default: ___, ...rest } = schema;
  return types.map((type) => typedSchema(rest, type, scope));
}

function annotations(schema: JsonObject): JsonObject {
  const title = stringOf(schema["title"]);
  const description = stringOf(schema["description"]);
  const example = schema["example"] ?? arrayOf(schema["examples"])[0];
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(schema["default"] === undefined || schema["default"] === null ? {} : { default: schema["default"] }),
    ...(example === undefined || example === null ? {} : { example }),
  };
}

function typedSchema(schema: JsonObject, type: string, scope: SchemaScope): JsonObject {
  const base = { type: type.toUpperCase(), ...withNotes(annotations(schema), notesOf(schema, type)) };
  const deeper = { ...scope, active: [...scope.active, ""] };
  switch (type) {
    case "object":
      return { ...base, ...objectKeywords(schema, deeper) };
    case "array":
      return { ...base, ...counts(schema, ["minItems", "maxItems"]), items: itemsOf(schema, deeper) };
    case "string":
      return { ...base, ...stringKeywords(schema) };
    case "number":
    case "integer":
      return { ...base, ...numberKeywords(schema, type) };
    default:
      return base;
  }
}

function objectKeywords(schema: JsonObject, scope: SchemaScope): JsonObject {
  const entries = Object.entries(objectOf(schema["properties"]) ?? {}).filter(([, value]) => value !== false);
  const names = new Set(entries.map(([name]) => name));
  const named = (key: string) => [
    ...new Set(arrayOf(schema[key]).filter((name): name is string => typeof name === "string" && names.has(name))),
  ];
  const required = named("required");
  const ordering = named("propertyOrdering");
  return {
    ...(entries.length === 0
      ? {}
      : { properties: Object.fromEntries(entries.map(([name, value]) => [name, convert(value, scope)])) }),
    ...(required.length === 0 ? {} : { required }),
    ...(ordering.length === 0 ? {} : { propertyOrdering: ordering }),
    ...counts(schema, ["minProperties", "maxProperties"]),
  };
}

/** Gemini rejects an array without `items`. Of a tuple, the item types are the alternatives. */
function itemsOf(schema: JsonObject, scope: SchemaScope): JsonObject {
  const items = schema["items"];
  const tuple = Array.isArray(items) ? items : arrayOf(schema["prefixItems"]);
  if (tuple.length === 0)
    return isObject(items) ? convert(items, scope) : items === undefined ? { type: "STRING" } : ANY;
  const options = tuple.map((item) => convert(item, scope));
  const distinct = [...new Map(options.map((option) => [JSON.stringify(option), option])).values()];
  const [first] = distinct;
  return distinct.length === 1 && first !== undefined ? first : { anyOf: distinct };
}

/** The formats that Gemini does not reject: https://ai.google.dev/gemini-api/docs/structured-output */
const FORMATS = new Set(["enum", "date-time"]);
const NUMBER_FORMATS = new Set(["float", "double", "int32", "int64"]);

function stringKeywords(schema: JsonObject): JsonObject {
  const values = schema["const"] === undefined ? arrayOf(schema["enum"]) : [schema["const"]];
  const strings = [...new Set(values.filter((value) => value !== null))];
  const usable = strings.length > 0 && strings.every((value) => typeof value === "string" && value !== "");
  const format = stringOf(schema["format"]);
  const pattern = stringOf(schema["pattern"]);
  return {
    ...(usable ? { enum: strings } : {}),
    ...(format !== undefined && FORMATS.has(format) ? { format } : {}),
    ...(pattern === undefined ? {} : { pattern }),
    ...counts(schema, ["minLength", "maxLength"]),
  };
}

function numberKeywords(schema: JsonObject, type: string): JsonObject {
  const format = stringOf(schema["format"]);
  const step = type === "integer" ? 1 : 0;
  const bound = (inclusive: string, exclusive: string, direction: number) => {
    const strict = numberOf(schema[exclusive]);
    const weak = numberOf(schema[inclusive]);
    if (strict === undefined) return weak;
    const shifted = Number.isInteger(strict) ? strict + direction * step : strict;
    return weak === undefined || (shifted - weak) * direction > 0 ? shifted : weak;
  };
  const minimum = bound("minimum", "exclusiveMinimum", 1);
  const maximum = bound("maximum", "exclusiveMaximum", -1);
  return {
    ...(format !== undefined && NUMBER_FORMATS.has(format) ? { format } : {}),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

function counts(schema: JsonObject, keys: readonly string[]): JsonObject {
  const entries = keys.map((key) => [key, schema[key]] as const);
  return Object.fromEntries(
    entries.filter(([, value]) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0),
  );
}
