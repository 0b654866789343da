import { expect, test } from "vitest";
import { createGuessLimit } from "./guess-limit.ts";

test("an address may fail so often a minute, and has to wait for the rest of it then", () => {
  let time = 5000;
  const guesses = createGuessLimit({ now: () => time, perMinute: 3 });
  for (let count = 0; count < 3; count += 1) {
    expect(guesses.waitMs("a")).toBeUndefined();
    guesses.failed("a");
    time += 1000;
  }
  expect(guesses.waitMs("a")).toBe(57_000);
  expect(guesses.waitMs("b")).toBeUndefined();
  time = 64_999;
  expect(guesses.waitMs("a")).toBe(1);
  time = 65_000;
  expect(guesses.waitMs("a")).toBeUndefined();
  guesses.failed("a");
  expect(guesses.waitMs("a")).toBeUndefined();
});

test("no more addresses are remembered than there is room for", () => {
  const guesses = createGuessLimit({ now: () => 0, perMinute: 1, addresses: 100 });
  for (let count = 0; count < 1000; count += 1) guesses.failed(String(count));
  const remembered = Array.from({ length: 1000 }, (_, count) => guesses.waitMs(String(count)));
  expect(remembered.filter((wait) => wait !== undefined)).toHaveLength(100);
  expect(guesses.waitMs("999")).toBe(60_000);
});
