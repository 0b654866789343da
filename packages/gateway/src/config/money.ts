/**
 * Money is whole nano-dollars (1e-9 US dollars), so that sums are exact. A single amount is a safe integer (up to 9 million
 * dollars); sums of many are bigint, or text where they leave the process.
 */
export const NANO_PER_DOLLAR = 1_000_000_000;

/** The largest amount that a budget or a row may hold: 9 million dollars. */
export const LARGEST_DOLLARS = 9_000_000;

/** To the nearest nano-dollar. */
export function dollarsToNano(dollars: number): number {
  return Math.round(dollars * NANO_PER_DOLLAR);
}

/** For answers whose field is a number of dollars, as other vendors' are. */
export function nanoToDollars(nano: number | bigint): number {
  return Number(nano) / NANO_PER_DOLLAR;
}

/** Exact and without exponent: `12.000345678`, `0.5`, `0`. */
export function formatDollars(nano: number | bigint): string {
  const amount = BigInt(nano);
  const sign = amount < 0n ? "-" : "";
  const digits = String(amount < 0n ? -amount : amount).padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`}`;
}
