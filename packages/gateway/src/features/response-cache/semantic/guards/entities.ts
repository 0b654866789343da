import type { Token } from "../text.ts";
import { functionWords } from "../words/function-words.ts";
import { names } from "../words/names.ts";
import { sentenceOpeners } from "../words/sentence-openers.ts";
import { units } from "../words/units.ts";
import type { Mark, Source } from "./source.ts";

const quoted = /"([^"]{1,200})"|(?<=^|\s)'([^']{2,200})'(?=$|[\s.,;:!?])/gu;
/** URLs, addresses, paths, versions, and names of code: whatever is glued of letters with digits or signs. */
const glued =
  /(?:[a-z][a-z+.-]*:\/\/|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+|#[\w-]+|\S*[\\_]\S*|\S*\/\S*|\b\p{L}[\p{L}\d]*(?:[.:]+[\p{L}\d]+)+\b|\bv?\d+(?:\.\d+){2,}\b|\bv\d+(?:\.\d+)*\b|\b(?=[\p{L}\d-]*\d)\p{L}[\p{L}\d-]+\b|\bc(?:\+\+|#)|\bf#|\.net\b|(?<=\s)--?[a-z][\w-]+/giu;
const humps = /\b\p{Ll}+\p{Lu}\p{L}*\b/gu;
const direction = /^(?:from|to|into|in|onto|than|versus|vs|over|against|von|nach|zu|de|à|vers|desde|hasta|a|en|que)$/u;

/** Who and what is spoken of by name, in the order of the text, but for "from A to B" and "to B from A", which are one. */
export const entitiesMark: Mark = (source) => {
  const named = namesOf(source);
  const roles = named.every(({ role }) => role !== "") && named.length > 1;
  const written = named.map(({ role, name }) => (roles || role === "from" || role === "to" ? `${role} ${name}` : name));
  const sorted = roles && new Set(named.map(({ role }) => role)).size === named.length ? written.toSorted() : written;
  const quotes = [...source.text.matchAll(quoted)].map(
    ([, double, single]) => `"${(double ?? single ?? "").toLowerCase()}"`,
  );
  const chunks = [...source.text.matchAll(glued), ...source.text.matchAll(humps)].map(([all]) => bare(all));
  return JSON.stringify([sorted, quotes, chunks]);
};

const bare = (chunk: string): string => chunk.replace(/[.,;:!?)"']+$/u, "");

interface Named {
  readonly name: string;
  readonly role: string;
}

function namesOf({ tokens, language }: Source): readonly Named[] {
  return tokens.flatMap((token, at) => {
    if (!isName(token, language)) return [];
    const before = tokens[at - 1]?.word ?? "";
    return [{ name: token.word, role: direction.test(before) ? before.replace("into", "to") : "" }];
  });
}

export function isName({ raw, word, opens }: Token, language: Source["language"]): boolean {
  if (names.has(word) || names.has(word.replace(/s$/u, ""))) return true;
  // German writes units large.
  if (units.has(word)) return false;
  if (!/\p{Lu}/u.test(raw) || functionWords[language].has(word) || raw === "I") return false;
  if (!opens) return true;
  return !/^\p{Lu}\p{Ll}+(?:-\p{Ll}+)*$/u.test(raw) || !sentenceOpeners.has(word);
}
