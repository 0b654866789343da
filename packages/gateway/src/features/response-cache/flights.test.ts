import { expect, test } from "vitest";
import { createFlights, type Waiting } from "./flights.ts";
import type { KeptAnswer } from "./kept-answer.ts";

const kept: KeptAnswer = {
  tenant: "key:a",
  exact: "d",
  response: { parts: [], finishReason: { unified: "stop" } },
  losses: { dropped: [], adapted: [] },
  provider: "p",
  place: "here",
  model: "m",
  createdAt: 0,
  ttlSeconds: 1,
};

/** The first goes; so many wait. */
function boarded(count: number) {
  const flights = createFlights();
  expect(flights.board("a")).toBeUndefined();
  const waiting = Array.from({ length: count }, () => flights.board("a")).filter(
    (one): one is Waiting => one !== undefined,
  );
  expect(waiting).toHaveLength(count);
  return { flights, waiting };
}

test("all twins get the one answer, and the next request goes itself", async () => {
  const { flights, waiting } = boarded(3);
  expect(flights.board("b")).toBeUndefined();
  flights.land("a", { type: "kept", kept });
  for (const { turn } of waiting) expect(await turn).toEqual({ type: "kept", kept });
  expect(flights.waiting()).toBe(0);
  expect(flights.board("a")).toBeUndefined();
});

test("when the first fails the next goes, and the rest wait for it", async () => {
  const { flights, waiting } = boarded(3);
  const [second, third, fourth] = waiting;
  flights.land("a", { type: "failed" });
  expect(await second?.turn).toEqual({ type: "lead" });
  expect(flights.waiting()).toBe(2);
  flights.land("a", { type: "failed" });
  expect(await third?.turn).toEqual({ type: "lead" });
  flights.land("a", { type: "kept", kept });
  expect(await fourth?.turn).toEqual({ type: "kept", kept });
});

test("when the answer is none that is kept nobody waits any longer", async () => {
  const { flights, waiting } = boarded(2);
  flights.land("a", { type: "unkept" });
  for (const { turn } of waiting) expect(await turn).toEqual({ type: "free" });
  expect(flights.board("a")).toBeUndefined();
});

test("who leaves is not waited for, also when it was to go next", async () => {
  const { flights, waiting } = boarded(3);
  const [second, third, fourth] = waiting;
  third?.leave();
  flights.land("a", { type: "failed" });
  expect(await second?.turn).toEqual({ type: "lead" });
  second?.leave();
  second?.leave();
  expect(await fourth?.turn).toEqual({ type: "lead" });
  flights.land("a", { type: "failed" });
  expect(flights.board("a")).toBeUndefined();
});
