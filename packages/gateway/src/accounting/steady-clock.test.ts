import { expect, test } from "vitest";
import { steadyClock } from "./steady-clock.ts";

function machine() {
  const at = { wall: 1_000_000, monotonic: 50 };
  const clock = steadyClock({ wall: () => at.wall, monotonic: () => at.monotonic });
  const pass = (ms: number) => {
    at.wall += ms;
    at.monotonic += ms;
  };
  return { at, clock, pass };
}

test("the steady clock follows the machine's", () => {
  const { clock, pass } = machine();
  pass(1_234);
  expect(clock()).toBe(1_001_234);
});

test("the steady clock does not go back when the machine's is set back, and does not stand still either", () => {
  const { at, clock, pass } = machine();
  at.wall -= 10_000;
  expect(clock()).toBe(1_000_000);
  pass(4_000);
  expect(clock()).toBe(1_002_000);
});

test("the steady clock is right again after as long again as it was set back", () => {
  const { at, clock, pass } = machine();
  at.wall -= 10_000;
  pass(20_000);
  expect(clock()).toBe(at.wall);
  pass(5);
  expect(clock()).toBe(at.wall);
});
