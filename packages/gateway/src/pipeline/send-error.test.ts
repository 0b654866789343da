import { ERROR_CODES, ERROR_TABLE, type ErrorCode, GatewayError } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { retryHeaders } from "./send-error.ts";

const MINUTE = 60_000;
const headersOf = (code: ErrorCode, retryAfterMs?: number, attempts = 0) =>
  retryHeaders(new GatewayError(code, "x", retryAfterMs === undefined ? {} : { retryAfterMs }), attempts);

describe("whether a client should ask again", () => {
  test.each(["rate_limited", "overloaded"] as const)("%s: after a short wait, which it is told", (code) => {
    expect(headersOf(code, 1200)).toEqual({ "retry-after": "2", "retry-after-ms": "1200" });
    expect(headersOf(code, MINUTE)).toEqual({ "retry-after": "60", "retry-after-ms": "60000" });
  });

  test.each(["rate_limited", "overloaded", "conflict"] as const)(
    "%s: not after a long wait, nor without one",
    (code) => {
      expect(headersOf(code, MINUTE + 1)).toEqual({ "x-should-retry": "false" });
      expect(headersOf(code)).toEqual({ "x-should-retry": "false" });
    },
  );

  test("conflict with a request that still runs: yes", () => {
    expect(headersOf("conflict", 1000)).toMatchObject({ "retry-after": "1", "x-should-retry": "true" });
  });

  test("budget_exceeded: never, whatever it says of time", () => {
    for (const wait of [undefined, 0, 1000])
      expect(headersOf("budget_exceeded", wait)).toEqual({ "x-should-retry": "false" });
  });

  test("what the request itself is at fault for: never", () => {
    const others = ERROR_CODES.filter(
      (code) => ERROR_TABLE[code].retry === "never" && !["rate_limited", "overloaded", "conflict"].includes(code),
    );
    for (const code of others) expect(headersOf(code)).toMatchObject({ "x-should-retry": "false" });
  });

  test("an upstream's failure: once it is our only attempt", () => {
    expect(headersOf("upstream_error", undefined, 1)).toEqual({});
    expect(headersOf("upstream_rate_limited", 7000, 1)).toEqual({ "retry-after": "7", "retry-after-ms": "7000" });
    expect(headersOf("upstream_rate_limited", 7000, 2)).toMatchObject({ "x-should-retry": "false" });
    expect(headersOf("upstream_rate_limited", 3_600_000, 1)).toEqual({ "x-should-retry": "false" });
  });
});
