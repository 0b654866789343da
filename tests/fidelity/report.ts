import { appendFileSync } from "node:fs";
import type { Verdict } from "./judge.ts";

/** With `SIGNALBOX_FIDELITY_REPORT=<file>` the verdicts are counted there: a line of JSON for each place and pair. */
export function reportCounts(place: string, verdicts: readonly Verdict[]): void {
  const file = process.env["SIGNALBOX_FIDELITY_REPORT"];
  if (file === undefined) return;
  const counts: Partial<Record<Verdict, number>> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  appendFileSync(file, `${JSON.stringify({ place, total: verdicts.length, ...counts })}\n`);
}
