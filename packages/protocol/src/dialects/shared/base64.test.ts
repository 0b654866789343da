import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, fromBase64Url, toBase64, toBase64Url } from "./base64.ts";

const anyText = fc.string({ unit: "grapheme" }).filter((text) => !text.startsWith("\ufeff"));

describe("base64", () => {
  it.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("writes the test vectors of RFC 4648: %s", (text, base64) => {
    expect(toBase64(text)).toBe(base64);
    expect(fromBase64(base64)).toBe(text);
    expect(fromBase64(base64.replaceAll("=", ""))).toBe(text);
  });

  it("agrees with Node's Buffer and reads back what it wrote", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(toBase64(text)).toBe(Buffer.from(text).toString("base64"));
        expect(toBase64Url(text)).toBe(Buffer.from(text).toString("base64url"));
        expect(fromBase64(toBase64(text))).toBe(text);
        expect(fromBase64Url(toBase64Url(text))).toBe(text);
      }),
    );
  });

  it.each(["Zm9v!", "Zm 9v", "Zm9vü", "=Zm9v", "\u0100"])("rejects %s", (text) => {
    expect(() => fromBase64(text)).toThrow();
  });

  it("rejects bytes that are not UTF-8", () => {
    expect(() => fromBase64("/w==")).toThrow();
  });

  it("takes a time that grows with the input alone", () => {
    const before = performance.now();
    expect(fromBase64(toBase64("x".repeat(1_000_000)))).toHaveLength(1_000_000);
    expect(() => fromBase64(`${"=".repeat(1_000_000)}A`)).toThrow();
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
