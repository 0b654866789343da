import { SPACELESS } from "../text-kind.ts";
import { readWords } from "../words.ts";

/** In words. Models of this kind read 512 tokens at once, and a word of prose has about one and a half. */
const CHUNK = 300;
/** Of so few a model cannot tell which matter least. */
const LEAST = 75;

/**
 * Runs of whole lines, or of sentences where one line is longer, that a model can read at once. Joined, they are the text: white space
 * belongs to the word before it.
 */
export function chunksOf(text: string): readonly string[] {
  const chunks: string[] = [];
  let words = 0;
  let start = 0;
  let end = 0;
  let better = 0;
  const close = (at: number) => {
    chunks.push(text.slice(start, at));
    start = at;
    better = at;
  };
  for (const { index, 0: word } of text.matchAll(/\S+\s*/g)) {
    end = index + word.length;
    words += 1;
    if (ENDS.test(word)) better = end;
    if (words < CHUNK) continue;
    close(better > start ? better : end);
    words = wordsIn(text.slice(start, end));
  }
  const rest = text.slice(start);
  return words < LEAST && chunks.length > 0 ? [...chunks.slice(0, -1), chunks.at(-1) + rest] : [...chunks, rest];
}

const ENDS = /\n|[.!?…]["'”’)\]]*\s*$/;

const wordsIn = (text: string): number => text.match(/\S+/g)?.length ?? 0;

const MOST_SPACELESS = 0.1;

/** Where no spaces part words there are no words to choose among. */
export function hasWords(text: string): boolean {
  return text.split(SPACELESS).length - 1 <= text.length * MOST_SPACELESS;
}

interface Word {
  /** The white space before it. */
  readonly space: string;
  readonly text: string;
  /** Its runs of letters and digits, as models without capitals and accents spell them. */
  readonly runs: readonly string[];
  readonly isForced: boolean;
}

/**
 * The words of `original` that are still in what a model made of it, as they were written, and of those that are not the ones which may not
 * be left out: numbers, negations, names with signs in them, placeholders, headings. What models decode is not what they read: "3.14" comes
 * back as "3. 14", and "Müller" as "muller".
 */
export function keptWords(original: string, shortened: string): string {
  const words = wordsOf(original);
  const runs = words.flatMap((word, at) => word.runs.map((run) => ({ run, at })));
  const matched = inBoth(
    runs.map(({ run }) => run),
    runsOf(shortened),
  );
  // A model that has no opinion drops all: that is none.
  if (matched.length === 0) return original;
  const kept = new Set(matched.flatMap((place) => runs[place]?.at ?? []));
  return joined(words, kept) + (/\s+$/.exec(original)?.[0] ?? "");
}

function wordsOf(text: string): readonly Word[] {
  return linesOf(text).flatMap((line) => {
    const isHeading = HEADING.test(line);
    return [...line.matchAll(/(\s*)(\S+)/g)].map(([, space = "", word = ""]) => {
      const runs = runsOf(word);
      return { space, text: word, runs, isForced: isHeading || runs.length === 0 || isExact(word) };
    });
  });
}

/** Line breaks belong to the line behind them, as the space before a word belongs to it. */
const linesOf = (text: string): readonly string[] => text.match(/\s*[^\n]+/g) ?? [];

const HEADING = /^\s*(?:#{1,6}\s|[^\n]{0,80}[:：]\s*$)/;

const isExact = (word: string): boolean => readWords(word, 0, word.length).isExact || /[\p{N}\p{S}]/u.test(word);

const runsOf = (text: string): readonly string[] =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

const SENTENCE_END = /[.!?…]["'”’)\]]*$/;

function joined(words: readonly Word[], kept: ReadonlySet<number>): string {
  let text = "";
  let space: string | undefined;
  let isPlain = false;
  for (const [at, word] of words.entries()) {
    space = space === undefined ? word.space : wider(space, word.space, text === "");
    if (word.isForced || kept.has(at)) {
      text += space + word.text;
      space = undefined;
      isPlain = !word.isForced && /\p{L}$/u.test(text);
    } else {
      // Sentences of a line stay apart where their last word is left out.
      const end = SENTENCE_END.exec(word.text)?.[0];
      if (end === undefined || !isPlain || breaksIn(space) > 0) continue;
      text += end;
      isPlain = false;
    }
  }
  return text;
}

/** Lines and paragraphs stay apart whatever is left out of them, and nothing moves at their beginning. */
function wider(before: string, space: string, isStart: boolean): string {
  const more = breaksIn(space) - breaksIn(before);
  return more > 0 || (more === 0 && !isStart) ? space : before;
}

const breaksIn = (space: string): number => space.split("\n").length - 1;

/** The places in `long` of the longest sequence that is in `short` too, the earliest of them. */
function inBoth(long: readonly string[], short: readonly string[]): readonly number[] {
  const width = short.length + 1;
  const lengths = new Uint16Array((long.length + 1) * width);
  const lengthAt = (at: number, other: number) => lengths[at * width + other] ?? 0;
  for (let at = long.length - 1; at >= 0; at -= 1) {
    for (let other = short.length - 1; other >= 0; other -= 1) {
      lengths[at * width + other] =
        long[at] === short[other]
          ? lengthAt(at + 1, other + 1) + 1
          : Math.max(lengthAt(at + 1, other), lengthAt(at, other + 1));
    }
  }
  const places: number[] = [];
  let other = 0;
  for (let at = 0; at < long.length && other < short.length; ) {
    if (long[at] === short[other]) {
      places.push(at);
      at += 1;
      other += 1;
    } else if (lengthAt(at, other + 1) > lengthAt(at + 1, other)) other += 1;
    else at += 1;
  }
  return places;
}
