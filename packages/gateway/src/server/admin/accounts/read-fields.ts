import { isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import type { z } from "zod";
import type { PathStep } from "../../../config/issues.ts";
import type { FieldIssue } from "../../../config/router-document.ts";
import { toCamel } from "../../../config/routers/record.ts";
import { toFindings } from "../../../config/zod-issues.ts";
import { badRequest } from "../status.ts";

/** Fields whose insides are ours too. Everything else inside is its author's: `metadata` above all. */
const NESTED: ReadonlySet<string> = new Set(["budgets", "limits", "privacy", "channels", "owner", "cache"]);

/**
 * A body as its schema has it, whose names are read in snake_case and camelCase. Throws 400 with every field that is wrong, named as
 * its author wrote it.
 */
export function readFields<S extends z.ZodObject>(schema: S, body: JsonObject): z.output<S> {
  const names = respell(body);
  if (names.issues.length > 0) throw badRequest(names.issues);
  const result = schema.safeParse(names.value);
  if (result.success) return result.data;
  const findings = toFindings(result.error.issues, schema);
  throw badRequest(findings.map(({ path, message }) => ({ path: names.written(path), message: inWords(message) })));
}

/** `null` in a change takes away what a field said. Those fields, and the rest of the body. */
export function takeNulls(body: JsonObject): { readonly rest: JsonObject; readonly cleared: ReadonlySet<string> } {
  const entries = Object.entries(body);
  return {
    rest: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    cleared: new Set(entries.filter(([, value]) => value === null).map(([name]) => toCamel(name))),
  };
}

/** The configuration's word for it. */
const inWords = (message: string): string => message.replace(/^unknown key/, "unknown field");

interface Respelt {
  readonly value: JsonObject;
  readonly issues: readonly FieldIssue[];
  /** The place in the author's own words. */
  readonly written: (path: readonly PathStep[]) => readonly PathStep[];
}

function respell(body: JsonObject): Respelt {
  const issues: FieldIssue[] = [];
  const original = new Map<string, string>();
  const fields = (source: JsonObject, path: readonly PathStep[], written: readonly PathStep[]): JsonObject => {
    const found = new Map<string, JsonValue>();
    for (const [name, value] of Object.entries(source)) {
      if (value === undefined) continue;
      const camel = toCamel(name);
      const place = [...path, camel];
      if (found.has(camel)) {
        const other = original.get(placeKey(place)) ?? camel;
        issues.push({ path: [...written, name], message: `says the same as ${other}: write one of them` });
      }
      original.set(placeKey(place), name);
      const nested = path.length === 0 && NESTED.has(camel);
      found.set(camel, nested ? inside(value, place, [...written, name]) : value);
    }
    return Object.fromEntries(found);
  };
  const inside = (value: JsonValue, path: readonly PathStep[], written: readonly PathStep[]): JsonValue => {
    if (isObject(value)) return fields(value, path, written);
    if (!Array.isArray(value)) return value;
    return value.map((item, index) => (isObject(item) ? fields(item, [...path, index], [...written, index]) : item));
  };
  return {
    value: fields(body, [], []),
    issues,
    written: (path) => path.map((step, index) => original.get(placeKey(path.slice(0, index + 1))) ?? step),
  };
}

const placeKey = (path: readonly PathStep[]): string => JSON.stringify(path);
