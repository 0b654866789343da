import { expect, test } from "vitest";
import { defaultTimeouts } from "../config/defaults.ts";
import { patience } from "./patience.ts";

test("an answer that comes whole is given the whole time", () => {
  expect(patience(defaultTimeouts, { stream: false, facts: {} }).firstTokenMs).toBe(defaultTimeouts.totalMs);
});

test("a stream of a model that does not reason, or is unknown, has the plain limits", () => {
  for (const facts of [{}, { reasoning: "none" as const }]) {
    expect(patience(defaultTimeouts, { stream: true, facts })).toEqual(defaultTimeouts);
  }
});

test("a stream of a model that reasons may be silent for longer, never for less", () => {
  const facts = { reasoning: "effort" as const };
  expect(patience(defaultTimeouts, { stream: true, facts })).toMatchObject({
    firstTokenMs: 300_000,
    idleMs: 300_000,
    stallMs: 300_000,
  });
  const generous = { ...defaultTimeouts, firstTokenMs: 400_000 };
  expect(patience(generous, { stream: true, facts }).firstTokenMs).toBe(400_000);
});
