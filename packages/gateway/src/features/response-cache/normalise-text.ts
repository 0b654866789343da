/**
 * One line of words, numbers and the punctuation of sentences. What has quotes, signs, code or a second line may mean its white space
 * and its letters as they are; so does a digit within a word.
 */
const PROSE = /^[\p{L}\p{M}\d \u00a0\u2009\u202f\u3000,.;:!?'’()…-]+$/u;
const DIGIT_IN_WORD = /[\p{L}\p{M}]\d|\d[\p{L}\p{M}]/u;
const LONGEST = 2_000;

/** Who speaks of how something is written may speak of how this is written. */
const ABOUT_WRITING =
  /\b(?:spac(?:e|es|ing)|letters?|characters?|words?|sentences?|spell(?:s|ed|ing)?|repeat(?:s|ed)?|echo|verbatim|exact(?:ly)?|capital(?:s|i[sz]e\w*| letters?)|(?:upper|lower)-?case|punctuat\w*|gramma\w*|proofread\w*|correct(?:s|ed|ly)?|typos?|rewrite|rephrase|translate\w*|count(?:s|ing)?|format\w*|abbreviat\w*|acronyms?|greet\w*|polite\w*|rude\w*|tone|language|hello|hi|say|says|write|written|spelt|type[ds]?)\b/i;

const GREETING = /^(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there)?[,!.]+ +/i;
const POLITE = /^please,? +/i;
/** With one of these in front the rest is a question, whatever stands at its end. `will`, `may` and `might` are names and nouns too. */
const QUESTION =
  /^(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|would|should)\b/i;

/**
 * The same words with one white space between them. Text that is not plain prose is left as it is: spaces are what some languages
 * are made of.
 */
export function normaliseSpace(text: string): string {
  const plain = plainly(text);
  return plain === undefined || ABOUT_WRITING.test(plain) ? text : plain;
}

/**
 * Of the question that a request ends with, also without its greeting, the first letter's case and the mark at its end. Other capitals
 * stay: a Pole is not a polish, nor Apple an apple.
 */
export function normaliseQuestion(text: string): string {
  const plain = plainly(text);
  if (plain === undefined) return text;
  const bare = plain.replace(GREETING, "").replace(POLITE, "");
  if (ABOUT_WRITING.test(bare)) return text;
  if (!QUESTION.test(bare)) return plain;
  const [first = ""] = bare;
  return first.toLowerCase() + withoutMark(bare.slice(1));
}

function plainly(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  const composed = text.normalize("NFC").trim();
  if (!PROSE.test(composed) || DIGIT_IN_WORD.test(composed)) return undefined;
  return composed.replaceAll(/[ \u00a0\u2009\u202f\u3000]+/g, " ");
}

/** "What is 5!" */
const FACTORIAL = /(?:\d|(?<!\p{L})\p{L}|\)) ?![ ?!.]*$/u;

/** Dots at the end may ask for what comes next. */
function withoutMark(text: string): string {
  if (text.endsWith("..") || text.endsWith("…") || FACTORIAL.test(text)) return text;
  let end = text.length;
  while (end > 0 && " ?!.".includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
