import { decode } from "@toon-format/toon";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toonOf } from "./toon.ts";

const five = (row: unknown) => JSON.stringify(Array.from({ length: 5 }, () => row));

describe("uniform arrays", () => {
  test("are written once by names and then row by row", () => {
    const rows = Array.from({ length: 5 }, (_, id) => ({ id, name: `n ${id}`, ok: true, nothing: null }));
    expect(toonOf(JSON.stringify(rows))).toBe(
      "[5]{id,name,ok,nothing}:\n  0,n 0,true,null\n  1,n 1,true,null\n  2,n 2,true,null\n  3,n 3,true,null\n  4,n 4,true,null",
    );
  });

  test("say the same to TOON's own decoder, whatever stands in them", () => {
    const scalar = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "",
        " a",
        "a ",
        "-",
        "#x",
        "true",
        "null",
        "12",
        "1e5",
        "05",
        "a:b",
        "a,b",
        '"',
        "\\",
        "\n",
        "\u0001",
        "[]",
        "- x",
      ),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
      fc.boolean(),
      fc.constant(null),
    );
    const names = fc.uniqueArray(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom("id", "a.b", "a b", "1x")), {
      minLength: 1,
      maxLength: 5,
    });
    const tables = names
      .filter((list) => !list.includes("__proto__"))
      .chain((list) =>
        fc
          .array(fc.tuple(...list.map(() => scalar)), { minLength: 5, maxLength: 8 })
          .map((rows) => rows.map((row) => Object.fromEntries(list.map((name, at) => [name, row[at]])))),
      );
    fc.assert(
      fc.property(tables, fc.boolean(), (rows, isWrapped) => {
        const value = isWrapped ? { count: rows.length, rows } : rows;
        const toon = toonOf(JSON.stringify(value));
        if (toon !== undefined) expect(decode(toon)).toEqual(value);
        else expect(JSON.stringify(value)).toMatch(/\\ud[89a-f]/);
      }),
      { numRuns: 300 },
    );
  });

  test("keep integers that no float holds", () => {
    expect(toonOf(five({ id: 1 }).replaceAll("1", "12345678901234567890"))).toContain("\n  12345678901234567890\n");
  });

  test.each([
    ["fewer than five rows", JSON.stringify([{ a: 1 }, { a: 2 }])],
    ["rows that differ in names", JSON.stringify([...Array.from({ length: 5 }, () => ({ a: 1 })), { b: 1 }])],
    ["values that are no scalars", five({ a: [1] })],
    ["an object without such an array", JSON.stringify({ a: 1, b: "x" })],
    ["an object with other arrays", JSON.stringify({ rows: Array.from({ length: 5 }, () => ({ a: 1 })), tags: ["x"] })],
    ["names that stand twice", `[${Array.from({ length: 5 }, () => '{"a":1,"a":2}').join(",")}]`],
    ["rows without anything", five({})],
  ])("are not made of %s", (_, text) => {
    expect(toonOf(text)).toBeUndefined();
  });
});
