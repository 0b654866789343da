import { describe, expect, test } from "vitest";
import { clientAddress, liesIn, plainAddress } from "./addresses.ts";

describe("an address lies in a range", () => {
  test.each([
    ["10.1.2.3", ["10.0.0.0/8"], true],
    ["11.1.2.3", ["10.0.0.0/8"], false],
    ["10.1.2.3", ["10.1.2.3"], true],
    ["10.1.2.4", ["10.1.2.3"], false],
    ["10.1.2.3", ["0.0.0.0/0"], true],
    ["2001:db8::1", ["0.0.0.0/0"], false],
    ["10.1.2.3", ["::/0"], false],
    ["2001:db8::1", ["2001:db8::/32"], true],
    ["2001:db9::1", ["2001:db8::/32"], false],
    ["2001:DB8:0:0::1", ["2001:db8::1"], true],
    ["192.168.1.1", ["10.0.0.0/8", "192.168.0.0/16"], true],
    ["10.1.2.3", ["::ffff:10.0.0.0/104"], true],
    ["11.1.2.3", ["::ffff:10.0.0.0/104"], false],
    ["10.1.2.3", ["::ffff:10.1.2.3"], true],
    ["10.1.2.3", [], false],
    ["", ["0.0.0.0/0", "::/0"], false],
    ["not an address", ["0.0.0.0/0", "::/0"], false],
  ])("%s in %j: %s", (address, ranges, expected) => {
    expect(liesIn(address, ranges)).toBe(expected);
  });
});

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::FFFF:10.0.0.1", "10.0.0.1"],
  ["::ffff:a00:1", "10.0.0.1"],
  ["0:0:0:0:0:ffff:0a00:0001", "10.0.0.1"],
  ["fe80::1%eth0", "fe80::1"],
  ["2001:db8::ffff:1", "2001:db8::ffff:1"],
  ["64:ff9b::a00:1", "64:ff9b::a00:1"],
  ["", ""],
])("%s is written plainly as %s", (written, plain) => {
  expect(plainAddress(written)).toBe(plain);
});

describe("the client of a request", () => {
  const proxies = ["10.0.0.0/8", "2001:db8::/32"];
  const from = (remoteAddress: string, forwarded?: string) =>
    clientAddress(
      // The parts of a request that are looked at.
      Object.assign(Object.create(null), {
        headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
        socket: { remoteAddress },
      }),
      proxies,
    );

  test.each([
    ["who connects, without a proxy", "203.0.113.7", undefined, "203.0.113.7"],
    ["who connects, whatever it claims", "203.0.113.7", "192.0.2.1", "203.0.113.7"],
    ["whom a trusted proxy names", "10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["whom a trusted proxy names, on a dual-stack socket", "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["the right-most that is no proxy of ours", "10.0.0.1", "192.0.2.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"],
    ["the first of all, where all are proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["the proxy itself, where it names nobody", "10.0.0.1", undefined, "10.0.0.1"],
    ["the proxy itself, where it names something else", "10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"],
    ["named with a port", "10.0.0.1", "203.0.113.7:4711", "203.0.113.7"],
    ["of IPv6 with a port", "10.0.0.1", "[2001:db9::7]:4711", "2001:db9::7"],
    ["of IPv6 in brackets", "2001:db8::1", "[2001:db9::7]", "2001:db9::7"],
    ["mapped into IPv6", "10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"],
  ])("is %s", (...[, remote, forwarded, expected]) => {
    expect(from(remote, forwarded)).toBe(expected);
  });

  test("is nobody where the socket is gone", () => {
    expect(clientAddress(Object.assign(Object.create(null), { headers: {}, socket: {} }), proxies)).toBe("");
  });
});
