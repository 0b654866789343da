import { formatDollars } from "../../config/money.ts";

/** The first ones begin at the left, numbers end at the right. */
export function columns(lines: readonly (readonly string[])[], left: number): readonly string[] {
  const widths = (lines[0] ?? []).map((_, index) => Math.max(...lines.map((cells) => (cells[index] ?? "").length)));
  return lines.map((cells) =>
    cells
      .map((cell, index) => (index < left ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** At least cents, and every digit below that there is. */
export function cents(nano: bigint): string {
  const [whole = "0", fraction = ""] = formatDollars(nano).split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

export const counted = (count: number): string => count.toLocaleString("en-US");

/** Clients and upstreams choose names: nothing of them may steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\u{fffd}");
}
