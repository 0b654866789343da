import type { GatewayError } from "@signalbox/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startWatchdog } from "./watchdog.ts";

const TIMEOUTS = {
  connectMs: 10,
  firstTokenMs: 100,
  idleMs: 50,
  stallMs: 200,
  reasoningMs: 300,
  totalMs: 1000,
  deadlineMs: 5000,
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watch() {
  const expired: GatewayError[] = [];
  return { expired, watchdog: startWatchdog(TIMEOUTS, (error) => expired.push(error)) };
}

test("pings do not extend the wait for the first token", () => {
  const { expired, watchdog } = watch();
  for (let at = 0; at < 12; at += 1) {
    vi.advanceTimersByTime(10);
    watchdog.bytes();
  }
  expect(expired.map(({ code, message }) => [code, message])).toEqual([
    ["upstream_timeout", "The upstream sent no content within 100 ms."],
  ]);
});

test("after the first content silence on the wire is the limit", () => {
  const { expired, watchdog } = watch();
  watchdog.content();
  vi.advanceTimersByTime(49);
  watchdog.bytes();
  vi.advanceTimersByTime(49);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(expired[0]?.message).toContain("fell silent");
});

test("bytes without content are a stall", () => {
  const { expired, watchdog } = watch();
  watchdog.content();
  for (let at = 0; at < 21; at += 1) {
    vi.advanceTimersByTime(10);
    watchdog.bytes();
  }
  expect(expired[0]?.message).toContain("no content for 200 ms");
});

test("the whole attempt is bounded even when content keeps coming", () => {
  const { expired, watchdog } = watch();
  for (let at = 0; at < 101; at += 1) {
    watchdog.content();
    watchdog.bytes();
    vi.advanceTimersByTime(10);
  }
  expect(expired[0]?.message).toContain("longer than 1000 ms");
});

test("a client that does not read is not the upstream's silence", () => {
  const { expired, watchdog } = watch();
  watchdog.content();
  watchdog.pause();
  vi.advanceTimersByTime(600);
  expect(expired).toEqual([]);
  watchdog.resume();
  vi.advanceTimersByTime(60);
  expect(expired[0]?.message).toContain("fell silent");
});

test("a stopped watchdog says nothing", () => {
  const { expired, watchdog } = watch();
  watchdog.content();
  watchdog.stop();
  vi.advanceTimersByTime(10_000);
  expect(expired).toEqual([]);
});
