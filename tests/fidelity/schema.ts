import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  arrayOf,
  isObject,
  type JsonObject,
  type JsonValue,
  objectOf,
  objectsOf,
  parseJson,
} from "@signalbox/protocol";

/** The folder with the vendors' API descriptions, or undefined when this machine has none: they are no part of the repository. */
export function specsFolder(): string | undefined {
  const folder = process.env["SIGNALBOX_SPECS"] ?? join(import.meta.dirname, "../../../shared/specs");
  return existsSync(join(folder, "openai-openapi.json")) ? folder : undefined;
}

/** A description's document, and what its references resolve to. */
export interface SchemaDocument {
  readonly named: (name: string) => JsonObject;
  readonly resolve: (schema: JsonObject) => ResolvedSchema;
}

export interface ResolvedSchema {
  readonly schema: JsonObject;
  /** The names of the references that led here. */
  readonly names: readonly string[];
}

export function readDocument(file: string): SchemaDocument {
  const root = parseJson(readFileSync(file, "utf8"));
  const document = isObject(root) ? root : {};
  const tables = [objectOf(document["definitions"]), objectOf(objectOf(document["components"])?.["schemas"])];
  const named = (name: string): JsonObject => {
    const found = tables.map((table) => objectOf(table?.[decodeURIComponent(name)])).find((one) => one !== undefined);
    if (found === undefined) throw new Error(`The description has no schema '${name}'.`);
    return found;
  };
  const resolve = (schema: JsonObject): ResolvedSchema => {
    const reference = schema["$ref"];
    if (typeof reference === "string") {
      const name = reference.slice(reference.lastIndexOf("/") + 1);
      const target = resolve(named(name));
      const { $ref: _, ...beside } = schema;
      return { schema: { ...beside, ...target.schema }, names: [name, ...target.names] };
    }
    const parts = objectsOf(schema["allOf"]);
    if (parts.length === 0) return { schema, names: [] };
    const { allOf: _, ...own } = schema;
    const all = [...parts.map(resolve), { schema: own, names: [] }];
    return { schema: merged(all.map((part) => part.schema)), names: all.flatMap((part) => part.names) };
  };
  return { named, resolve };
}

function merged(schemas: readonly JsonObject[]): JsonObject {
  const properties = Object.assign({}, ...schemas.map((schema) => objectOf(schema["properties"]) ?? {}));
  const required = schemas.flatMap((schema) => arrayOf(schema["required"]));
  const whole: JsonObject = Object.assign({}, ...schemas);
  return { ...whole, ...(Object.keys(properties).length === 0 ? {} : { properties }), required };
}

/** What a value may be: the alternatives of a union, without null. */
export function alternatives(schema: JsonObject): readonly JsonObject[] {
  const options = [...objectsOf(schema["anyOf"]), ...objectsOf(schema["oneOf"])];
  return options.filter((option) => option["type"] !== "null");
}

export function requiredOf(schema: JsonObject): ReadonlySet<JsonValue> {
  return new Set(arrayOf(schema["required"]));
}

export function propertiesOf(schema: JsonObject): readonly (readonly [string, JsonObject])[] {
  return Object.entries(objectOf(schema["properties"]) ?? {}).flatMap(([name, value]) =>
    isObject(value) ? [[name, value] as const] : [],
  );
}
