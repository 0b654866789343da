/** Judges lose sight of a sentence in a long text. https://developers.openai.com/api/docs/guides/moderation */
const PIECE = 8_000;
/** What stands on a border is read on both sides of it. */
const OVERLAP = 200;
/** Half a million characters: a judge that reads more is slower than the model. */
export const MOST_PIECES = 64;

/** Of all texts together: what is longer cannot be judged. */
export const LONGEST_JUDGED = MOST_PIECES * (PIECE - OVERLAP) + OVERLAP;

/** The texts in pieces for a judge; undefined where they are too long to be judged. */
export function piecesOf(texts: readonly string[]): readonly string[] | undefined {
  const whole = texts.join("\n\n");
  const pieces: string[] = [];
  for (let at = 0; at < whole.length; at += PIECE - OVERLAP) {
    if (pieces.length === MOST_PIECES) return undefined;
    pieces.push(whole.slice(at, at + PIECE).toWellFormed());
    if (at + PIECE >= whole.length) break;
  }
  return pieces;
}
