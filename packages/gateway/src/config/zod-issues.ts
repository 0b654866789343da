import type { z } from "zod";
import type { ConfigDocument } from "./document.ts";
import { type ConfigIssue, formatPath, type PathStep } from "./issues.ts";
import { knownKeys } from "./known-keys.ts";
import { nearestName } from "./nearest.ts";
import { configSchema } from "./schema.ts";

type ZodIssue = z.core.$ZodIssue;

/** zod's findings with the place in the file. */
export function toConfigIssues(issues: readonly ZodIssue[], document: ConfigDocument): readonly ConfigIssue[] {
  return toFindings(issues, configSchema).map((finding) => at(document, finding));
}

/** zod's findings in plain words. No message repeats a value: it may be a secret in the wrong place. */
export function toFindings(issues: readonly ZodIssue[], schema: z.core.$ZodType): readonly Finding[] {
  return issues.flatMap((issue) => convert(issue, [], schema));
}

function convert(issue: ZodIssue, parent: readonly PathStep[], schema: z.core.$ZodType): readonly Finding[] {
  const path = [...parent, ...issue.path.map(toStep)];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: unknownKey(knownKeys(schema, path), key),
        key: true,
      }));
    case "invalid_key":
      return [{ path, message: issue.issues[0]?.message ?? "not a valid name", key: true }];
    case "invalid_union": {
      const closest = closestBranch(issue.errors);
      if (closest.length === 0) return [{ path, message: "invalid value" }];
      return closest.flatMap((inner) => convert(inner, path, schema));
    }
    case "invalid_type":
      return [{ path, message: wrongType(issue.message) }];
    case "invalid_value":
      return [{ path, message: wrongValue(issue) }];
    default:
      return [{ path, message: issue.message.replace(/^Invalid input: /, "") }];
  }
}

function unknownKey(known: readonly string[], key: string): string {
  const meant = nearestName(key, known);
  return meant === undefined ? "unknown key" : `unknown key; did you mean ${meant}?`;
}

/** zod's names of types, in words that need no knowledge of JSON. */
const typeNames: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["boolean", "true or false"],
  ["object", "a map of keys and values"],
  ["record", "a map of keys and values"],
  ["array", "a list"],
  ["null", "empty"],
  ["undefined", "missing"],
]);

function wrongType(message: string): string {
  const [, expected, received] = /expected (\w+), received (\w+)/.exec(message) ?? [];
  if (expected === undefined || received === undefined) return message.replace(/^Invalid input: /, "");
  if (received === "undefined") return "is missing";
  const hint = expected === "string" && (received === "number" || received === "boolean") ? ": put it in quotes" : "";
  return `must be ${typeNames.get(expected) ?? expected}, not ${typeNames.get(received) ?? received}${hint}`;
}

function wrongValue(issue: z.core.$ZodIssueInvalidValue): string {
  // A message of the schema's own says more than the list.
  if (!issue.message.startsWith("Invalid")) return issue.message;
  return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
}

/** Of a union, the branch that matched furthest in: it is what the author meant. */
function closestBranch(branches: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] {
  const depth = (issues: readonly ZodIssue[]): number =>
    Math.max(...issues.map((issue) => issue.path.length + (issue.code === "unrecognized_keys" ? 1 : 0)), -1);
  const [first = [], ...others] = branches;
  return others.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best), first);
}

export interface Finding {
  readonly path: readonly PathStep[];
  readonly message: string;
  /** The key itself is what is wrong, and not what it says. */
  readonly key?: boolean;
}

function at(document: ConfigDocument, finding: Finding): ConfigIssue {
  return {
    path: formatPath(finding.path),
    message: finding.message,
    position: document.locate(finding.path, finding.key ?? false),
  };
}

function toStep(step: PropertyKey): PathStep {
  return typeof step === "symbol" ? String(step) : step;
}
