import {
  arrayOf,
  isObject,
  type JsonObject,
  type JsonValue,
  numberOf,
  objectOf,
  objectsOf,
  stringOf,
} from "@signalbox/protocol";
import { alternatives, propertiesOf, requiredOf, type SchemaDocument } from "./schema.ts";

/** A value in which one documented field is set to something recognisable. */
export interface Probe {
  readonly path: string;
  readonly value: JsonValue;
  /** The same value without the field; with another value in it where it is required. */
  readonly baseline: JsonValue;
  readonly sentinel: JsonValue;
}

export const SENTINEL = "sentinelqx7";
export const OTHER = "otherqx7";

/** Values that a field of this name must have to mean anything, with `%` for the sentinel. */
export type Words = Readonly<Record<string, string | { readonly fixed: JsonValue } | undefined>>;

export interface Enumeration {
  readonly document: SchemaDocument;
  readonly words: Words;
  /** Paths that are not looked into, since another enumeration does it. */
  readonly skip: ReadonlySet<string>;
  /** Required fields that may be null are left out of the least value. */
  readonly sparse?: boolean;
}

interface Place {
  readonly path: string;
  readonly key: string;
  readonly refs: readonly string[];
  readonly depth: number;
}

const MAX_DEPTH = 9;

export function probesOf(schema: JsonObject, enumeration: Enumeration): readonly Probe[] {
  return probe(schema, { path: "", key: "", refs: [], depth: 0 }, enumeration);
}

function probe(wanted: JsonObject, place: Place, enumeration: Enumeration): readonly Probe[] {
  if (enumeration.skip.has(place.path) || place.depth > MAX_DEPTH) return [];
  const { schema, names } = enumeration.document.resolve(wanted);
  if (names.some((name) => place.refs.includes(name))) return [];
  const here = { ...place, refs: [...place.refs, ...names], depth: place.depth + 1 };
  const options = alternatives(schema);
  if (options.length > 0)
    return options.flatMap((option) => probe(option, alternativePlace(option, here, enumeration), enumeration));
  if (propertiesOf(schema).length > 0) return objectProbes(schema, here, enumeration);
  if (schema["type"] === "array" || schema["items"] !== undefined) return arrayProbes(schema, here, enumeration);
  return leafProbes(schema, here, enumeration);
}

/** Alternatives that a word tells apart are named by it. */
function alternativePlace(option: JsonObject, place: Place, { document }: Enumeration): Place {
  const { schema } = document.resolve(option);
  const type = objectOf(objectOf(schema["properties"])?.["type"]) ?? objectOf(objectOf(schema["properties"])?.["role"]);
  const word = stringOf(type?.["const"]) ?? stringOf(arrayOf(type?.["enum"])[0]);
  return word === undefined ? place : { ...place, path: `${place.path}<${word}>` };
}

function objectProbes(schema: JsonObject, place: Place, enumeration: Enumeration): readonly Probe[] {
  const least = objectOf(minimal(schema, place, enumeration)) ?? {};
  const required = requiredOf(schema);
  return propertiesOf(schema).flatMap(([name, property]) => {
    const inner = { ...place, path: `${place.path}.${name}`, key: name };
    const { [name]: _, ...rest } = least;
    return probe(property, inner, enumeration).map((found) => {
      const isLeaf = found.path === inner.path;
      const baseline = isLeaf && !required.has(name) ? rest : { ...least, [name]: found.baseline };
      return { ...found, value: { ...least, [name]: found.value }, baseline };
    });
  });
}

function arrayProbes(schema: JsonObject, place: Place, enumeration: Enumeration): readonly Probe[] {
  const items = objectOf(schema["items"]) ?? {};
  return probe(items, { ...place, path: `${place.path}[]` }, enumeration).map((found) => ({
    ...found,
    value: [found.value],
    baseline: [found.baseline],
  }));
}

function leafProbes(schema: JsonObject, place: Place, { words }: Enumeration): readonly Probe[] {
  const at = (sentinel: JsonValue, baseline: JsonValue, value: JsonValue = sentinel): Probe => ({
    path: place.path,
    value,
    baseline,
    sentinel,
  });
  if (schema["const"] !== undefined) return [];
  const values = arrayOf(schema["enum"]).filter((value) => value !== null);
  if (values.length > 0) {
    return values.length === 1 ? [] : values.map((value, index) => at(value, values[index === 0 ? 1 : 0] ?? null));
  }
  const word = Object.hasOwn(words, place.key) ? words[place.key] : undefined;
  if (word !== undefined && typeof word !== "string") return [];
  if (typeof word === "string") return [at(SENTINEL, word.replace("%", OTHER), word.replace("%", SENTINEL))];
  switch (typeOf(schema)) {
    case "string":
      return [at(SENTINEL, OTHER)];
    case "boolean":
      return [at(true, false), at(false, true)];
    case "integer":
      return [at(inRange(7, schema), inRange(9, schema))];
    case "number":
      return [at(inRange(0.375, schema), inRange(0.625, schema))];
    default:
      return [at(SENTINEL, { some: OTHER }, { some: SENTINEL })];
  }
}

function typeOf(schema: JsonObject): string | undefined {
  return [schema["type"]].flat().find((type): type is string => typeof type === "string" && type !== "null");
}

function inRange(wanted: number, schema: JsonObject): number {
  const least = numberOf(schema["minimum"]) ?? wanted;
  return Math.min(Math.max(wanted, least), numberOf(schema["maximum"]) ?? Number.MAX_SAFE_INTEGER);
}

/** The least that the schema allows. */
export function minimal(wanted: JsonObject, place: Place, enumeration: Enumeration): JsonValue {
  const { schema } = enumeration.document.resolve(wanted);
  const word = Object.hasOwn(enumeration.words, place.key) ? enumeration.words[place.key] : undefined;
  if (isObject(word)) return word.fixed;
  if (schema["const"] !== undefined) return schema["const"];
  const [first] = arrayOf(schema["enum"]);
  if (first !== undefined) return first;
  const [option] = alternatives(schema);
  if (option !== undefined) return minimal(option, { ...place, depth: place.depth + 1 }, enumeration);
  if (typeof word === "string" && typeOf(schema) === "string") return word.replace("%", "x");
  if (place.depth > MAX_DEPTH + 4) return null;
  if (propertiesOf(schema).length > 0) return minimalObject(schema, place, enumeration);
  if (schema["type"] === "array") {
    return [minimal(objectOf(schema["items"]) ?? {}, { ...place, depth: place.depth + 1 }, enumeration)];
  }
  return minimalLeaf(schema);
}

function minimalObject(schema: JsonObject, place: Place, enumeration: Enumeration): JsonObject {
  const required = requiredOf(schema);
  const entries = propertiesOf(schema)
    .filter(([name, property]) => required.has(name) && !(enumeration.sparse === true && isNullable(property)))
    .map(([name, property]) => [name, minimal(property, { ...place, key: name, depth: place.depth + 1 }, enumeration)]);
  return Object.fromEntries(entries);
}

function isNullable(schema: JsonObject): boolean {
  const types = [schema["type"], ...objectsOf(schema["anyOf"]).map((option) => option["type"])].flat();
  return types.includes("null") || schema["nullable"] === true;
}

function minimalLeaf(schema: JsonObject): JsonValue {
  switch (typeOf(schema)) {
    case "string":
      return "x";
    case "boolean":
      return false;
    case "integer":
    case "number":
      return inRange(1, schema);
    default:
      return {};
  }
}
