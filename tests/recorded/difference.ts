import { isObject, type JsonValue } from "@signalbox/protocol";

/** The first difference between two JSON values, as a path whose indexes are left out so that equal causes look equal. */
export function difference(
  expected: JsonValue | undefined,
  actual: JsonValue | undefined,
  path = "$",
): string | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return `${path}: ${expected.length} items became ${actual.length}`;
    return firstOf(expected, (value, index) => difference(value, actual[index], `${path}[]`));
  }
  if (isObject(expected) && isObject(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return firstOf(keys, (key) => difference(expected[key], actual[key], `${path}.${key}`));
  }
  return JSON.stringify(expected) === JSON.stringify(actual)
    ? undefined
    : `${path}: ${brief(expected)} became ${brief(actual)}`;
}

function firstOf<T>(values: readonly T[], differ: (value: T, index: number) => string | undefined): string | undefined {
  for (const [index, value] of values.entries()) {
    const found = differ(value, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function brief(value: JsonValue | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
