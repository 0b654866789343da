import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outlineOf } from "./outline.ts";

const outline = (value: unknown) => outlineOf(Buffer.from(JSON.stringify(value)));

describe("the outline of a JSON object", () => {
  it("has its short fields, and how many objects its lists hold", () => {
    expect(outline({ model: "m", data: [{ a: [{}] }, {}, 3], usage: { tokens: 1 }, none: [] })).toMatchObject({
      fields: { model: "m", usage: { tokens: 1 } },
      lengths: new Map([
        ["data", 2],
        ["none", 0],
      ]),
    });
  });

  it("tells where its fields stand", () => {
    const text = '{ "a" : [1, 2] ,"model":"m"}';
    const { spans } = outlineOf(Buffer.from(text));
    expect([...spans].map(([name, { start, end }]) => [name, text.slice(start, end)])).toEqual([
      ["a", "[1, 2]"],
      ["model", '"m"'],
    ]);
  });

  it("leaves long fields out", () => {
    expect(outline({ text: "a".repeat(70_000), model: "m" }).fields).toEqual({ model: "m" });
  });

  it("counts as a parser does", () => {
    // Lists that begin with a number are of numbers alone.
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), tie("list"), tie("object")),
      list: fc.oneof(fc.array(fc.integer()), fc.array(tie("object"))),
      object: fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(fc.array(plain.object, { maxLength: 9 }), fc.constantFrom(0, 2), (data, space) => {
        const bytes = Buffer.from(JSON.stringify({ first: 1, data, last: { a: [-1.5] } }, undefined, space));
        expect(outlineOf(bytes)).toMatchObject({
          fields: { first: 1, last: { a: [-1.5] } },
          lengths: new Map([["data", data.length]]),
        });
      }),
    );
  });

  it("is none of what is no object, or ends too early", () => {
    for (const text of [
      "[1]",
      '{"data": [{}',
      '{"data": [1, 2',
      "<html>",
      "",
      '{"a": 1 "b": 2}',
      '{"a": x}',
      '{"a": 1}}',
      "{,}",
      '{"a":[}]}',
    ]) {
      expect(() => outlineOf(Buffer.from(text))).toThrow(expect.objectContaining({ code: "invalid_request" }));
    }
  });
});
