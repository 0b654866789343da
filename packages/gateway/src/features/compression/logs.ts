import { ANYTHING_GOES } from "./levels.ts";

/** So many lines of one kind tell nothing that the first and the last of them do not. */
const LEAST_ALIKE = 4;
const KEPT_FIRST = 2;

const LEADING_TIME =
  /^\s*[[(]?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?[\])]?\s*|^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d\s+|^\d{10,13}(?:\.\d+)?\s+/;
const VARYING = /0x[0-9a-f]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{7,}\b|\d+/gi;

/**
 * A log without the lines that repeat others: the same but for the time at their beginning, and from `ANYTHING_GOES` on also those that
 * differ in numbers and ids. The first two and the last of each stay, and what is left out is counted.
 */
export function collapseLog(lines: readonly string[], aggressiveness: number): readonly string[] {
  const isEager = aggressiveness >= ANYTHING_GOES;
  const templates = lines.map((line) => {
    const bare = line.replace(LEADING_TIME, "");
    return isEager ? bare.replaceAll(VARYING, "#") : bare;
  });
  const places = new Map<string, { count: number; last: number }>();
  for (const [at, template] of templates.entries()) {
    const known = places.get(template);
    if (known === undefined) places.set(template, { count: 1, last: at });
    else {
      known.count += 1;
      known.last = at;
    }
  }
  const seen = new Map<string, number>();
  const kept: string[] = [];
  let left = 0;
  const tell = () => {
    if (left > 0) kept.push(`[… ${left} more ${left === 1 ? "line" : "lines"} like those above]`);
    left = 0;
  };
  for (const [at, template] of templates.entries()) {
    const { count, last } = places.get(template) ?? { count: 1, last: at };
    const before = seen.get(template) ?? 0;
    seen.set(template, before + 1);
    if (count >= LEAST_ALIKE && before >= KEPT_FIRST && at !== last && template.trim() !== "") left += 1;
    else {
      tell();
      kept.push(lines[at] ?? "");
    }
  }
  tell();
  return kept;
}
