import { type Fields, fieldsOf, isFields, listOf, numberOf, textOf } from "./json.ts";

const MAX_DEPTH = 12;

const FORMATS: ReadonlyMap<string, string> = new Map([
  ["date-time", "2026-01-01T00:00:00Z"],
  ["date", "2026-01-01"],
  ["time", "00:00:00Z"],
  ["email", "signal@example.com"],
  ["uri", "https://example.com/"],
  ["uuid", "00000000-0000-4000-8000-000000000000"],
  ["ipv4", "192.0.2.1"],
]);

/** The smallest value that a JSON Schema (or Gemini's subset, with its types in capitals) accepts. */
export function instanceOf(schema: unknown): unknown {
  return build(schema, { root: fieldsOf(schema), depth: 0 });
}

interface Place {
  readonly root: Fields;
  readonly depth: number;
}

function build(schema: unknown, place: Place): unknown {
  if (!isFields(schema) || place.depth > MAX_DEPTH) return "sample";
  const inside = { root: place.root, depth: place.depth + 1 };
  const reference = textOf(schema["$ref"]);
  if (reference !== undefined) return build(resolve(reference, place.root), inside);
  if (schema["const"] !== undefined) return schema["const"];
  const choices = listOf(schema["enum"]);
  if (choices.length > 0) return choices[0];
  const first = firstAlternative(schema);
  return first === undefined ? ofType(schema, inside) : build(first, inside);
}

function firstAlternative(schema: Fields): unknown {
  if (schema["allOf"] !== undefined) return Object.assign({}, ...listOf(schema["allOf"]).map(fieldsOf));
  return listOf(schema["anyOf"] ?? schema["oneOf"])[0];
}

function ofType(schema: Fields, place: Place): unknown {
  switch (typeOf(schema)) {
    case "object":
      return objectOf(schema, place);
    case "array":
      return Array.from({ length: numberOf(schema["minItems"]) ?? 0 }, () => build(schema["items"], place));
    case "integer":
    case "number":
      return smallestNumber(schema);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return stringOf(schema);
  }
}

function typeOf(schema: Fields): string {
  const type = listOf(schema["type"])[0] ?? schema["type"];
  if (typeof type === "string") return type.toLowerCase();
  return schema["properties"] === undefined ? "string" : "object";
}

function objectOf(schema: Fields, place: Place): Fields {
  const properties = fieldsOf(schema["properties"]);
  const required = listOf(schema["required"]).filter((name) => typeof name === "string");
  return Object.fromEntries(required.map((name) => [name, build(properties[name], place)]));
}

function smallestNumber(schema: Fields): number {
  const above = numberOf(schema["exclusiveMinimum"]);
  const lowest = above === undefined ? (numberOf(schema["minimum"]) ?? 1) : above + 1;
  return Math.min(lowest, numberOf(schema["maximum"]) ?? lowest);
}

function stringOf(schema: Fields): string {
  const text = FORMATS.get(textOf(schema["format"]) ?? "") ?? "sample";
  return text.padEnd(numberOf(schema["minLength"]) ?? 0, "x").slice(0, numberOf(schema["maxLength"]) ?? undefined);
}

function resolve(reference: string, root: Fields): unknown {
  let value: unknown = root;
  for (const step of reference.replace(/^#\/?/, "").split("/")) {
    if (step !== "") value = fieldsOf(value)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return value;
}
