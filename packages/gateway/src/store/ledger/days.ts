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
