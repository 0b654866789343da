import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../ir/json.ts";
import { isObject } from "./parse.ts";
import { fromSchemaSubset } from "./schema-from-subset.ts";
import { isEmptyObjectSchema, SCHEMA_SUBSET_KEYS, toSchemaSubset } from "./schema-subset.ts";

const TYPES = new Set(["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]);

function problemIn(value: JsonValue | undefined, path = "$"): string | undefined {
  if (!isObject(value)) return `${path} is no object`;
  const stranger = Object.keys(value).find((key) => !SCHEMA_SUBSET_KEYS.has(key));
  if (stranger !== undefined) return `${path}.${stranger}`;
  const { type, anyOf, properties, items, required, enum: values } = value;
  if (type === undefined ? anyOf === undefined : !TYPES.has(String(type))) return `${path}.type ${String(type)}`;
  if (type === "ARRAY" && items === undefined) return `${path} has no items`;
  if (Array.isArray(values) && !values.every((entry) => typeof entry === "string" && entry !== ""))
    return `${path}.enum`;
  if (
    Array.isArray(required) &&
    !required.every((name) => isObject(properties) && Object.hasOwn(properties, String(name)))
  )
    return `${path}.required`;
  const children = [
    ...(Array.isArray(anyOf) ? anyOf : []),
    ...(isObject(properties) ? Object.values(properties) : []),
    ...(items === undefined ? [] : [items]),
  ];
  return children.map((child, at) => problemIn(child, `${path}/${at}`)).find((problem) => problem !== undefined);
}

const name = fc.constantFrom("a", "b", "c", "__proto__", "x-y", "");
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const { schema: anySchema } = fc.letrec<{ schema: JsonValue }>((tie) => {
  const child = tie("schema");
  const object = fc.record(
    {
      $schema: fc.constant("https://json-schema.org/draft/2020-12/schema"),
      $ref: fc.constantFrom("#", "#/$defs/a", "#/$defs/b", "#/properties/a", "https://example.com/x", "#/nowhere"),
      $defs: fc.dictionary(name, child, { maxKeys: 3 }),
      type: fc.oneof(
        fc.constantFrom("string", "number", "integer", "boolean", "array", "object", "null", "STRING", "nonsense"),
        fc.array(fc.constantFrom("string", "null", "object", "array", "integer"), { maxLength: 3 }),
      ),
      properties: fc.dictionary(name, child, { maxKeys: 3 }),
      required: fc.array(name, { maxLength: 3 }),
      items: fc.oneof(child, fc.array(child, { maxLength: 2 })),
      prefixItems: fc.array(child, { maxLength: 2 }),
      anyOf: fc.array(child, { maxLength: 3 }),
      oneOf: fc.array(child, { maxLength: 3 }),
      allOf: fc.array(child, { maxLength: 3 }),
      not: child,
      additionalProperties: fc.oneof(fc.boolean(), child),
      patternProperties: fc.dictionary(name, child, { maxKeys: 2 }),
      enum: fc.array(leaf, { maxLength: 3 }),
      const: leaf,
      nullable: fc.boolean(),
      format: fc.constantFrom("date-time", "email", "int32", "uuid"),
      exclusiveMinimum: fc.oneof(fc.integer(), fc.boolean()),
      exclusiveMaximum: fc.double(),
      minimum: fc.integer(),
      multipleOf: fc.integer(),
      uniqueItems: fc.boolean(),
      description: fc.string(),
      default: leaf,
      deprecated: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  return { schema: fc.oneof({ maxDepth: 4 }, fc.boolean(), object, object) as fc.Arbitrary<JsonValue> };
});

test("whatever the schema, only the subset's keywords come out, with a type or alternatives everywhere", () => {
  fc.assert(
    fc.property(anySchema.filter(isObject), (schema) => {
      expect(problemIn(toSchemaSubset(schema))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("references are inlined, and recursion ends in words", () => {
  const tree = {
    $defs: { Node: { type: "object", properties: { value: { type: "string" }, next: { $ref: "#/$defs/Node" } } } },
    type: "object",
    properties: { root: { $ref: "#/$defs/Node", description: "The first." } },
  };
  expect(toSchemaSubset(tree)).toEqual({
    type: "OBJECT",
    properties: {
      root: {
        type: "OBJECT",
        description: "The first.",
        properties: {
          value: { type: "STRING" },
          next: { type: "OBJECT", description: "Recursive: an object of the same shape as Node." },
        },
      },
    },
  });
});

test("references that multiply are cut off", () => {
  const defs: Record<string, JsonObject> = { d0: { type: "string" } };
  for (let at = 1; at < 30; at += 1) {
    const ref = { $ref: `#/$defs/d${at - 1}` };
    defs[`d${at}`] = { type: "object", properties: { a: ref, b: ref, c: ref } };
  }
  const out = toSchemaSubset({ $defs: defs, $ref: "#/$defs/d29" });
  expect(JSON.stringify(out).length).toBeLessThan(4_000_000);
});

const cases: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["type and null", { type: ["string", "null"] }, { type: "STRING", nullable: true }],
  ["several types", { type: ["string", "integer"] }, { anyOf: [{ type: "STRING" }, { type: "INTEGER" }] }],
  ["const", { const: "on" }, { type: "STRING", enum: ["on"] }],
  ["a number's const", { type: "integer", const: 3 }, { type: "INTEGER", description: "Must be: 3." }],
  ["an enum of strings with null", { enum: ["a", null] }, { type: "STRING", enum: ["a"], nullable: true }],
  ["an enum of numbers", { type: "number", enum: [1, 2] }, { type: "NUMBER", description: "Must be one of: 1, 2." }],
  ["one alternative or null", { anyOf: [{ type: "string" }, { type: "null" }] }, { type: "STRING", nullable: true }],
  ["oneOf", { oneOf: [{ type: "string" }, { type: "number" }] }, { anyOf: [{ type: "STRING" }, { type: "NUMBER" }] }],
  [
    "an integer's exclusive bound",
    { type: "integer", exclusiveMinimum: 0 },
    { type: "INTEGER", minimum: 1, description: "Greater than: 0." },
  ],
  ["a format of its own", { type: "string", format: "email" }, { type: "STRING", description: 'Format: "email".' }],
  ["a known format", { type: "string", format: "date-time" }, { type: "STRING", format: "date-time" }],
  [
    "allOf",
    { allOf: [{ type: "object", properties: { a: { type: "string" } }, required: ["a"] }, { title: "T" }] },
    { type: "OBJECT", title: "T", properties: { a: { type: "STRING" } }, required: ["a"] },
  ],
  ["an array of anything", { type: "array" }, { type: "ARRAY", items: { type: "STRING" } }],
  [
    "what is required but not described",
    { type: "object", properties: { a: { type: "string" } }, required: ["a", "b"] },
    { type: "OBJECT", description: 'Also required: ["b"].', properties: { a: { type: "STRING" } }, required: ["a"] },
  ],
  [
    "patternProperties",
    { type: "object", description: "D", patternProperties: { "^x": { type: "string" } } },
    { type: "OBJECT", description: 'D\nKeys by pattern: {"^x":{"type":"string"}}.' },
  ],
];

test.each(cases)("%s", (_, schema, expected) => {
  expect(toSchemaSubset({ type: "object", properties: { p: schema } })).toEqual({
    type: "OBJECT",
    properties: { p: expected },
  });
});

test("the order of properties is kept", () => {
  const schema = { type: "object", properties: { z: { type: "string" }, a: { type: "string" } } };
  expect(Object.keys(toSchemaSubset(schema)["properties"] as JsonObject)).toEqual(["z", "a"]);
});

test("a tool without arguments is told from one with open arguments", () => {
  expect(isEmptyObjectSchema({ type: "object", properties: {}, additionalProperties: false })).toBe(true);
  expect(isEmptyObjectSchema({ type: "object", additionalProperties: true })).toBe(false);
});

test("the subset survives the way to JSON Schema and back", () => {
  const subset = {
    type: "OBJECT",
    title: "T",
    properties: {
      s: { type: "STRING", enum: ["a", "b"], nullable: true },
      n: { type: "INTEGER", format: "int32", minimum: 1 },
      l: {
        type: "ARRAY",
        items: { type: "OBJECT", properties: { x: { type: "BOOLEAN" } }, required: ["x"] },
        minItems: 1,
      },
      u: { anyOf: [{ type: "STRING" }, { type: "NUMBER" }], nullable: true },
    },
    required: ["s"],
    propertyOrdering: ["s", "n", "l", "u"],
  };
  expect(fromSchemaSubset(subset)["properties"]).toMatchObject({
    s: { type: ["string", "null"], enum: ["a", "b", null] },
  });
  expect(toSchemaSubset(fromSchemaSubset(subset))).toEqual(subset);
  expect(fromSchemaSubset({ any_of: [{ type: "STRING", min_length: "2" }] })).toEqual({
    anyOf: [{ type: "string", minLength: 2 }],
  });
});
