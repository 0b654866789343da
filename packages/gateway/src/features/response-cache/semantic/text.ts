/** Of a text that is compared: at least as long as a sentence, and no document. */
export const SHORTEST = 20;
export const LONGEST = 2000;

/** One way to write what Unicode can write in several. Letters keep their case: names are known by it. */
export function normalise(text: string): string {
  return (
    text
      .normalize("NFKC")
      // The flags of England and Scotland differ in nothing but tags.
      .replaceAll(/(?![\u{e0020}-\u{e007f}])\p{Cf}/gu, "")
      .replaceAll(/[‘’‛′`´]/gu, "'")
      .replaceAll(/[“”„«»″]/gu, '"')
      .replaceAll(/[‐‑‒–—−]/gu, "-")
      .replaceAll(/[\s\p{Cc}]+/gu, " ")
      .trim()
  );
}

/** A word as it stands in the text, and small. */
export interface Token {
  readonly raw: string;
  readonly word: string;
  /** The first of a sentence. */
  readonly opens: boolean;
}

const contractions: readonly (readonly [RegExp, string])[] = [
  [/\bcan't\b|\bcannot\b/giu, "can not"],
  [/\bwon't\b/giu, "will not"],
  [/\bshan't\b/giu, "shall not"],
  [/\bain't\b/giu, "is not"],
  [/(\p{L})n't\b/giu, "$1 not"],
  [/\b(\p{L}+)'(?:ll|re|ve|m|d)\b/giu, "$1"],
  [/\b(let|what|who|where|how|when|why|that|there|it|he|she)'s\b/giu, "$1 is"],
  [/(\p{L})'s?(?!\p{L})/gu, "$1"],
  // French and Italian elisions.
  [/\b(?:l|d|j|n|s|c|qu|m|t)'(?=\p{L})/giu, "$& "],
];

export function expand(text: string): string {
  let expanded = text;
  for (const [pattern, instead] of contractions) expanded = expanded.replaceAll(pattern, instead);
  return expanded;
}

const WORD = /[\p{L}\p{M}]+(?:[-'][\p{L}\p{M}\p{N}]+)*|[.!?:]/gu;

export function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  let opens = true;
  for (const [raw] of text.matchAll(WORD)) {
    if (/[.!?:]/u.test(raw)) {
      opens = true;
      continue;
    }
    found.push({ raw, word: raw.toLowerCase(), opens });
    opens = false;
  }
  return found;
}

/** "turn the light on": how many words may stand between. */
const APART = 6;

/** "turn the light on" as "turn on the light". */
export function together(all: readonly Token[]): readonly Token[] {
  const moved = [...all];
  for (const [at, { word }] of all.entries()) {
    if (!/^(?:turn|switch)(?:ed|ing|es|s)?$/u.test(word)) continue;
    const end = moved.findIndex(
      (later, place) => place > at && place <= at + APART && /^(?:on|off)$/u.test(later.word),
    );
    if (end > at + 1) moved.splice(at + 1, 0, ...moved.splice(end, 1));
  }
  return moved;
}
