const WORDS = ["signal", "points", "track", "lever", "platform", "train", "junction", "whistle", "lamp", "timetable"];

export interface Pieces {
  readonly text: string;
  readonly pieces: Iterable<string>;
}

const word = (index: number): string => `${index === 0 ? "" : " "}${WORDS[index % WORDS.length]}`;

/** Benchmarks ask for the same text again and again, so the last few are kept. */
function remembered(make: (size: number) => readonly string[]): (size: number) => Pieces {
  const made = new Map<number, Pieces>();
  return (size) => {
    const known = made.get(size);
    if (known !== undefined) return known;
    const pieces = make(size);
    const fresh = { text: pieces.join(""), pieces };
    if (made.size >= 16) made.clear();
    made.set(size, fresh);
    return fresh;
  };
}

const words = (size: number): readonly string[] => Array.from({ length: size }, (_, index) => word(index));

/** `size` words in exactly `size` pieces. */
export const streamPieces = remembered(words);

/** `size` words, four a piece. */
export const piecesOf = remembered((size) => {
  const all = words(size);
  return Array.from({ length: Math.ceil(size / 4) }, (_, index) => all.slice(index * 4, index * 4 + 4).join(""));
});

export const ENDLESS_WORDS = words(1000).join("");

export const endlessWords: Iterable<string> = {
  *[Symbol.iterator]() {
    for (let index = 0; ; index++) yield word(index);
  },
};

/** Pieces of some 24 characters that never split a surrogate pair, at most 40 of them. */
export function splitText(text: string): readonly string[] {
  const size = Math.max(24, Math.ceil(text.length / 40));
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const cut = Math.min(text.length, from + size);
    const end = isHighSurrogate(text.charCodeAt(cut - 1)) ? cut + 1 : cut;
    pieces.push(text.slice(from, end));
    from = end;
  }
  return pieces;
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
