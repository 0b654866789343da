import type { Token } from "./text.ts";
import { functionWords, type Language } from "./words/function-words.ts";

const languages = ["en", "de", "fr", "es"] as const;

/** Words that only one of the languages has among its function words. */
const telling = new Map<string, Language>();
for (const language of languages) {
  for (const word of functionWords[language]) {
    const others = languages.filter((other) => other !== language && functionWords[other].has(word));
    if (others.length === 0) telling.set(word, language);
  }
}

/**
 * The language of a text by its function words; undefined for one that the guards have no words for, and where two languages are
 * mixed: nothing but an equal text is taken for the same there.
 */
export function languageOf(tokens: readonly Token[]): Language | undefined {
  const counts = new Map<Language, number>();
  for (const { word } of tokens) {
    const language = telling.get(word);
    if (language !== undefined) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const [best, next] = [...counts].sort(([, a], [, b]) => b - a);
  if (best === undefined || best[1] * 8 < tokens.length) return undefined;
  return next !== undefined && next[1] * 2 > best[1] ? undefined : best[0];
}
