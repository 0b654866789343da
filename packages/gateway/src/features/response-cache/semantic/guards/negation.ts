import { wordMap } from "../words/list.ts";
import { found, type Mark } from "./source.ts";

const negations = wordMap(`
not: not never no without none nobody nothing nowhere neither nor unable hardly barely refuse refuses avoid avoiding prevent fails isnt dont doesnt cant wont didnt shouldnt wouldnt couldnt
not: nicht kein keine keinen keinem keiner nie niemals ohne weder niemand nichts
not: ne pas jamais sans aucun aucune rien personne ni
not: nunca sin ningún ninguna nadie nada tampoco jamás
but: except excluding besides other_than apart_from aside_from instead_of rather_than but ausser außer sauf excepto statt
only: only solely just nur seulement solo sólo uniquement seulement
`);

const LONGEST = 2;

/** How often a text denies, excepts and narrows, and what it says right after it has: "A but not B" is not "B but not A". */
export const negationMark: Mark = ({ tokens, text }) => {
  const words = tokens.map(({ word }) => word);
  const counted = [...found(words, negations, LONGEST)].sort();
  const denied = words.filter((_, at) =>
    /^(?:without|except|excluding|sans|ohne|sin|no|but)$/u.test(words[at - 1] ?? ""),
  );
  const compounds = [...text.toLowerCase().matchAll(/\b(?:non-?|un-|anti-?)\p{L}+|\p{L}+-(?:free|less)\b/gu)].map(
    ([all]) => all,
  );
  return [...counted, ...denied, ...compounds].join(",");
};
