import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { KeptBody } from "../store/bodies/bodies.ts";
import { StoreError } from "../store/errors.ts";
import { retentionHours } from "./keep-bodies.ts";
import { createBodyKeeper } from "./keep-bodies-queue.ts";

describe("for how long bodies are kept", () => {
  const of = (...hours: readonly (number | undefined)[]) =>
    hours.map((retainBodiesHours) => ({
      kind: "key" as const,
      id: "k",
      policy: retainBodiesHours === undefined ? {} : { privacy: { retainBodiesHours } },
    }));

  test("not at all where nobody says so, else the shortest that anybody says", () => {
    expect(retentionHours([])).toBeUndefined();
    expect(retentionHours(of(undefined, undefined))).toBeUndefined();
    expect(retentionHours(of(undefined, 24))).toBe(24);
    expect(retentionHours(of(24, 0.5, 720))).toBe(0.5);
  });
});

describe("what waits to be written", () => {
  const body = (requestId: string, size = 100): KeptBody => ({
    requestId,
    kind: "answer",
    keyId: "k",
    mediaType: "application/json",
    bytes: Buffer.alloc(size),
    size,
    expiresAt: 0,
  });

  function keeper(put: (bodies: readonly KeptBody[]) => Promise<void>, maxQueuedBytes = 1_000_000) {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    return { ...createBodyKeeper({ store: { put }, log, maxQueuedBytes }), lines };
  }

  test("is written in order, not before the caller goes on, and all of it before the end", async () => {
    const written: string[] = [];
    const { keep, close, dropped } = keeper(async (bodies) => {
      written.push(...bodies.map(({ requestId }) => requestId));
    });
    for (let at = 0; at < 40; at++) keep([body(`r${at}`)]);
    expect(written).toEqual([]);
    await close();
    expect(written).toEqual(Array.from({ length: 40 }, (_, at) => `r${at}`));
    expect(dropped()).toBe(0);
  });

  test("is bounded: what is too much is lost, counted and told of once", async () => {
    const hold: { release?: () => void } = {};
    const gate = new Promise<void>((resolve) => {
      hold.release = resolve;
    });
    const { keep, close, dropped, lines } = keeper(() => gate, 2500);
    for (let at = 0; at < 10; at++) keep([body(`r${at}`, 500)]);
    expect(dropped()).toBe(8);
    expect(lines).toHaveLength(1);
    hold.release?.();
    await close();
    keep([body("late")]);
    expect(dropped()).toBe(9);
  });

  test("is lost while the database is away, which is told once, and so is its return", async () => {
    let away = true;
    let calls = 0;
    const written: KeptBody[] = [];
    const { keep, close, dropped, lines } = keeper(async (bodies) => {
      calls += 1;
      if (away) throw new StoreError("unavailable", "away");
      written.push(...bodies);
    });
    for (let at = 0; at < 32; at++) keep([body(`r${at}`)]);
    while (calls < 2) await new Promise((resolve) => setImmediate(resolve));
    away = false;
    keep([body("back")]);
    await close();
    expect(written.map(({ requestId }) => requestId)).toEqual(["back"]);
    expect(dropped()).toBe(32);
    expect(lines.map(({ level, dropped: lost }) => [level, lost])).toEqual([
      [40, 16],
      [30, 32],
    ]);
  });
});
