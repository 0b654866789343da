import { longestEntry } from "../words/list.ts";
import { poles } from "../words/poles.ts";
import { found, type Mark } from "./source.ts";

const longest = longestEntry(poles);
/** Words of one language that are spelled like poles of another, and are none. */
const strange: ReadonlySet<string> = new Set(["de man", "de her", "de war", "fr son", "fr fin", "es he"]);

/** On or off, before or after, buy or sell: which poles of which opposites a text names, and how often. */
export const polesMark: Mark = ({ tokens, language }) => {
  return found(
    tokens.map(({ word }) => (strange.has(`${language} ${word}`) ? "" : word)),
    poles,
    longest,
  )
    .filter((name) => name !== "none")
    .sort()
    .join(",");
};
