import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normaliseQuestion, normaliseSpace } from "./normalise-text.ts";

describe("a question", () => {
  test.each([
    ["What is the capital of France?", "what is the capital of France"],
    ["  what  is the capital of France ", "what is the capital of France"],
    ["Hello, what is the capital of France ?!", "what is the capital of France"],
    ["Good morning! Please, what is the capital of France.", "what is the capital of France"],
    ["Please can you explain recursion?", "can you explain recursion"],
    ["Wie hei\u00dft der Cafe\u0301-Besitzer?", "Wie hei\u00dft der Caf\u00e9-Besitzer?"],
  ])("%j is asked as %j", (text, normalised) => {
    expect(normaliseQuestion(text)).toBe(normalised);
  });

  test.each([
    ["How do I polish a table?", "How do I Polish a table?"],
    ["What does the US do?", "What does the us do?"],
    ["You like it?", "You like it."],
    ["He left", "He left!"],
    ["What is 1.5?", "What is 15?"],
    ["What is 1,5?", "What is 1.5?"],
    ["What comes next: one, two...", "What comes next: one, two"],
    ["Hi", "Hello"],
    ["hello what does it mean?", "what does it mean?"],
    ["What is a-b?", "What is a b?"],
    ["What is 5!", "What is 5"],
    ["What is n!?", "What is n?"],
    ["Hello, what language is that?", "What language is that?"],
    ["Please, is that polite of me?", "Is that polite of me?"],
    ["Can we go, Bill?", "Can we go Bill?"],
  ])("%j is another one than %j", (one, other) => {
    expect(normaliseQuestion(one)).not.toBe(normaliseQuestion(other));
  });
});

test.each([
  "What does `x  +=  1` do?",
  "```py\nif x:\n  pass\n```",
  "What is f(X)= x  +  1?",
  "Why does\n  this line break?",
  "How many spaces are in a  b?",
  'Who said "Hi  there"?',
  "What does fooBar2 do  here?",
  "What is $5  in euros?",
  "Repeat after me:  Hello!",
  "Correct this:  He go home.",
  "what\tis a tab",
])("%j stays as it is", (text) => {
  expect(normaliseQuestion(text)).toBe(text);
  expect(normaliseSpace(text)).toBe(text);
});

const words = fc.constantFrom(
  "What",
  "what",
  "is",
  "a",
  "US",
  "us",
  "5",
  "5.0",
  "Polish",
  "polish",
  "it",
  "Will",
  "no",
  "not",
);
const between = fc.constantFrom(" ", "  ", "\n", ", ", "-", ". ", "? ", "\u00a0");
const texts = fc
  .array(fc.tuple(words, between), { minLength: 1, maxLength: 8 })
  .map((pairs) => pairs.map(([word, after]) => word + after).join(""));

/** Letters in their case but the first, digits, and every sign within. */
const bones = (text: string): string => {
  const bare = text
    .normalize("NFC")
    .trim()
    .replaceAll(/[ \u00a0]+/g, " ");
  return bare.slice(0, 1).toLowerCase() + bare.slice(1).replace(/[ ?!.]+$/, "");
};

test("texts that are one differ in white space, in the first letter's case and in the mark at the end, and in nothing else", () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      if (normaliseQuestion(one) === normaliseQuestion(other)) expect(bones(one)).toBe(bones(other));
      if (normaliseSpace(one) === normaliseSpace(other)) expect(bones(one)).toBe(bones(other));
    }),
    { numRuns: 5_000 },
  );
});

test("normalising twice is normalising once", () => {
  fc.assert(
    fc.property(fc.oneof(texts, fc.string({ unit: "grapheme" })), (text) => {
      expect(normaliseSpace(normaliseSpace(text))).toBe(normaliseSpace(text));
      expect(normaliseQuestion(normaliseQuestion(text))).toBe(normaliseQuestion(text));
    }),
    { numRuns: 2_000 },
  );
});

test("what has any sign of code, quotes or a second line is left alone", () => {
  const signs = fc.constantFrom(...'`"“”‘«»<>=*_#/\\|{}[]@&%$€~^+\n\t0a');
  fc.assert(
    fc.property(texts, signs, texts, (before, sign, after) => {
      const text = `x${sign === "0" ? "0y" : sign === "a" ? "1a" : sign}${before}${sign}  ${after}`;
      if (sign === "0" || sign === "a" || !/^[\p{L}\d ,.?\u00a0-]*$/u.test(text))
        expect(normaliseQuestion(text)).toBe(text);
    }),
  );
});

test("no text takes long to read", () => {
  for (const text of ["a".repeat(1_990), "1.".repeat(990), "?.".repeat(990), " a".repeat(990), "what ?".repeat(330)]) {
    for (const end of ["", "`", "\n", "…", "A"]) expect(normaliseQuestion(text + end)).toBeDefined();
  }
});
