/** What was measured, for whoever reads the log of the long suite. */
export function report(name: string, figures: Readonly<Record<string, number | string | bigint>>): void {
  const words = Object.entries(figures).map(([what, value]) => {
    const text = typeof value === "number" && !Number.isInteger(value) ? value.toFixed(1) : String(value);
    return `${what} ${text}`;
  });
  process.stdout.write(`${name}: ${words.join(", ")}\n`);
}
