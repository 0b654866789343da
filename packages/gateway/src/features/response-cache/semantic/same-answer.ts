import { numbersMark } from "./guards/numbers.ts";
import { cosine, hashedNgrams } from "./ngrams.ts";
import { stem } from "./stem.ts";
import { normalise, tokens } from "./text.ts";
import { functionWords } from "./words/function-words.ts";

/** Two answers to one question seldom share more of their words than this, and two to different ones seldom as much. */
const ALIKE = 0.6;

/**
 * Whether two answers say the same, as far as their letters tell: alike in their words, and with the same numbers and names in the one
 * that says less. It doubts rather than believes, so that errors that are counted with it are an upper estimate.
 */
export function sameAnswer(kept: string, fresh: string): boolean {
  const [one, other] = [normalise(kept), normalise(fresh)];
  if (one.toLowerCase() === other.toLowerCase()) return true;
  if (!covers(quantities(one), quantities(other)) || !covers(named(one), named(other))) return false;
  return cosine(hashedNgrams(stemsOf(one)), hashedNgrams(stemsOf(other))) >= ALIKE;
}

function covers(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [fewer, more] = a.size < b.size ? [a, b] : [b, a];
  return [...fewer].every((item) => more.has(item));
}

const quantities = (text: string): ReadonlySet<string> =>
  new Set(
    numbersMark({ text, tokens: [], language: "en" })
      .split(",")
      .filter((mark) => mark !== ""),
  );

const named = (text: string): ReadonlySet<string> =>
  new Set(tokens(text).flatMap(({ raw, word, opens }) => (!opens && /\p{Lu}/u.test(raw) && raw !== "I" ? [word] : [])));

const stemsOf = (text: string): readonly string[] =>
  tokens(text).flatMap(({ word }) => (functionWords.en.has(word) ? [] : [stem(word)]));
