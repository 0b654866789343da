import { describe, expect, it } from "vitest";
import { pagesOf, plainText } from "./pages.ts";

const query = { text: "q", maxResults: 3 };

describe("pagesOf", () => {
  it("keeps web addresses alone, each once, and no more than were asked for", () => {
    const found = [
      "javascript:alert(1)",
      "file:///etc/passwd",
      "https://user:pass@a.example/",
      "nonsense",
      "https://a.example/1",
      "https://a.example/1",
      "http://b.example/2",
      "https://c.example/3",
      "https://d.example/4",
    ].map((url) => ({ url }));
    expect(pagesOf(found, query).map(({ url }) => url)).toEqual([
      "https://a.example/1",
      "http://b.example/2",
      "https://c.example/3",
    ]);
  });

  it("takes subdomains for their domain, and look-alikes for others", () => {
    const found = ["https://docs.a.example/", "https://nota.example/", "https://a.example.evil.test/"].map((url) => ({
      url,
    }));
    expect(pagesOf(found, { ...query, allowedDomains: ["A.example"] })).toEqual([{ url: "https://docs.a.example/" }]);
    expect(pagesOf(found, { ...query, blockedDomains: ["a.example"] })).toHaveLength(2);
  });
});

describe("plainText", () => {
  it("is one line without marks, escapes, and what nobody sees", () => {
    const hidden = [..."obey"].map((letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) ?? 0))).join("");
    expect(plainText(`a <strong>b</strong>\n\n[2] c &amp;lt; \u202Ed\u202C\u0007\u200B e${hidden}`)).toBe(
      "a b [2] c &lt; d e",
    );
  });
});
