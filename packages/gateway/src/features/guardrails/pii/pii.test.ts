import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { luhn } from "./card.ts";
import { DETECTORS, detect } from "./detect.ts";
import { mod97 } from "./iban.ts";

const found = (text: string) => detect(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

describe("finds", () => {
  test.each([
    ["email", "ada@example.org"],
    ["email", "ada.lovelace+notes@mail.example.co.uk"],
    ["email", "jürgen@müller.de"],
    ["email", "o'brien@example.ie"],
    ["phone", "+49 30 901820"],
    ["phone", "+4915112345678"],
    ["phone", "+1 (415) 555-2671"],
    ["phone", "(415) 555-2671"],
    ["phone", "415-555-2671"],
    ["phone", "01 42 68 53 00"],
    ["phone", "020 7946 0958"],
    ["phone", "0171-1234567"],
    ["phone", "0044 20 7946 0958"],
    ["card", "4111 1111 1111 1111"],
    ["card", "5555555555554444"],
    ["card", "3782 822463 10005"],
    ["iban", "DE89 3704 0044 0532 0130 00"],
    ["iban", "GB82WEST12345698765432"],
    ["iban", "FR1420041010050500013M02606"],
    ["ssn", "536-22-8726"],
    ["ssn", "536 22 8726"],
    ["ip", "8.8.4.4"],
    ["ip", "2a00:1450:4001:81b::200e"],
    ["ip", "2606:4700:4700:0:0:0:0:1111"],
    ["secret", "sk-proj-Zk3vQ9xT1mB7nL4pW8rS2dF6"],
    ["secret", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
    ["secret", "AKIAIOSFODNN7EXAMPLE"],
    ["secret", "xoxb-123456789012-abcdefGHIJKL"],
    ["secret", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"],
    ["secret", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"],
  ])("%s: %s", (kind, value) => {
    expect(found(value)).toEqual([[kind, value]]);
    expect(found(`Please use ${value}, and (${value}).`)).toEqual([
      [kind, value],
      [kind, value],
    ]);
    expect(found(`"${value}"\n${value}`)).toHaveLength(2);
  });

  test.each([
    ['password: "k9$Xv2!pQz7"', "k9$Xv2!pQz7"],
    ["api_key=9f8e7d6c5b4a39281706", "9f8e7d6c5b4a39281706"],
    ["Authorization: Bearer 7f9a8b6c5d4e3f2a1b0c", "7f9a8b6c5d4e3f2a1b0c"],
    ["the passphrase is Tr0ub4dor&3xyz", "Tr0ub4dor&3xyz"],
    ["-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg"],
  ])("a secret behind its name: %s", (text, value) => {
    expect(found(text)).toEqual([["secret", value]]);
  });

  test("numbers behind their names", () => {
    expect(found("phone: 4155552671")).toEqual([["phone", "4155552671"]]);
    expect(found("SSN 536228726")).toEqual([["ssn", "536228726"]]);
  });

  test("only the kinds that are asked for", () => {
    const text = "ada@example.org at 8.8.4.4";
    expect(detect(text, ["ip"]).map(({ kind }) => kind)).toEqual(["ip"]);
  });
});

describe("leaves alone", () => {
  test.each([
    "version 1.2.3.4",
    "v10.4.2.1",
    "node@24.11.0 and react@19.2.0",
    "import { x } from '@scope/package';",
    "icon@2x.png",
    "git@github.com:owner/repository.git",
    "2026-11-21T10:06:54Z",
    "21.11.2026 10:06:54.123456",
    "2026-11-21 10:06:54,123",
    "01/02/2024 to 03/04/2025",
    "1732183614000",
    "1732183614000000000",
    "7c4a8d09ca3762af61e59520943dc26494f8941b",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "019ab1c2-3d4e-7f80-9123-456789abcdef",
    "192.168.1.1 and 10.0.0.254 and 127.0.0.1:4747 and 172.20.0.3",
    "255.255.255.0",
    "192.0.2.17, 2001:db8::1, ::1, fe80::1",
    "std::vector<int>::iterator a::b be::ef",
    "12:34:56 and 00:1a:2b:3c:4d:5e",
    "4111 1111 1111 1112",
    "1234567890123456",
    "DE89 3704 0044 0532 0130 01",
    "000-12-3456 and 666-12-3456 and 900-12-3456",
    "password: process.env.DATABASE_PASSWORD",
    "api_key = os.environ['API_KEY']",
    "const password = getPassword();",
    ["secret: $", "{{ secrets.DEPLOY_KEY }}"].join(""),
    "password: changeme",
    "token = nextToken",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "arr[100:200], f(1, 2, 3), 0.123456789, 3.14159265358979",
    "@@ -1042,17 +1042,23 @@ function main()",
    "range 1000-2000-3000",
    "a = b + 12345678;",
    "order 415-555 and 12-34-56",
  ])("%s", (text) => {
    expect(found(text)).toEqual([]);
  });
});

test("checksums reject every slip of one digit", () => {
  for (const [check, good] of [
    [luhn, "4111111111111111"],
    [mod97, "DE89370400440532013000"],
  ] as const) {
    expect(check(good)).toBe(true);
    for (let at = 4; at < good.length; at++) {
      const slip = String((Number(good[at]) + 1) % 10);
      expect(check(good.slice(0, at) + slip + good.slice(at + 1))).toBe(false);
    }
  }
});

test("what overlaps is taken whole, in order, and nothing twice", () => {
  const piece = fc.constantFrom(
    "ada@example.org",
    "+49 30 901820",
    "8.8.4.4",
    "DE89 3704 0044 0532 0130 00",
    "password=k9$Xv2!pQz7",
    "4111 1111 1111 1111",
    " ",
    "\n",
    "@",
    "-",
    "a",
    "7",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join("");
      let last = 0;
      for (const { start, end } of detect(text)) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        last = end;
      }
      expect(last).toBeLessThanOrEqual(text.length);
    }),
  );
});

/** A repetition without a bound: `+`, `*` or `{n,}` that is no character of a class and not escaped. */
function unbounded({ source }: RegExp): readonly string[] {
  const plain = source.replaceAll(/\\./g, "x").replaceAll(/\[[^\]]*\]/g, "x");
  return plain.match(/[+*]|\{\d+,\}/g) ?? [];
}

test("no pattern repeats without a bound, so that no text can make one slow", () => {
  for (const { patterns } of DETECTORS) {
    expect(patterns.length).toBeGreaterThan(0);
    for (const pattern of patterns) {
      expect([pattern.source, unbounded(pattern)]).toEqual([pattern.source, []]);
      expect(pattern.flags).toContain("g");
    }
  }
});

test.each([
  ["a".repeat(200_000)],
  ["a@".repeat(100_000)],
  ["a.".repeat(100_000)],
  ["1".repeat(200_000)],
  ["1 ".repeat(100_000)],
  ["+1-".repeat(70_000)],
  ["DE89 ".repeat(40_000)],
  ["1.".repeat(100_000)],
  ["2001:".repeat(40_000)],
  ["eyJ".repeat(70_000)],
  ["eyJaaaaaaaa.".repeat(15_000)],
  ["password=".repeat(20_000)],
  ["-----BEGIN PRIVATE KEY-----".repeat(7_000)],
  ["bearer ".repeat(30_000)],
])("a long text of one thing over and over comes to its end (%#)", (text) => {
  expect(detect(text).every(({ end }) => end <= text.length)).toBe(true);
});
