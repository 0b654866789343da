import type { JsonObject, JsonValue } from "../ir/json.ts";
import { ascii } from "./cursor.ts";
import { openingsWithin } from "./elements.ts";
import { type MemberSpan, scanObject, valueAt } from "./splice.ts";

/** A large JSON object that nobody decodes: its short fields, and of each of its lists how many objects are in it. */
export interface Outline {
  readonly fields: JsonObject;
  readonly lengths: ReadonlyMap<string, number>;
}

const SHORT = 64 * 1024;

/** One walk over the bytes. What stands in the lists is not checked. Throws `invalid_request` where it is no JSON object. */
export function outlineOf(bytes: Uint8Array): Outline {
  const scan = scanObject(bytes, { maxNodes: Number.POSITIVE_INFINITY });
  const isList = ({ start }: MemberSpan) => bytes[start] === ascii.openBracket;
  const fields: [string, JsonValue][] = [];
  const lengths = new Map<string, number>();
  for (const [key, span] of scan.members) {
    if (isList(span)) lengths.set(key, openingsWithin(bytes, scan, { ...span, depth: 3 }).length);
    else if (span.end - span.start <= SHORT) fields.push([key, valueAt(bytes, span) ?? null]);
  }
  return { fields: Object.fromEntries(fields), lengths };
}
