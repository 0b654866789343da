/**
 * A light stemmer for English: plurals, -ing, -ed and a silent e. Words of other languages pass through it, too: two words that it
 * takes for one are told apart by the guards' other marks, and what it does not see as one is asked once more.
 */
export function stem(word: string): string {
  if (word.length < 4) return word;
  return silent(ending(plural(word)));
}

function plural(word: string): string {
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh)es$/u.test(word)) return word.slice(0, -2);
  return /[^su]s$/u.test(word) ? word.slice(0, -1) : word;
}

function ending(word: string): string {
  const root = /^(.{3,})(?:ing|ed)$/u.exec(word)?.[1];
  if (root === undefined || !/[aeiouy]/u.test(root)) return word;
  return /([bdfgmnprt])\1$/u.test(root) ? root.slice(0, -1) : root;
}

function silent(word: string): string {
  return word.length > 4 && word.endsWith("e") ? word.slice(0, -1) : word;
}
