import type { JsonObject, JsonValue } from "../ir/json.ts";
import { isObject } from "./parse.ts";
import { arrayOf, objectOf, stringOf } from "./read.ts";

const MAX_NOTE = 500;

/** The constraints of one schema that Gemini's subset has no keyword for, in words for the model. */
export function notesOf(schema: JsonObject, type: string): readonly string[] {
  const notes = [...generalNotes(schema), ...(NOTES[type] ?? noNotes)(schema)];
  return notes.map((note) => (note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE)}…` : note));
}

export function withNotes(annotations: JsonObject, notes: readonly string[]): JsonObject {
  if (notes.length === 0) return annotations;
  const description = stringOf(annotations["description"]);
  const text = notes.join(" ");
  return { ...annotations, description: description === undefined ? text : `${description}\n${text}` };
}

const noNotes = (): readonly string[] => [];
const say = (label: string, value: JsonValue | undefined): readonly string[] =>
  value === undefined || value === null ? [] : [`${label}: ${JSON.stringify(value)}.`];

function generalNotes(schema: JsonObject): readonly string[] {
  return [
    ...say("Not", schema["not"]),
    ...say("If", schema["if"]),
    ...(schema["if"] === undefined ? [] : [...say("Then", schema["then"]), ...say("Else", schema["else"])]),
    ...(schema["type"] === undefined ? [] : [...say("Any of", schema["anyOf"]), ...say("One of", schema["oneOf"])]),
    ...(schema["deprecated"] === true ? ["Deprecated."] : []),
  ];
}

/** Values that cannot be an `enum`, which holds non-empty strings only. */
function valueNotes(schema: JsonObject): readonly string[] {
  if (schema["const"] !== undefined) return say("Must be", schema["const"]);
  const values = arrayOf(schema["enum"]).filter((value) => value !== null);
  return values.length === 0 ? [] : [`Must be one of: ${values.map((value) => JSON.stringify(value)).join(", ")}.`];
}

function stringNotes(schema: JsonObject): readonly string[] {
  const values = schema["const"] === undefined ? arrayOf(schema["enum"]) : [schema["const"]];
  const usable = values.every((value) => value === null || (typeof value === "string" && value !== ""));
  const format = stringOf(schema["format"]);
  const known = format === undefined || format === "date-time" || format === "enum";
  return [
    ...(usable ? [] : valueNotes(schema)),
    ...(known ? [] : say("Format", format)),
    ...say("Content encoding", schema["contentEncoding"]),
    ...say("Content media type", schema["contentMediaType"]),
  ];
}

function numberNotes(schema: JsonObject): readonly string[] {
  return [
    ...valueNotes(schema),
    ...say("Greater than", schema["exclusiveMinimum"]),
    ...say("Less than", schema["exclusiveMaximum"]),
    ...say("Multiple of", schema["multipleOf"]),
  ];
}

function arrayNotes(schema: JsonObject): readonly string[] {
  return [
    ...(schema["uniqueItems"] === true ? ["Items are unique."] : []),
    ...say("Contains", schema["contains"]),
    ...say("Items in order", Array.isArray(schema["items"]) ? schema["items"] : schema["prefixItems"]),
  ];
}

function objectNotes(schema: JsonObject): readonly string[] {
  const open = schema["additionalProperties"];
  const properties = objectOf(schema["properties"]) ?? {};
  const unnamed = arrayOf(schema["required"]).filter(
    (name) => typeof name === "string" && !Object.hasOwn(properties, name),
  );
  return [
    ...(isObject(open) ? say("Values of other keys", open) : []),
    ...say("Keys by pattern", schema["patternProperties"]),
    ...say("Key names", schema["propertyNames"]),
    ...say("Keys that need others", schema["dependentRequired"] ?? schema["dependencies"]),
    ...(unnamed.length === 0 ? [] : say("Also required", unnamed)),
  ];
}

const NOTES: Readonly<Record<string, (schema: JsonObject) => readonly string[]>> = {
  string: stringNotes,
  number: numberNotes,
  integer: numberNotes,
  boolean: valueNotes,
  array: arrayNotes,
  object: objectNotes,
  any: valueNotes,
};
