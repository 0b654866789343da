import fc from "fast-check";
import { expect, test } from "vitest";
import { matcherOf } from "./patterns.ts";

test.each([
  ["gpt-5", "gpt-5", true],
  ["gpt-5", "gpt-5-mini", false],
  ["gpt-5", "GPT-5", false],
  ["gpt-5*", "gpt-5", true],
  ["gpt-5*", "gpt-5-mini", true],
  ["*-mini", "gpt-5-mini", true],
  ["*-mini", "gpt-5-mini-2", false],
  ["openai/*", "openai/gpt-5", true],
  ["openai/*", "openai-2/gpt-5", false],
  ["*/gpt-*-mini", "openai/gpt-5-mini", true],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["a*b*c", "acb", false],
  ["*", "", true],
  ["", "", true],
  ["gpt.5", "gptx5", false],
])("%s and %s: %s", (pattern, name, expected) => {
  expect(matcherOf([pattern])(name)).toBe(expected);
});

test("any of several will do, and none of none", () => {
  expect(matcherOf(["x", "gpt-*"])("gpt-5")).toBe(true);
  expect(matcherOf([])("")).toBe(false);
});

test("is what a regular expression would say", () => {
  const text = fc.array(fc.constantFrom("a", "b", ".", "*"), { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, text, (pattern, written) => {
      const name = written.replaceAll("*", "c");
      const expression = pattern
        .split("*")
        .map((piece) => piece.replaceAll(".", "\\."))
        .join(".*");
      expect(matcherOf([pattern])(name)).toBe(new RegExp(`^${expression}$`).test(name));
    }),
    { numRuns: 2000 },
  );
});

test("a long name keeps many stars busy for no longer than it is long", () => {
  const matches = matcherOf([`${"*a".repeat(140)}*b`]);
  expect(matches("a".repeat(1_000_000))).toBe(false);
});
