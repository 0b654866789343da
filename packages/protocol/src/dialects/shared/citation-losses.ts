import type { LossRecorder } from "../../ir/loss.ts";
import type { DialectId } from "../../ir/origin.ts";
import type { Citation } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";

/** What every dialect's citation of a web page says, under one name or another. */
const SAID: ReadonlySet<string> = new Set([
  ...["type", "url", "uri", "title", "start_index", "end_index", "url_citation", "cited_text", "content"],
]);

/** Records what of another dialect's citation is not shown. `quotes`: the client's dialect has a place for the cited text. */
export function reportCitation(
  citation: Citation,
  { dialect, quotes }: { readonly dialect: DialectId; readonly quotes: boolean },
  losses: LossRecorder,
): void {
  const { raw, citedText } = citation;
  if (raw === undefined || raw.dialect === dialect) return;
  const fields = isObject(raw.value) ? Object.entries(raw.value) : [];
  const unsaid = fields.filter(([field, value]) => !SAID.has(field) && value !== null).map(([field]) => field);
  const lost = [...unsaid, ...(quotes || citedText === undefined ? [] : ["cited_text"])];
  if (lost.length === 0) return;
  losses.adapt("citations", `Of a citation of ${raw.dialect} these were not told: ${lost.join(", ")}.`);
}
