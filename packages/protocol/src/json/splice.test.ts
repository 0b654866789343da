import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../ir/errors.ts";
import { mentions, scanObject, spliceTopLevel, stringAt, valueAt } from "./splice.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

function failureOf(run: () => unknown): GatewayError {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const failureOfScan = (text: string) => failureOf(() => scanObject(bytesOf(text)));
const splice = (text: string, edits: Record<string, string | undefined>) => {
  const bytes = bytesOf(text);
  return textOf(spliceTopLevel(bytes, scanObject(bytes), edits));
};
const memberText = (text: string, key: string) => {
  const span = scanObject(bytesOf(text)).members.get(key);
  return span === undefined ? undefined : textOf(bytesOf(text).subarray(span.start, span.end));
};

describe("scanObject", () => {
  it.each([
    ['{"model":"a","stream":true}', "model", '"a"'],
    ['{"model":"a","stream":true}', "stream", "true"],
    [' \r\n\t{ "model" : "a" , "n" : -1.5e3 } \n', "n", "-1.5e3"],
    ['\ufeff{"model":"a"}', "model", '"a"'],
    ['{"mod\\u0065l":"a"}', "model", '"a"'],
    ['{"x":{"model":"inner"},"model":"outer"}', "model", '"outer"'],
    ['{"x":"{\\"model\\":\\"fake\\"}","model":"real"}', "model", '"real"'],
    ['{"x":"ends with backslashes \\\\\\\\","model":"real"}', "model", '"real"'],
    ['{"x":["]","}",{"y":"\\""}],"model":{"deep":[1,2]}}', "model", '{"deep":[1,2]}'],
    ['{"ключ":"значение","model":"ü"}', "model", '"ü"'],
    ['{"\ufeffmodel":"a"}', "model", undefined],
    ['{"":"empty key"}', "", '"empty key"'],
    ["{}", "model", undefined],
    [" { } ", "model", undefined],
    ['{"a":null}', "a", "null"],
  ])("finds in %s the member %s", (text, key, value) => {
    expect(memberText(text, key)).toBe(value);
  });

  it("finds the end of strings of every length around the change of search methods", () => {
    for (let length = 0; length < 130; length += 1) {
      for (const tail of ["", "\\\\", '\\"', '\\\\\\"', '\\"\\"', "\\n"]) {
        const text = `{"x":"${"a".repeat(length)}${tail}","model":"m"}`;
        expect(memberText(text, "model")).toBe('"m"');
        expect(memberText(`{"x":["${"a".repeat(length)}${tail}"],"model":"m"}`, "model")).toBe('"m"');
      }
    }
  });

  it("tells depth and an upper bound of the number of values", () => {
    expect(scanObject(bytesOf("{}"))).toMatchObject({ depth: 1, nodes: 1 });
    expect(scanObject(bytesOf('{"a":[[],[1,2]],"b":{}}'))).toMatchObject({ depth: 3, nodes: 8 });
  });

  it.each(["[]", '"text"', "1", "null", "[[[]]]"])("rejects %s, which is no object", (text) => {
    expect(failureOfScan(text)).toMatchObject({ code: "invalid_request", message: expect.stringContaining("object") });
  });

  it("rejects every truncation of a body", () => {
    const text = '{"model":"a\\"b","x":[1,{"y":"z\\\\"}],"n":12}';
    for (let length = 0; length < text.length; length += 1) {
      expect(failureOfScan(text.slice(0, length)).code).toBe("invalid_request");
    }
    scanObject(bytesOf(text));
  });

  it.each([
    '{"a":1}x',
    '{"a":1}{}',
    '{"a":1,}',
    '{"a" 1}',
    '{"a":}',
    '{"a":1 "b":2}',
    "{a:1}",
    '{"a":[}',
    '{"a":[1}]}',
    '{"a":{"b":1]}',
    '{"\\x":1}',
    "{'a':1}",
    "",
    "  ",
  ])("rejects %s", (text) => {
    expect(failureOfScan(text).code).toBe("invalid_request");
  });

  it("rejects equal outermost keys, also when one is escaped, and names the field", () => {
    for (const text of [
      '{"model":"cheap","model":"dear"}',
      '{"mod\\u0065l":1,"model":2}',
      '{"a":1,"model":2,"model":2}',
    ]) {
      expect(failureOfScan(text)).toMatchObject({ message: "Duplicate key 'model'.", detail: { param: "model" } });
    }
    scanObject(bytesOf('{"a":{"b":1,"b":2}}'));
  });

  it("takes hostile keys for what they are", () => {
    const { members } = scanObject(bytesOf('{"__proto__":{"polluted":1},"constructor":2,"toString":3}'));
    expect([...members.keys()]).toEqual(["__proto__", "constructor", "toString"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("allows the depth that it is told and not one more", () => {
    const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
    expect(scanObject(bytesOf(nested(128))).depth).toBe(128);
    expect(failureOfScan(nested(129)).message).toMatch(/nesting too deep.*128/);
    expect(scanObject(bytesOf(nested(10)), { maxDepth: 10 }).depth).toBe(10);
    expect(failureOf(() => scanObject(bytesOf(nested(11)), { maxDepth: 10 })).code).toBe("invalid_request");
  });

  it.each([
    ["outermost brackets", "[".repeat(5_000_000), /nesting too deep/],
    ["brackets in a field", `{"a":${"[".repeat(5_000_000)}`, /nesting too deep/],
    ["objects in objects", '{"a":'.repeat(1_000_000), /nesting too deep/],
    ["ten million empty objects", `{"a":[${"{},".repeat(5_000_000)}{}]}`, /too many values/],
    [
      "a million fields",
      `{${Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":0`).join(",")}}`,
      /too many fields/,
    ],
  ])("stops at once at %s", (_name, text, message) => {
    const bytes = bytesOf(text);
    const before = performance.now();
    expect(failureOf(() => scanObject(bytes)).message).toMatch(message);
    // Idle machines take a tenth of this; a parse would take more.
    expect(performance.now() - before).toBeLessThan(500);
  });

  it("takes the node limit that it is told", () => {
    expect(failureOf(() => scanObject(bytesOf('{"a":[1,2,3,4]}'), { maxNodes: 3 })).code).toBe("invalid_request");
    expect(scanObject(bytesOf('{"a":[1,2,3,4]}'), { maxNodes: 5 }).nodes).toBe(5);
  });

  it("finds what JSON.parse finds, in any object", () => {
    const spacing = fc.constantFrom(undefined, 1, "\t", " \n");
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), spacing, (object, space) => {
        const bytes = bytesOf(JSON.stringify(object, null, space));
        const { members } = scanObject(bytes);
        expect(Object.fromEntries([...members].map(([key, span]) => [key, valueAt(bytes, span)]))).toEqual(
          JSON.parse(JSON.stringify(object)),
        );
      }),
    );
  });

  it("throws nothing but GatewayError, whatever the bytes", () => {
    const letters = fc.constantFrom(...'{}[],:"\\ae1 \n');
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 40 }), (text) => {
        const body = text.join("");
        let isAccepted = false;
        try {
          scanObject(bytesOf(body));
          isAccepted = true;
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
        }
        if (!isAccepted) expect(() => assertPlainObject(JSON.parse(body))).toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

function assertPlainObject(value: unknown) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no object");
}

describe("stringAt and valueAt", () => {
  const bytes = bytesOf('{"s":"a\\u00fc\\n\\ud83d\\ude00€","n":12,"b":true,"big":9223372036854775807}');
  const spanOf = (key: string) => scanObject(bytes).members.get(key) ?? { start: 0, end: 0 };

  it("decode what stands there", () => {
    expect(stringAt(bytes, spanOf("s"))).toBe("aü\n😀€");
    expect(stringAt(bytes, spanOf("n"))).toBeUndefined();
    expect(valueAt(bytes, spanOf("n"))).toBe(12);
    expect(valueAt(bytes, spanOf("b"))).toBe(true);
    expect(JSON.stringify(valueAt(bytes, spanOf("big")))).toBe("9223372036854775807");
  });

  it("read any string as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        const json = JSON.stringify(text.toWellFormed());
        const string = bytesOf(json);
        expect(stringAt(string, { start: 0, end: string.length })).toBe(JSON.parse(json));
      }),
    );
  });

  it("are undefined where a string does not end, or another follows", () => {
    for (const text of ['"', '"a', '"a"b"', '"a\n"', '"\u0001"']) {
      expect(stringAt(bytesOf(text), { start: 0, end: text.length })).toBeUndefined();
    }
  });

  it("are undefined for invalid JSON and invalid UTF-8", () => {
    expect(stringAt(bytesOf('"\\x"'), { start: 0, end: 4 })).toBeUndefined();
    expect(stringAt(Uint8Array.of(0x22, 0xff, 0x22), { start: 0, end: 3 })).toBeUndefined();
  });
});

describe("spliceTopLevel", () => {
  it.each([
    ['{"model":"a","x":1}', { model: '"b"' }, '{"model":"b","x":1}'],
    ['{ "x" : 1 , "model" : "a" }\n', { model: '"longer"' }, '{ "x" : 1 , "model" : "longer" }\n'],
    ['{"mod\\u0065l":"a"}', { model: '"b"' }, '{"mod\\u0065l":"b"}'],
    ['{"x":{"model":"a"}}', { model: '"b"' }, '{"model":"b","x":{"model":"a"}}'],
    ["{}", { model: '"b"' }, '{"model":"b"}'],
    ["{ }", { model: '"b"' }, '{"model":"b" }'],
    ['{ "x":1}', { model: '"b"', stream: "true" }, '{"model":"b","stream":true, "x":1}'],
    ['\ufeff{"model":"a"}', { model: '"b"' }, '{"model":"b"}'],
    ['{"a":1,"b":2,"c":3}', { a: undefined }, '{"b":2,"c":3}'],
    ['{"a":1,"b":2,"c":3}', { b: undefined }, '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', { c: undefined }, '{"a":1,"b":2}'],
    ['{ "a":1, "b":2, "c":3 }', { a: undefined, b: undefined }, '{"c":3 }'],
    ['{ "a":1, "b":2, "c":3 }', { a: undefined, b: undefined, c: undefined }, "{ }"],
    ['{"a":1,"b":2}', { a: undefined, model: '"m"' }, '{"model":"m","b":2}'],
    ['{"a":1,"b":2}', { absent: undefined }, '{"a":1,"b":2}'],
    ['{"a":1}', {}, '{"a":1}'],
    ['{"a":"ü€😀","model":"x"}', { model: '"é"' }, '{"a":"ü€😀","model":"é"}'],
    ['{"a":1}', { constructor: "2" }, '{"constructor":2,"a":1}'],
  ])("of %s with %o is %s", (text, edits, expected) => {
    expect(splice(text, edits)).toBe(expected);
  });

  it("equals parse, change, stringify in what it says, and keeps every other byte of the values", () => {
    const key = fc.constantFrom("model", "stream", "a", "b", "ключ", 'q"uote', "");
    const edit = fc.option(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      { nil: undefined },
    );
    const spacing = fc.constantFrom(undefined, 2, "\t");
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), fc.dictionary(key, edit), spacing, (object, edits, space) => {
        const result = JSON.parse(splice(JSON.stringify(object, null, space), edits));
        const expected: Record<string, unknown> = JSON.parse(JSON.stringify(object));
        for (const [name, text] of Object.entries(edits)) {
          if (text === undefined) delete expected[name];
          else expected[name] = JSON.parse(text);
        }
        expect(result).toEqual(expected);
      }),
    );
  });

  it("leaves the input alone and accepts Node's Buffer", () => {
    const bytes = Buffer.from('{"model":"a"}');
    expect(textOf(spliceTopLevel(bytes, scanObject(bytes), { model: '"b"' }))).toBe('{"model":"b"}');
    expect(bytes.toString()).toBe('{"model":"a"}');
  });
});

describe("a word that is the gateway's business", () => {
  const has = (text: string) => {
    const bytes = bytesOf(text);
    const scan = scanObject(bytes);
    return { compression: mentions(bytes, scan, "compression"), cache: mentions(bytes, scan, "cache_control") };
  };

  it("is seen as a key of what is nested, and as nothing longer, shorter or within a text", () => {
    expect(has('{"m":[{"compression":{"aggressiveness":1}}]}')).toEqual({ compression: true, cache: false });
    expect(has('{"m":[[{"a":[],"cache_control" : {}}]]}')).toEqual({ compression: false, cache: true });
    expect(has('{"m":["compressions","compressiox","say compression","cache_contro1"]}')).toEqual({
      compression: false,
      cache: false,
    });
    expect(has('{"m":{"text":"\\"compression\\""}}')).toEqual({ compression: false, cache: false });
  });
});
