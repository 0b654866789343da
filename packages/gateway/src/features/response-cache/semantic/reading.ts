import { holdsCode } from "./guards/code.ts";
import { isMoving } from "./guards/dates.ts";
import { isName } from "./guards/entities.ts";
import { type Marks, marksOf } from "./guards/marks.ts";
import { type Knowledge, sameMatter } from "./guards/matter.ts";
import { type Order, relates, sameOrder } from "./guards/order.ts";
import type { Source } from "./guards/source.ts";
import { languageOf } from "./language.ts";
import { stem } from "./stem.ts";
import { expand, LONGEST, normalise, SHORTEST, type Token, together, tokens } from "./text.ts";
import { functionWords } from "./words/function-words.ts";
import { longestEntry } from "./words/list.ts";
import { cardinals, scales } from "./words/numerals.ts";
import { synonyms } from "./words/synonyms.ts";
import { onlyBehindNumbers, units } from "./words/units.ts";

/** What is known of a text when it is compared. */
export interface Reading extends Order {
  /** Normalised. */
  readonly text: string;
  readonly marks: Marks;
}

/** Why a text is never taken for another. */
export type Unfit = "length" | "code" | "language" | "moving" | "empty";

/** Pure. Reads a user's text as the guards do. */
export function read(text: string): Reading | Unfit {
  const normal = normalise(text);
  if (normal.length < SHORTEST || normal.length > LONGEST) return "length";
  if (holdsCode(text) || holdsCode(normal)) return "code";
  const found = together(tokens(expand(normal)));
  const language = languageOf(found);
  if (language === undefined || shouts(normal)) return "language";
  const source: Source = { text: normal, tokens: found, language };
  if (isMoving(source)) return "moving";
  const stems = stemsOf(source);
  if (stems.length === 0) return "empty";
  return { text: normal, marks: marksOf(source), stems, related: relates(found.map(({ word }) => word)) };
}

/** Every guard but the marks, which are compared first. */
export function sameOrderAndMatter(a: Order, b: Order, knowledge: Knowledge): boolean {
  return sameMatter(a.stems, b.stems, knowledge) && sameOrder(a, b);
}

/** The first guard that tells two texts apart, or undefined. */
export function guardBetween(a: Reading, b: Reading, knowledge: Knowledge): string | undefined {
  for (const [name, mark] of Object.entries(a.marks)) {
    if (Object.entries(b.marks).some(([other, its]) => other === name && its !== mark)) return name;
  }
  if (!sameMatter(a.stems, b.stems, knowledge)) return "matter";
  return sameOrder(a, b) ? undefined : "order";
}

/** Names cannot be known by their large letters where all letters are. */
function shouts(text: string): boolean {
  const large = text.match(/\p{Lu}/gu)?.length ?? 0;
  return large * 2 > (text.match(/\p{L}/gu)?.length ?? 0);
}

const byStem = new Map([...synonyms].map(([word, name]) => [word.includes(" ") ? word : stem(word), name]));
const longest = longestEntry(synonyms);

/** The words that carry matter, in their order; names stand last, since their order is told by a mark of their own. */
function stemsOf(source: Source): readonly string[] {
  const stems: string[] = [];
  const named: string[] = [];
  const all = source.tokens;
  for (let at = 0; at < all.length; at += 1) {
    const phrase = phraseAt(all, at);
    const token = all[at];
    if (phrase !== undefined) {
      stems.push(phrase.name);
      at += phrase.words - 1;
    } else if (token !== undefined && isName(token, source.language)) {
      named.push(token.word);
    } else if (token !== undefined && !saidElsewhere(token.word, source.language)) {
      const root = stem(token.word);
      stems.push(byStem.get(root) ?? root);
    }
  }
  return [...stems, ...named.sort()];
}

/** Function words, and what the mark of the numbers tells. */
const saidElsewhere = (word: string, language: Source["language"]): boolean =>
  functionWords[language].has(word) ||
  (units.has(word) && !onlyBehindNumbers.has(word)) ||
  cardinals.has(word) ||
  scales.has(word);

function phraseAt(all: readonly Token[], at: number): { readonly name: string; readonly words: number } | undefined {
  for (let words = longest; words > 1; words -= 1) {
    const name = synonyms.get(
      all
        .slice(at, at + words)
        .map(({ word }) => word)
        .join(" "),
    );
    if (name !== undefined) return { name, words };
  }
  return undefined;
}
