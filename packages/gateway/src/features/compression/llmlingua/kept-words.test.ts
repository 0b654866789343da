import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunksOf, hasWords, keptWords } from "./kept-words.ts";

describe("what a model has left of a text", () => {
  test.each([
    ["as it was written", "Müller’s Garden, in Spring.", "muller ' s spring .", "Müller’s Spring."],
    ["with each number whole", "It costs about 3.14 euros there.", "costs euros", "costs 3.14 euros."],
    ["with its negations", "We do not agree, and Ann doesn't either.", "agree ann", "not agree, Ann doesn't"],
    [
      "with placeholders",
      "Dear {name}, [EMAIL_1] and <b> wrote to you.",
      "dear wrote",
      "Dear {name}, [EMAIL_1] <b> wrote.",
    ],
    ["with addresses and identifiers", "So see example.com/a and userId here now.", "see", "see example.com/a userId"],
    ["with signs that it cannot read", "A train 🚂 left the station.", "[UNK] left", "🚂 left."],
    ["with its lines", "The first line\nis here.\n\nThe other one is there.", "first other", "first\n\nother."],
    [
      "with headings",
      "# The old harbour\nIt is a quiet place.\nWhat we saw:\nold boats.",
      "quiet",
      "# The old harbour\nquiet.\nWhat we saw:",
    ],
    ["with the ends of its sentences", "We saw it. They went home.", "saw they went", "saw. They went."],
    ["with each word once", "the cat and the dog and the bird", "cat the bird", "cat the bird"],
  ])("stays %s", (...[, original, shortened, expected]) => {
    expect(keptWords(original, shortened)).toBe(expected);
  });

  test.each(["", "[UNK]", "something else altogether"])(
    "is all of it where the model has no opinion: '%s'",
    (nothing) => {
      const text = "All of it stays as it is here.";
      expect(keptWords(text, nothing)).toBe(text);
    },
  );

  test("keeps the white space around it, for what stands beside it", () => {
    expect(keptWords("  really old stones \n", "old stones")).toBe("  old stones \n");
  });

  const words = fc.constantFrom(
    ..."The harbour, was quiet. not don't 3.14 [NAME_1] {city} ann@example.com Müller's 🚂 well-known (really) naïve — #1 so:".split(
      " ",
    ),
  );
  const spaces = fc.constantFrom(" ", " ", " ", "\n", "\n\n", "  ", "\t");
  const texts = fc
    .array(fc.tuple(words, spaces), { minLength: 1, maxLength: 60 })
    .map((pairs) => pairs.map((pair) => pair.join("")).join(""));
  const EXACT = /\p{N}|\bnot\b|n't|[{@]|🚂|^[#—]/u;

  test("is a part of it, in its order, with all that must stay, whatever the model says", () => {
    fc.assert(
      fc.property(texts, fc.array(fc.oneof(words, fc.string()), { maxLength: 60 }), (text, said) => {
        const kept = keptWords(text, said.join(" "));
        expect(isPartOf(kept, text)).toBe(true);
        const exact = (from: string) => from.split(/\s+/).filter((word) => EXACT.test(word));
        expect(exact(kept)).toEqual(exact(text));
      }),
      { numRuns: 500 },
    );
  });

  test("is the text where the model leaves all of it", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(keptWords(text, text)).toBe(text);
      }),
    );
  });
});

/** Nothing but characters was taken out. */
function isPartOf(short: string, long: string): boolean {
  let at = 0;
  for (const character of long)
    if (character === String.fromCodePoint(short.codePointAt(at) ?? 0)) at += character.length;
  return at >= short.length;
}

describe("the pieces that a model reads at once", () => {
  const wordsIn = (text: string) => text.split(/\s+/).filter((word) => word !== "").length;

  test("are the text, together, and none is long or a few words only", () => {
    const word = fc.constantFrom("stone", "harbour", "end.", "no", "line\n", "¿qué?", "\n\n");
    const texts = fc.array(word, { maxLength: 2_000 }).map((list) => list.join(" "));
    fc.assert(
      fc.property(texts, (text) => {
        const chunks = chunksOf(text);
        expect(chunks.join("")).toBe(text);
        expect(Math.max(...chunks.map(wordsIn))).toBeLessThan(375);
      }),
    );
  });

  test("end with lines or sentences where there are any", () => {
    const sentence = "The old harbour is quiet when evening comes. ";
    const chunks = chunksOf(sentence.repeat(100));
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.every((chunk) => chunk.endsWith(". "))).toBe(true);
    expect(wordsIn(chunksOf("stone ".repeat(1_000))[0] ?? "")).toBe(300);
  });
});

test("texts without spaces between words have no words to choose among", () => {
  expect(hasWords("港は静かです。夜になると船が帰ってくる。")).toBe(false);
  expect(hasWords("The name of the harbour is 港, and it is quiet there.")).toBe(true);
});
