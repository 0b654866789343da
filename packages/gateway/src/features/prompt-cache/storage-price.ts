/** US dollars for a million tokens that are kept for an hour. Read on 2026-11-20. */
const PRICES: readonly (readonly [RegExp, number])[] = [
  // https://ai.google.dev/gemini-api/docs/pricing
  [/^gemini-(?:2\.5|3|3\.1)-pro(?:-preview)?$/, 4.5],
  [/^gemini-(?:2\.5-flash(?:-lite)?|3-flash(?:-preview)?|3\.1-flash-lite(?:-preview)?|3\.5-flash(?:-preview)?)$/, 1],
];

/** What Google asks for keeping an explicit cache; undefined: not known, and nothing may be kept. */
export function storagePrice(model: string): { readonly perMillionHour: number; readonly id: string } | undefined {
  const found = PRICES.find(([pattern]) => pattern.test(model));
  return found === undefined ? undefined : { perMillionHour: found[1], id: `google-cache-storage/${found[1]}` };
}
