import type { Chance } from "./chance.ts";

const SUBJECTS = [
  "the ledger",
  "a customer",
  "the billing service",
  "our nightly job",
  "the second replica",
  "the settings page",
  "an older client",
  "the night shift",
  "Žofie's team",
  "die Spätschicht",
  "the refund form",
  "the exporter",
] as const;
const VERBS = [
  "keeps",
  "writes",
  "reads",
  "forgets",
  "repeats",
  "closes",
  "does not check",
  "moves",
  "shows",
  "renames",
] as const;
const OBJECTS = [
  "every invoice of the month",
  "the list of accounts",
  "what was said before",
  "the address of the upstream",
  "two kinds of receipts",
  "the draft that nobody has sent",
  "entries in load_order",
  "the café’s opening hours",
  "the timeout of retryPolicy",
  "a page at https://status.example.org/history",
] as const;
const ENDINGS = [
  "before the answer is whole",
  "because the queue was full",
  "while others wait for their turn",
  "and tells nobody about it",
  "on the last day of each quarter",
  "as the guide says",
  "although the form asks for it",
  "in the order in which they came",
] as const;

export function sentence(chance: Chance): string {
  const subject = chance.pick(SUBJECTS);
  const words = `${subject} ${chance.pick(VERBS)} ${chance.pick(OBJECTS)} ${chance.pick(ENDINGS)}`;
  const exact = chance.falls(0.25) ? `, ${chance.between(2, 900)} times` : "";
  const said = chance.falls(0.3) ? ` and ${chance.pick(VERBS)} ${chance.pick(OBJECTS)}` : "";
  return `${words.replace(/^\p{L}/u, (first) => first.toUpperCase())}${said}${exact}.`;
}

export function paragraph(chance: Chance, sentences: number): string {
  return Array.from({ length: sentences }, () => sentence(chance)).join(" ");
}

/** A page of a manual as a browser tool returns it. */
export function page(chance: Chance, paragraphs: number): string {
  const parts = Array.from({ length: paragraphs }, (_, at) => {
    const text = paragraph(chance, chance.between(3, 7));
    if (at % 3 !== 0) return text;
    return `## ${chance.between(1, 9)}.${at} ${sentence(chance).split(" ").slice(0, 5).join(" ")}\n\n${text}`;
  });
  const list = Array.from({ length: chance.between(2, 6) }, () => `- ${sentence(chance)}`).join("\n");
  return `${parts.join("\n\n")}\n\n${list}\n\n\n\nLast changed on 2026-0${chance.between(1, 9)}-1${chance.between(0, 9)}.   `;
}

export function searchResults(chance: Chance, count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const host = chance.pick(["docs.example.org", "forum.example.net", "wiki.example.com"]);
    return `${at + 1}. ${sentence(chance)}\n   https://${host}/p/${chance.between(1000, 9999)}\n   ${paragraph(chance, 2)}`;
  }).join("\n\n");
}
