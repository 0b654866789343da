import { hash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeKey, parseKey, withId } from "./key-secret.ts";

test("a key is an id, 256 bits in base 62, and a checksum", () => {
  const zeros = makeKey((size) => new Uint8Array(size));
  expect(zeros.shown).toMatch(/^sb_0{12}0{43}[0-9A-Za-z]{6}$/);
  expect(makeKey((size) => new Uint8Array(size).fill(255)).shown).toHaveLength(64);
  expect(zeros.digest).toBe(hash("sha256", zeros.shown, "hex"));
  expect(zeros.lastFour).toBe(zeros.shown.slice(-4));
});

test("no two keys are alike, and each is known by its id", () => {
  const keys = Array.from({ length: 200 }, () => makeKey());
  expect(new Set(keys.map(({ shown }) => shown)).size).toBe(200);
  expect(new Set(keys.map(({ id }) => id)).size).toBe(200);
  for (const { shown, id } of keys) expect(parseKey(shown)).toEqual({ id });
});

test("a key may get another secret and keeps its id", () => {
  const first = makeKey();
  const second = withId(first.id);
  expect(parseKey(second.shown)).toEqual({ id: first.id });
  expect(second.digest).not.toBe(first.digest);
});

test("one character that was changed is noticed", () => {
  const character = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const position = fc.integer({ min: 0, max: 63 });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), position, character, (random, at, other) => {
      const { shown } = makeKey((size) => random.subarray(0, size));
      fc.pre(shown[at] !== other);
      expect(parseKey(`${shown.slice(0, at)}${other}${shown.slice(at + 1)}`)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test("two digits that changed places are noticed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 62 }), (at) => {
      const { shown } = makeKey();
      const [a = "", b = ""] = [shown[at], shown[at + 1]];
      fc.pre(a !== b);
      expect(parseKey(`${shown.slice(0, at)}${b}${a}${shown.slice(at + 2)}`)).toBeUndefined();
    }),
  );
});

test.each([
  ["", "nothing"],
  ["sb_", "a prefix alone"],
  ["' OR '1'='1", "SQL"],
  ["sk-proj-0123456789012345678901234567890123456789012345678901234567", "a key of somebody else"],
  [`sb_${"a".repeat(1024 * 1024)}`, "a megabyte"],
  [`sb_${"é".repeat(61)}`, "letters of other alphabets"],
  [`sb_${"0".repeat(61)}`, "a checksum that is none"],
])("%.20s (%s) is none", (text) => {
  expect(parseKey(text)).toBeUndefined();
});
