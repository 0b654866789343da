import type { JsonObject, JsonValue } from "../ir/json.ts";
import { isObject } from "./parse.ts";
import { arrayOf, objectsOf, stringOf } from "./read.ts";

export interface SchemaScope {
  readonly root: JsonObject;
  /** The references that are being inlined, outermost first; other nesting counts as an empty name. */
  readonly active: readonly string[];
  readonly nodes: { left: number };
}

export interface Resolved {
  readonly schema: JsonObject;
  readonly scope: SchemaScope;
  /** Set where inlining has to stop: what to tell the model instead. */
  readonly cut?: string;
}

/** Follows `$ref`s within the document. Keywords beside a `$ref` add to what it refers to (JSON Schema 2020-12, 8.2.3.1). */
export function resolveRef(schema: JsonObject, scope: SchemaScope): Resolved {
  const ref = stringOf(schema["$ref"]);
  if (ref === undefined) return { schema, scope };
  const name = ref.split("/").at(-1) ?? ref;
  if (scope.active.includes(ref)) return { schema, scope, cut: `Recursive: an object of the same shape as ${name}.` };
  const target = targetOf(scope.root, ref);
  const { $ref: _, ...beside } = schema;
  const inner = { ...scope, active: [...scope.active, ref] };
  if (target === undefined) return { schema: beside, scope: inner };
  return resolveRef({ ...target, ...beside }, inner);
}

function targetOf(root: JsonObject, ref: string): JsonObject | undefined {
  if (!ref.startsWith("#")) return undefined;
  let value: JsonValue | undefined = root;
  for (const token of ref.slice(1).split("/").filter(Boolean)) {
    const key = keyOf(token);
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return isObject(value) ? value : undefined;
}

/** A JSON pointer token within a URI fragment (RFC 6901, 6). */
function keyOf(token: string): string {
  const pointer = token.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

/** `allOf` folded into one schema: properties and required names add up, of other keywords the outermost wins. */
export function mergeAllOf(schema: JsonObject, scope: SchemaScope): JsonObject {
  const members = objectsOf(schema["allOf"]);
  if (members.length === 0) return schema;
  const { allOf: _, ...own } = schema;
  return members.reduce<JsonObject>((merged, member) => {
    scope.nodes.left -= 1;
    if (scope.nodes.left <= 0 || scope.active.length > 48) return merged;
    const { schema: resolved, scope: inner, cut } = resolveRef(member, scope);
    if (cut !== undefined) return merged;
    const deeper = { ...inner, active: [...inner.active, ""] };
    return mergeTwo(mergeAllOf(resolved, deeper), merged);
  }, own);
}

function mergeTwo(inner: JsonObject, outer: JsonObject): JsonObject {
  const properties = isObject(inner["properties"]) || isObject(outer["properties"]);
  const required = [...arrayOf(inner["required"]), ...arrayOf(outer["required"])];
  return {
    ...inner,
    ...outer,
    ...(properties ? { properties: { ...spread(inner["properties"]), ...spread(outer["properties"]) } } : {}),
    ...(required.length === 0 ? {} : { required }),
  };
}

const spread = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});
