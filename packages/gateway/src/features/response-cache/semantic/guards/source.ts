import type { Token } from "../text.ts";
import type { Language } from "../words/function-words.ts";

/** What the guards read of a text. */
export interface Source {
  /** Normalised, with the letters' case. */
  readonly text: string;
  /** Contractions written out. */
  readonly tokens: readonly Token[];
  readonly language: Language;
}

/**
 * What a text says of one matter, in one way of writing. Two texts whose marks differ never share an answer, however alike they are
 * otherwise; so a mark that says too much costs hits, and one that says too little may cost a wrong one.
 */
export type Mark = (source: Source) => string;

/** The entries of the map that the words spell, longest first, in the order of the text. */
export function found(words: readonly string[], map: ReadonlyMap<string, string>, longest: number): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < words.length; ) {
    let taken = 0;
    for (let size = Math.min(longest, words.length - at); size > 0 && taken === 0; size -= 1) {
      const name = map.get(words.slice(at, at + size).join(" "));
      if (name === undefined) continue;
      names.push(name);
      taken = size;
    }
    at += Math.max(1, taken);
  }
  return names;
}
