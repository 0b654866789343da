import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import { isObject } from "../../json/parse.ts";
import { numberOf, stringOf } from "../../json/read.ts";
import { withNotes } from "../../json/schema-notes.ts";

/**
 * A JSON schema as constrained decoding takes it, for structured outputs and strict tools. Keywords that it rejects are
 * told in `description`, as Anthropic's own SDKs do, and objects are closed to additional properties.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export function constrainedSchema(schema: JsonObject, losses: LossRecorder): JsonObject {
  const told = new Set<string>();
  const constrained = constrain(schema, told);
  if (told.size > 0) {
    losses.adapt(
      "structured-output",
      `Told in descriptions, since schemas cannot say it there: ${[...told].join(", ")}.`,
    );
  } else if (JSON.stringify(constrained) !== JSON.stringify(schema)) {
    losses.adapt("structured-output", "Objects of the JSON schema were closed to additional properties.");
  }
  return constrained;
}

const REJECTED: ReadonlySet<string> = new Set([
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"],
  ...["maxItems", "uniqueItems", "contains", "minContains", "maxContains", "prefixItems", "minProperties"],
  ...["maxProperties", "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas", "dependencies"],
  ...["not", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems"],
]);
const FORMATS: ReadonlySet<string> = new Set([
  ...["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"],
]);
/** Back-references, look-around and word boundaries. */
const HARD_PATTERN = /\(\?[=!<]|\\[1-9bB]/;

const NAMED_SCHEMAS: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);
const SCHEMAS: ReadonlySet<string> = new Set(["items", "anyOf", "allOf", "oneOf"]);

function constrain(schema: JsonObject, told: Set<string>): JsonObject {
  const notes: string[] = [];
  const kept = Object.entries(schema).flatMap(([key, value]): (readonly [string, JsonValue])[] => {
    if (value === undefined) return [];
    if (!isTaken(key, value)) {
      told.add(key);
      notes.push(`${key}: ${JSON.stringify(value)}.`);
      return [];
    }
    // Of alternatives, `anyOf` is the word that is taken.
    return [[key === "oneOf" && schema["anyOf"] === undefined ? "anyOf" : key, inner(key, value, told)]];
  });
  const whole = withNotes(Object.fromEntries(kept), notes);
  return schema["type"] === "object" ? { ...whole, additionalProperties: false } : whole;
}

function isTaken(key: string, value: JsonValue): boolean {
  switch (key) {
    case "minItems":
      return (numberOf(value) ?? 0) <= 1;
    case "format":
      return FORMATS.has(stringOf(value) ?? "");
    case "pattern":
      return !HARD_PATTERN.test(stringOf(value) ?? "");
    case "additionalProperties":
      // What is merely open is closed; a schema for the other keys is worth telling.
      return !isObject(value);
    default:
      return !REJECTED.has(key);
  }
}

function inner(key: string, value: JsonValue, told: Set<string>): JsonValue {
  if (SCHEMAS.has(key)) return schemaOrList(value, told);
  if (!NAMED_SCHEMAS.has(key) || !isObject(value)) return value;
  const entries = Object.entries(value).map(([name, schema]) => [name, schemaOrList(schema ?? null, told)] as const);
  return Object.fromEntries(entries);
}

function schemaOrList(value: JsonValue, told: Set<string>): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => schemaOrList(item, told));
  return isObject(value) ? constrain(value, told) : value;
}
