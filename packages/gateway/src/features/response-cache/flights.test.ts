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
  const { land, waiting: none } = flights.board("a");
  expect(none).toBeUndefined();
  const waiting = Array.from({ length: count }, () => flights.board("a").waiting).filter(
    (one): one is Waiting => one !== undefined,
  );
  expect(waiting).toHaveLength(count);
  return { flights, waiting, land };
}

test("all twins get the one answer, and the next request goes itself", async () => {
  const { flights, waiting, land } = boarded(3);
  expect(flights.board("b").waiting).toBeUndefined();
  land({ type: "kept", kept });
  for (const { turn } of waiting) expect(await turn).toEqual({ type: "kept", kept });
  expect(flights.waiting()).toBe(0);
  expect(flights.board("a").waiting).toBeUndefined();
});

test("when the first fails the next goes, and the rest wait for it", async () => {
  const { flights, waiting, land } = boarded(3);
  const [second, third, fourth] = waiting;
  land({ type: "failed" });
  expect(await second?.turn).toEqual({ type: "lead" });
  expect(flights.waiting()).toBe(2);
  land({ type: "left" });
  expect(await third?.turn).toEqual({ type: "lead" });
  land({ type: "kept", kept });
  expect(await fourth?.turn).toEqual({ type: "kept", kept });
});

test("when two have failed nobody waits for a third", async () => {
  const { flights, waiting, land } = boarded(4);
  const [second, ...others] = waiting;
  land({ type: "failed" });
  expect(await second?.turn).toEqual({ type: "lead" });
  land({ type: "failed" });
  for (const { turn } of others) expect(await turn).toEqual({ type: "free" });
  expect(flights.board("a").waiting).toBeUndefined();
});

test("however many have left, the next one goes alone", async () => {
  const { waiting, land } = boarded(4);
  for (const { turn } of waiting) {
    land({ type: "left" });
    expect(await turn).toEqual({ type: "lead" });
  }
});

test("when the answer is none that is kept nobody waits any longer", async () => {
  const { flights, waiting, land } = boarded(2);
  land({ type: "unkept" });
  for (const { turn } of waiting) expect(await turn).toEqual({ type: "free" });
  expect(flights.board("a").waiting).toBeUndefined();
});

test("when the answer was purged on its way they ask anew, and one of them goes", async () => {
  const { flights, waiting, land } = boarded(2);
  land({ type: "purged" });
  for (const { turn } of waiting) expect(await turn).toEqual({ type: "again" });
  expect(flights.waiting()).toBe(0);
  expect(flights.board("a").waiting).toBeUndefined();
  expect(flights.board("a").waiting).toBeDefined();
});

test("who leaves is not waited for, also when it was to go next", async () => {
  const { flights, waiting, land } = boarded(3);
  const [second, third, fourth] = waiting;
  third?.leave();
  land({ type: "failed" });
  expect(await second?.turn).toEqual({ type: "lead" });
  second?.leave();
  second?.leave();
  expect(await fourth?.turn).toEqual({ type: "lead" });
  land({ type: "left" });
  expect(flights.board("a").waiting).toBeUndefined();
});

test("who comes after a purge waits for nobody who went before it, and those who did get their answer", async () => {
  const flights = createFlights();
  const before = flights.board("a", "1");
  const twin = flights.board("a", "1");
  const after = flights.board("a", "2");
  expect(after.waiting).toBeUndefined();
  const late = flights.board("a", "2");
  expect(flights.waiting()).toBe(2);
  before.land({ type: "kept", kept });
  expect(await twin.waiting?.turn).toEqual({ type: "kept", kept });
  expect(flights.waiting()).toBe(1);
  after.land({ type: "unkept" });
  expect(await late.waiting?.turn).toEqual({ type: "free" });
  expect(flights.board("a", "2").waiting).toBeUndefined();
});

test("who could not ask what was purged waits for any twin", () => {
  const flights = createFlights();
  expect(flights.board("a", "1").waiting).toBeUndefined();
  expect(flights.board("a").waiting).toBeDefined();
});
