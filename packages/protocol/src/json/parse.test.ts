import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isObject, parseJson, parseJsonObject } from "./parse.ts";

describe("parseJson", () => {
  it.each([
    '{"seed":9223372036854775807}',
    '{"id":-18446744073709551616}',
    '[12345678901234567890,{"a":12345678901234567}]',
    '{"x":0.12345678901234567890}',
    '{"digits":"12345678901234567890"}',
    "9007199254740993",
  ])("writes %s back digit for digit", (text) => {
    expect(JSON.stringify(parseJson(text))).toBe(text);
  });

  it("gives plain numbers where they are exact", () => {
    expect(parseJson('{"a":9007199254740991,"b":1.5,"c":-0,"d":1e3,"e":1234567890123456}')).toEqual({
      a: 9007199254740991,
      b: 1.5,
      c: -0,
      d: 1000,
      e: 1234567890123456,
    });
  });

  it("is JSON.parse in everything else", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    expect(() => parseJson("{")).toThrow(SyntaxError);
    expect(() => parseJson("12345678901234567890x")).toThrow(SyntaxError);
  });

  it("makes of __proto__ a field like any other", () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"__proto__":{"polluted":12345678901234567890}}']) {
      expect(JSON.stringify(parseJson(text))).toBe(text);
    }
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("parseJsonObject", () => {
  it.each(["[]", "1", "null", '"x"', "{", ""])("of %s is undefined", (text) => {
    expect(parseJsonObject(text)).toBeUndefined();
  });

  it("of an object is the object", () => {
    expect(parseJsonObject('{"a":[1]}')).toEqual({ a: [1] });
  });
});

describe("isObject", () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    ["x", false],
    [1, false],
    [undefined, false],
  ])("of %o is %s", (value, expected) => {
    expect(isObject(value)).toBe(expected);
  });
});
