import { describe, expect, it } from "vitest";
import {
  arrayOf,
  compact,
  entryOf,
  numberOf,
  objectsOf,
  otherFields,
  readArray,
  readBoolean,
  readNumber,
  readObject,
  readString,
  stringOf,
} from "./read.ts";

describe("strict readers", () => {
  it.each([
    [readString, "x", 1],
    [readNumber, 1, "1"],
    [readNumber, 1.5, JSON.parse("1e400")],
    [readBoolean, false, 0],
    [readObject, {}, []],
    [readArray, [], {}],
  ] as const)("%o reads its type, takes null as absent, and names the field otherwise", (read, good, bad) => {
    expect(read(good, "a.b")).toEqual(good);
    expect(read(undefined, "a.b")).toBeUndefined();
    expect(read(null, "a.b")).toBeUndefined();
    expect(() => read(bad, "a.b")).toThrow(
      expect.objectContaining({ code: "invalid_request", detail: { param: "a.b" } }),
    );
  });
});

describe("lenient readers", () => {
  it("take another type as absent", () => {
    expect(stringOf(1)).toBeUndefined();
    expect(numberOf("1")).toBeUndefined();
    expect(arrayOf({})).toEqual([]);
    expect(objectsOf([1, { a: 1 }, null, []])).toEqual([{ a: 1 }]);
  });
});

describe("entryOf", () => {
  it("finds own entries and nothing that objects inherit", () => {
    const table = { a: 1 };
    expect(entryOf(table, "a")).toBe(1);
    for (const word of ["b", "constructor", "__proto__", "toString", undefined]) {
      expect(entryOf(table, word)).toBeUndefined();
    }
  });
});

describe("compact", () => {
  it("leaves absent fields out and keeps null, zero and empty text", () => {
    const fields = compact({ a: undefined, b: null, c: 0, d: "" });
    expect(Object.keys(fields)).toEqual(["b", "c", "d"]);
  });
});

describe("otherFields", () => {
  it("are those that are not known, or nothing", () => {
    expect(otherFields({ a: 1, b: 2 }, new Set(["a"]))).toEqual({ b: 2 });
    expect(otherFields({ a: 1 }, new Set(["a"]))).toBeUndefined();
  });

  it("keep a field called __proto__ a field", () => {
    const fields = otherFields(JSON.parse('{"__proto__":{"polluted":1}}'), new Set());
    expect(Object.keys(fields ?? {})).toEqual(["__proto__"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});
