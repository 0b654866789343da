import { wordMap } from "../words/list.ts";
import type { Mark } from "./source.ts";

const persons = wordMap(`
you: your yours yourself dein deine deinen deiner ihr ton tes votre vos tu tus
he: he him his himself
she: she her hers herself
they: they them their theirs
we: our ours
kin: wife husband mother father son daughter sister brother boss friend colleague manager dog cat child partner
`);

/** Whose matter it is. The asker's own ("my") counts as nobody's: "reset my password" is "reset a password". */
export const personsMark: Mark = ({ tokens }) => {
  const named = tokens.flatMap(({ word }) => {
    const person = persons.get(word);
    if (person === undefined) return [];
    return [person === "kin" ? word : person];
  });
  const asker = tokens.some(({ word }) => /^(?:my|mine)$/u.test(word)) && named.length > 0 ? ["me"] : [];
  return [...asker, ...new Set(named)].sort().join(",");
};
