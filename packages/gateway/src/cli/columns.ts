/** Cells one below the other, two spaces between the columns. */
export function columns(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = (lines[0] ?? []).map((_, index) => Math.max(...lines.map((cells) => (cells[index] ?? "").length)));
  return lines.map((cells) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Names are chosen by others: nothing of them may steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\u{fffd}");
}
