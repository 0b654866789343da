import { z } from "zod";
import type { PathStep } from "./issues.ts";

type Schema = z.core.$ZodType;

/** The keys that a schema knows at a place in the file; none where any key may stand. */
export function knownKeys(schema: Schema, path: readonly PathStep[]): readonly string[] {
  const [step, ...rest] = path;
  return branches(schema).flatMap((branch) => {
    if (step === undefined) return branch instanceof z.ZodObject ? Object.keys(branch.shape) : [];
    const inner = child(branch, step);
    return inner === undefined ? [] : knownKeys(inner, rest);
  });
}

function child(schema: Schema, step: PathStep): Schema | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[step];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** What a value is checked against: without the wrappers, and each side of a union. */
function branches(schema: Schema): readonly Schema[] {
  if (schema instanceof z.ZodExactOptional) return branches(schema.unwrap());
  if (schema instanceof z.ZodPipe) return branches(schema.in);
  return schema instanceof z.ZodUnion ? schema.options.flatMap(branches) : [schema];
}
