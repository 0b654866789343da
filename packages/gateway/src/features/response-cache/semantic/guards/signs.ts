import type { Mark } from "./source.ts";

/** Signs of a quantity, which the mark of the numbers tells. */
const ofNumbers = /(?<=\d\s?)(?:%|°\s?[cf]\b|[$€£¥₹°])|[$€£¥₹](?=\s?\d)|(?<=\d\s?)[-/](?=\s?\d)/giu;
/** Whatever is no letter, no digit that the numbers know and no punctuation; and punctuation that stands alone is what is spoken of. */
const signs = /[^\p{L}\p{M}\d\s.,;:!?'"()-]|(?<=^|\s)[.,;:!?'"()-]+(?=\s)/gu;
/** French puts a space before these. */
const spaced = /^[?!:;]+$/u;

/** Symbols, pictures and digits of other scripts, in their order: no word and no vector can be trusted to know them. */
export const signsMark: Mark = ({ text, language }) => {
  const found = text.replaceAll(ofNumbers, " ").match(signs) ?? [];
  return found.filter((sign) => language !== "fr" || !spaced.test(sign)).join("");
};
