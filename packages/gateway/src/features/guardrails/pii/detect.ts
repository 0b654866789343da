import { type PiiKind, piiKinds } from "../../../config/features.ts";
import { card } from "./card.ts";
import { email } from "./email.ts";
import type { Detector, Finding } from "./finding.ts";
import { iban } from "./iban.ts";
import { ip } from "./ip.ts";
import { phone } from "./phone.ts";
import { secret } from "./secret.ts";
import { ssn } from "./ssn.ts";

/** What is surest of itself first: where two overlap that begin together and are as long, the first one stands. */
export const DETECTORS: readonly Detector[] = [secret, card, iban, ssn, email, ip, phone];

/** Shorter than anything personal. */
const SHORTEST = 6;

/** What is personal in a text, in its order, and nothing of it twice. */
export function detect(text: string, kinds: readonly PiiKind[] = piiKinds): readonly Finding[] {
  if (text.length < SHORTEST) return [];
  const asked = DETECTORS.filter(({ kind }) => kinds.includes(kind));
  const read = withoutEscapes(text);
  const found = asked.flatMap(({ find }) => find(read));
  if (found.length < 2) return found;
  const ordered = found.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const kept: Finding[] = [];
  for (const finding of ordered) {
    const last = kept.at(-1);
    if (last === undefined || finding.start >= last.end) kept.push(finding);
    // What sticks out of another would be left behind by it.
    else if (finding.end > last.end) kept[kept.length - 1] = { ...last, end: finding.end };
  }
  return kept;
}

const ESCAPE = /\\(?:[nrtbf]|u[0-9a-fA-F]{4})/g;

/** In JSON and in code a letter may belong to the sign before it, as in `\n+1 212 …`, and not to what follows. Nothing is moved. */
function withoutEscapes(text: string): string {
  return text.includes("\\") ? text.replace(ESCAPE, ({ length }) => " ".repeat(length)) : text;
}
