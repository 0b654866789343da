import { SPOKEN } from "../protocol/codecs.ts";
import { nameOfFailure, UNNAMED } from "./known-failures.ts";
import { COLUMNS, type Outcome } from "./outcome.ts";

/** `dialect | column | name of a known failure` → how many recordings fail so. */
export type Failures = Readonly<Record<string, number>>;

export function failuresOf(outcomes: readonly Outcome[]): Failures {
  const counts = new Map<string, number>();
  for (const { recording, column, failure } of outcomes) {
    if (failure === undefined) continue;
    const key = [recording.dialect, column, nameOfFailure(column, failure)].join(SEPARATOR);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort());
}

const SEPARATOR = " | ";

/** One row for each dialect and each feature tag in it: how many of its recordings pass each column. */
export function passRateTable(outcomes: readonly Outcome[]): string {
  const rows = [...SPOKEN, "bedrock-converse"].flatMap((dialect) => {
    const own = outcomes.filter(({ recording }) => recording.dialect === dialect);
    const features = [...new Set(own.flatMap(({ recording }) => recording.features))].sort();
    const tagged = features.map((feature) => [
      `  ${feature}`,
      ...ratesOf(own.filter(({ recording }) => recording.features.includes(feature))),
    ]);
    return [[dialect, ...ratesOf(own)], ...tagged];
  });
  return alignColumns([["", ...COLUMNS], ...rows, ["all", ...ratesOf(outcomes)]]);
}

function ratesOf(outcomes: readonly Outcome[]): readonly string[] {
  return COLUMNS.map((column) => {
    const tried = outcomes.filter((outcome) => outcome.column === column);
    const passed = tried.filter(({ failure }) => failure === undefined).length;
    return tried.length === 0 ? "-" : `${passed}/${tried.length}`;
  });
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return rows.map(line).join("\n");
}

/** What differs from the committed expectations: more failures, or fewer. */
export function departures(expected: Failures, actual: Failures): readonly string[] {
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].sort().flatMap((key) => {
    const before = expected[key] ?? 0;
    const now = actual[key] ?? 0;
    if (key.endsWith(UNNAMED) && now > 0) return [`${key}: ${now} failures; name their cause or repair it`];
    return before === now ? [] : [`${key}: ${now} failures, ${before} expected`];
  });
}

/** Those of the columns that need the vendors' API descriptions, or the others. */
export function ofSchemaColumns(failures: Failures, wanted: boolean): Failures {
  const isWanted = ([key]: [string, number]) => (key.split(SEPARATOR)[1]?.endsWith("schema") ?? false) === wanted;
  return Object.fromEntries(Object.entries(failures).filter(isWanted));
}
