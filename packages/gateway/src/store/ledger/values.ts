/** What stands in a column. */
export type Value = string | number | null;

/** A whole number that is not negative and exact; what is none counts as 0. */
export function whole(value: number | undefined): number {
  if (value === undefined || !(value > 0)) return 0;
  return value < Number.MAX_SAFE_INTEGER ? Math.round(value) : Number.MAX_SAFE_INTEGER;
}

export function wholeOrNull(value: number | undefined): number | null {
  return value === undefined ? null : whole(value);
}

/** The same of one that may be below zero. */
export function signedOrNull(value: number | undefined): number | null {
  if (value === undefined) return null;
  return value < 0 ? -whole(-value) : whole(value);
}

const LONGEST_TEXT = 500;

/** PostgreSQL takes no U+0000, and no half of a surrogate pair. Clients and upstreams may send either. */
export function clean(text: string): string {
  const short = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text;
  const whole = short.isWellFormed() ? short : short.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "\u{fffd}") : whole;
}

export function cleanOrNull(text: string | undefined): string | null {
  return text === undefined ? null : clean(text);
}
