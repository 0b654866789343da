import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../../../../tests/support/databases.ts";
import { noSealer, testSealer } from "../../../../../tests/support/sealer.ts";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import type { Database } from "../schema.ts";
import { type IdempotencyClaim, openIdempotencyStore } from "./idempotency.ts";
import { packAnswer, unpackAnswer } from "./stored-answer.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const answer = {
  status: 200,
  headers: { "content-type": "text/event-stream", "x-signalbox-reasoning": "because" },
  body: Buffer.from("data: a canary prompt ü\n\n"),
};

test("an answer is unpacked as it was packed, whatever its bytes", () => {
  const body = randomBytes(5000);
  expect(unpackAnswer(packAnswer({ ...answer, body }))).toEqual({ ...answer, body });
  expect(() => unpackAnswer(body.subarray(0, 3))).toThrow();
  expect(() => unpackAnswer(packAnswer(answer).subarray(0, 20))).toThrow();
});

describe.each(await testStores())("claims in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let database: Database;
    let time = 0;
    let count = 0;
    const sealer = testSealer();
    const store = (seal = sealer) => openIdempotencyStore(database, { sealer: seal, now: () => new Date(time) });

    beforeAll(async () => {
      place = await makePlace();
      database = await openDatabase(place);
    });
    afterAll(async () => {
      await database.close();
      await place.remove();
    });
    beforeEach(() => {
      time = Date.parse("2026-11-20T12:00:00Z");
      count += 1;
    });

    const claimOf = (more: Partial<IdempotencyClaim> = {}): IdempotencyClaim => ({
      keyId: "config:ci",
      idempotencyKey: `order-${count}`,
      requestDigest: "d".repeat(64),
      requestId: "req_first",
      leaseMs: 10 * MINUTE,
      keepMs: DAY,
      ...more,
    });
    const rows = () => database.db.selectFrom("idempotency").selectAll().execute();

    test("of fifty at once one gets the claim, and the others learn whose it is", async () => {
      const claims = Array.from({ length: 50 }, (_, at) => store().claim(claimOf({ requestId: `req_${at}` })));
      const outcomes = await Promise.all(claims);
      const winner = outcomes.findIndex(({ outcome }) => outcome === "claimed");
      const others = outcomes.filter((_, at) => at !== winner);
      expect(others).toEqual(Array.from({ length: 49 }, () => ({ outcome: "running", requestId: `req_${winner}` })));
    });

    test("a finished claim is answered with every byte of its answer", async () => {
      expect(await store().claim(claimOf())).toEqual({ outcome: "claimed" });
      expect(await store().finish(claimOf(), answer)).toBe(true);
      const again = await store().claim(claimOf({ requestId: "req_second" }));
      expect(again).toMatchObject({ outcome: "finished", requestId: "req_first" });
      const found = "answer" in again ? again.answer : undefined;
      expect(found).toMatchObject({ status: 200, headers: answer.headers });
      expect(Buffer.from(found?.body ?? []).toString()).toBe(answer.body.toString());
    });

    test("neither the answer nor the client's word is in the table in clear", async () => {
      const claim = claimOf({ idempotencyKey: "a-canary-word" });
      await store().claim(claim);
      await store().finish(claim, answer);
      const bytes = (await rows()).map(
        (row) => `${JSON.stringify(row)}${Buffer.from(row.sealed ?? []).toString("latin1")}`,
      );
      expect(bytes.join()).not.toContain("canary");
    });

    test("the same Idempotency-Key with something else does not match, whatever became of the first", async () => {
      await store().claim(claimOf());
      const other = claimOf({ requestDigest: "e".repeat(64), requestId: "req_second" });
      expect(await store().claim(other)).toEqual({ outcome: "mismatch", requestId: "req_first" });
      await store().finish(claimOf(), answer);
      expect(await store().claim(other)).toEqual({ outcome: "mismatch", requestId: "req_first" });
    });

    test("two clients' keys may use one Idempotency-Key", async () => {
      expect(await store().claim(claimOf())).toEqual({ outcome: "claimed" });
      expect(await store().claim(claimOf({ keyId: "config:other" }))).toEqual({ outcome: "claimed" });
    });

    test("a claim that runs for longer than its lease is unknown, and may still be finished", async () => {
      await store().claim(claimOf());
      time += 10 * MINUTE;
      const second = claimOf({ requestId: "req_second" });
      expect(await store().claim(second)).toEqual({ outcome: "unknown", requestId: "req_first" });
      await store().finish(claimOf(), answer);
      expect(await store().claim(second)).toMatchObject({ outcome: "finished" });
    });

    test("after a day it is as if it had never been, removed or not", async () => {
      await store().claim(claimOf());
      await store().finish(claimOf(), answer);
      time += DAY - 1;
      expect(await store().claim(claimOf())).toMatchObject({ outcome: "finished" });
      time += 1;
      const second = claimOf({ requestId: "req_second", requestDigest: "e".repeat(64) });
      expect(await store().claim(second)).toEqual({ outcome: "claimed" });
      // The first comes back late, and changes nothing of what is no longer its own.
      await store().finish(claimOf(), answer);
      await store().release(claimOf());
      expect(await store().claim(second)).toEqual({ outcome: "running", requestId: "req_second" });
    });

    test("what was released can be claimed again; what is finished cannot be released", async () => {
      await store().claim(claimOf());
      await store().release(claimOf());
      expect(await store().claim(claimOf({ requestId: "req_second" }))).toEqual({ outcome: "claimed" });
      await store().finish(claimOf({ requestId: "req_second" }), "cancelled");
      await store().release(claimOf({ requestId: "req_second" }));
      expect(await store().claim(claimOf())).toEqual({ outcome: "cancelled", requestId: "req_second" });
    });

    test("an answer that cannot be sealed or opened again is told as such", async () => {
      await store().claim(claimOf());
      expect(await store(noSealer).finish(claimOf(), answer)).toBe(false);
      expect(await store().claim(claimOf())).toEqual({ outcome: "unreadable", requestId: "req_first" });
      expect(await store().finish(claimOf(), answer)).toBe(true);
      expect(await store(testSealer()).claim(claimOf())).toEqual({ outcome: "unreadable", requestId: "req_first" });
    });

    test("what is old is removed, and nothing else; a key's claims go when it is asked", async () => {
      await database.db.deleteFrom("idempotency").execute();
      for (let at = 0; at < 450; at++) await store().claim(claimOf({ idempotencyKey: `old-${at}`, keepMs: 1000 }));
      await store().claim(claimOf());
      await store().claim(claimOf({ keyId: "config:gone" }));
      time += 1000;
      expect(await store().expire()).toBe(450);
      expect(await store().expire()).toBe(0);
      await store().deleteOf("config:gone");
      expect((await rows()).map(({ key_id }) => key_id)).toEqual(["config:ci"]);
    });
  });
});
