import { GatewayError } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readBarePath } from "./bare-path.ts";

const pieces = fc.constantFrom(
  "v1",
  "files",
  "a@b",
  "m:x",
  "~a",
  "%20",
  "%C3%A4",
  "..",
  ".",
  "...",
  "%2e%2e",
  "%2E.",
  "%252e%252e",
  "%2f",
  "%5C",
  "\\",
  "//evil.example",
  "@evil.example",
  "http:",
  ";",
  "..;",
  "?x",
  "#x",
  "%00",
  "%",
  "%zz",
  "\t",
  "ä",
  "",
);
const paths = fc.array(fc.oneof(pieces, fc.string({ maxLength: 6 })), { maxLength: 6 }).map((all) => all.join("/"));

test("whatever is accepted leads below the root, to the path that was written", () => {
  let accepted = 0;
  fc.assert(
    fc.property(paths, (rest) => {
      const root = "https://vendor.example/team";
      let read: ReturnType<typeof readBarePath>;
      try {
        read = readBarePath(`/passthrough/provider/${rest}`);
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
        return;
      }
      accepted += 1;
      const url = new URL(root + read.rest);
      expect([url.origin, url.pathname, url.search, url.hash]).toEqual([
        "https://vendor.example",
        `/team/${rest}`,
        "",
        "",
      ]);
      // A server that decodes, once or twice, and then resolves finds nothing else either.
      for (const decoded of [decodeURIComponent(read.rest), twice(read.rest)]) {
        expect(decoded.split(/[/\\]/).length).toBe(read.rest.split("/").length);
        expect(decoded.split("/").some((segment) => /^\.{1,2}(;|$)/.test(segment))).toBe(false);
      }
    }),
    { numRuns: 5000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

function twice(text: string): string {
  const once = decodeURIComponent(text);
  try {
    return decodeURIComponent(once);
  } catch {
    return once;
  }
}

test("the provider is the segment behind the first passthrough, under any prefix", () => {
  expect(readBarePath("/api/passthrough/openai/v1/passthrough/x")).toEqual({
    provider: "openai",
    rest: "/v1/passthrough/x",
  });
  expect(() => readBarePath("/passthrough/openai")).toThrow(/Name a provider/);
});
