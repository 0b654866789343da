import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepTime, LIFE_MS, SILENCE_MS } from "./keep-time.ts";
import { FakeSocket } from "./testing/fake-socket.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("a connection is told when its hour is over, and pinged until then", () => {
  const socket = new FakeSocket();
  const expired = vi.fn();
  const pongs = setInterval(() => socket.emit("pong"), 60_000);
  keepTime(socket, expired);
  vi.advanceTimersByTime(LIFE_MS - 1);
  expect(expired).not.toHaveBeenCalled();
  expect(socket.pings).toBeGreaterThan(50);
  vi.advanceTimersByTime(1);
  expect(expired).toHaveBeenCalledOnce();
  expect(socket.terminations).toBe(0);
  clearInterval(pongs);
});

test.each(["message", "ping", "pong"])("a %s is a sign of life, and without any the connection is given up", (sign) => {
  const socket = new FakeSocket();
  keepTime(socket, () => {});
  vi.advanceTimersByTime(SILENCE_MS - 1000);
  socket.emit(sign);
  vi.advanceTimersByTime(SILENCE_MS - 1000);
  expect(socket.terminations).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(socket.terminations).toBeGreaterThan(0);
});

test("nothing is left of it once it is stopped", () => {
  keepTime(new FakeSocket(), () => {}).stop();
  expect(vi.getTimerCount()).toBe(0);
});
