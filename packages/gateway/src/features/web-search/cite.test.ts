import type { Citation } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startCiting } from "./cite.ts";

const sources = [1, 2, 3].map((number) => ({ url: `https://a.example/${number}`, title: `T${number}`, text: "body" }));

const cited = (...pieces: readonly string[]): readonly Citation[] => {
  const citing = startCiting(sources);
  return pieces.flatMap((piece) => citing.push(piece));
};

const places = (text: string) => cited(text).map(({ url, start, end }) => [url?.at(-1), start, end]);

describe("startCiting", () => {
  it("finds markers, one after the other and in one pair of brackets", () => {
    expect(places("A [1]. B[2][3] C [1, 3]")).toEqual([
      ["1", 2, 5],
      ["2", 8, 11],
      ["3", 11, 14],
      ["1", 17, 23],
      ["3", 17, 23],
    ]);
  });

  it.each(["[4] [0] [x] [1", "`a[1]` and ```\nb[2]\n``` end", "[ ] [,] [1,,2] []"])("finds none in %j", (text) => {
    expect(cited(text)).toEqual([]);
  });

  it("counts in UTF-16, and goes on after code", () => {
    expect(places("😀`x`[1]")).toEqual([["1", 5, 8]]);
    expect(places("`open\n[1]")).toEqual([["1", 6, 9]]);
  });

  it("finds the same wherever the text is cut", () => {
    const text = fc.array(fc.constantFrom("[1]", "[2, 3]", "[", "]", "`", "```\n", "a", "😀", "\n", "1", "[9]"), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, fc.array(fc.nat(80), { maxLength: 8 }), (words, cuts) => {
        const whole = words.join("");
        const at = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].toSorted(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(cited(...pieces)).toEqual(cited(whole));
        for (const { start = 0, end = 0 } of cited(whole)) expect(whole.slice(start, end)).toMatch(/^\[[\d, ]+\]$/);
      }),
    );
  });
});
