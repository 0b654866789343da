import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outlineOf } from "./outline.ts";

const outline = (value: unknown) => outlineOf(Buffer.from(JSON.stringify(value)));

describe("the outline of a JSON object", () => {
  it("has its short fields, and how many objects its lists hold", () => {
    expect(outline({ model: "m", data: [{ a: [{}] }, {}, 3], usage: { tokens: 1 }, none: [] })).toEqual({
      fields: { model: "m", usage: { tokens: 1 } },
      lengths: new Map([
        ["data", 2],
        ["none", 0],
      ]),
    });
  });

  it("leaves long fields out", () => {
    expect(outline({ text: "a".repeat(70_000), model: "m" }).fields).toEqual({ model: "m" });
  });

  it("counts as a parser does", () => {
    const rows = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }), { maxLength: 9 });
    fc.assert(
      fc.property(rows, (data) => {
        expect(outline({ data }).lengths.get("data")).toBe(data.length);
      }),
    );
  });

  it("is none of what is no object, or ends too early", () => {
    for (const text of ["[1]", '{"data": [{}', "<html>", "", '{"a": 1, "a": 2}']) {
      expect(() => outlineOf(Buffer.from(text))).toThrow(expect.objectContaining({ code: "invalid_request" }));
    }
  });
});
