import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../../../../tests/support/databases.ts";
import { testSealer } from "../../../../../tests/support/sealer.ts";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import type { Database } from "../schema.ts";
import { type KeptBody, LARGEST_KEPT_BODY, openBodyStore } from "./bodies.ts";

const start = Date.parse("2026-11-20T12:00:00Z");

describe.each(await testStores())("kept bodies in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let database: Database;
    let time = start;
    const sealer = testSealer();
    const store = (seal = sealer) => openBodyStore(database, { sealer: seal, now: () => new Date(time) });

    beforeAll(async () => {
      place = await makePlace();
      database = await openDatabase(place);
    });
    afterAll(async () => {
      await database.close();
      await place.remove();
    });
    beforeEach(async () => {
      time = start;
      await database.db.deleteFrom("bodies").execute();
    });

    const bodyOf = (more: Partial<KeptBody> = {}): KeptBody => ({
      requestId: "0199-a",
      kind: "request",
      keyId: "config:ci",
      mediaType: "application/json",
      bytes: Buffer.from('{"canary":"prompt ü"}'),
      size: 22,
      expiresAt: start + 1000,
      ...more,
    });

    test("are given back as they were, the request first", async () => {
      const request = bodyOf({ team: "team_1", org: "org_1" });
      const reply = bodyOf({
        kind: "answer",
        mediaType: "text/event-stream",
        bytes: Buffer.from("data: 1\n\n"),
        size: 9,
      });
      await store().put([reply, request]);
      const found = await store().get("0199-a");
      expect(found.map((body) => ({ ...body, bytes: Buffer.from(body.bytes) }))).toEqual([request, reply]);
      expect(await store().get("0199-b")).toEqual([]);
      expect(await store().get("\0")).toEqual([]);
    });

    test("are not in the table in clear, and open nowhere but in their own row", async () => {
      await store().put([bodyOf()]);
      const [row] = await database.db.selectFrom("bodies").selectAll().execute();
      expect(`${JSON.stringify(row)}${Buffer.from(row?.sealed ?? []).toString("latin1")}`).not.toContain("canary");
      await expect(store(testSealer()).get("0199-a")).rejects.toMatchObject({ code: "corrupt" });
      await database.db.updateTable("bodies").set({ kind: "answer" }).execute();
      await expect(store().get("0199-a")).rejects.toMatchObject({ code: "corrupt" });
    });

    test("are cut at the largest size, and say how large they were", async () => {
      const size = LARGEST_KEPT_BODY + 5;
      await store().put([bodyOf({ bytes: Buffer.alloc(size, "x"), size })]);
      const [found] = await store().get("0199-a");
      expect(found).toMatchObject({ size });
      expect(found?.bytes).toHaveLength(LARGEST_KEPT_BODY);
    });

    test("are gone when their time is over, for readers at once and for good by the job", async () => {
      await store().put([bodyOf(), bodyOf({ kind: "answer", expiresAt: start + 2000 })]);
      await store().put(Array.from({ length: 230 }, (_, at) => bodyOf({ requestId: `0199-${at}` })));
      time = start + 1000;
      expect((await store().get("0199-a")).map(({ kind }) => kind)).toEqual(["answer"]);
      expect(await store().expire()).toBe(230);
      expect(await store().expire()).toBe(0);
      expect(await store().get("0199-a")).toHaveLength(1);
    });

    test("of one key are removed when it is asked", async () => {
      await store().put([bodyOf(), bodyOf({ requestId: "0199-b", keyId: "config:other" })]);
      expect(await store().deleteOf("config:ci")).toBe(1);
      expect(await store().get("0199-a")).toEqual([]);
      expect(await store().get("0199-b")).toHaveLength(1);
    });
  });
});
