import { describe, expect, it } from "vitest";
import { formatDataUrl, parseDataUrl } from "./data-url.ts";

describe("parseDataUrl", () => {
  it.each([
    ["data:image/png;base64,aGk=", { mediaType: "image/png", data: "aGk=" }],
    ["data:text/plain;charset=utf-8;base64,aGk=", { mediaType: "text/plain", data: "aGk=" }],
    ["data:;base64,aGk=", { mediaType: "text/plain", data: "aGk=" }],
    ["data:application/pdf;base64,", { mediaType: "application/pdf", data: "" }],
    ["DATA:image/png;BASE64,aGk=", { mediaType: "image/png", data: "aGk=" }],
    ["data:image/svg+xml,<svg/>", undefined],
    ["data:image/png;base64", undefined],
    ["https://example.com/a.png", undefined],
    ["", undefined],
  ])("of %s is %o", (url, expected) => {
    expect(parseDataUrl(url)).toEqual(expected);
  });

  it("reads what formatDataUrl writes", () => {
    expect(parseDataUrl(formatDataUrl("image/webp", "AAAA"))).toEqual({ mediaType: "image/webp", data: "AAAA" });
  });
});
