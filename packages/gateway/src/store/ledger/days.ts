export const DAY_MS = 86_400_000;

let lastDay = Number.NaN;
let lastText = "";

/** The day of UTC, as `2026-11-21`. */
export function dayOf(time: number): string {
  const day = Math.floor(time / DAY_MS);
  if (day !== lastDay) {
    lastText = new Date(day * DAY_MS).toISOString().slice(0, 10);
    lastDay = day;
  }
  return lastText;
}

/** No UUIDv7 of that time or later is before it: the first 48 bits are the time. https://www.rfc-editor.org/rfc/rfc9562#section-5.7 */
export function firstId(time: number): string {
  const hex = Math.max(0, time).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
