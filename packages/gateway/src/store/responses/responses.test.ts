import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../../../../tests/support/databases.ts";
import { testSealer } from "../../../../../tests/support/sealer.ts";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import type { Database } from "../schema.ts";
import { openConversationStore } from "./conversations.ts";
import type { KeptResponse } from "./response-rows.ts";
import { openResponseStore } from "./responses.ts";

const start = Date.parse("2026-11-20T12:00:00Z");
const LIMITS = { depth: 5, bytes: 10_000 };
const ROOM = { items: 10, bytes: 1000 };

describe.each(await testStores())("what clients name again, in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let database: Database;
    let time = start;
    const sealer = testSealer();
    const options = { sealer, now: () => new Date(time) };
    const responses = () => openResponseStore(database, options);
    const conversations = () => openConversationStore(database, options);

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
      for (const table of ["responses", "conversations", "conversation_items"] as const)
        await database.db.deleteFrom(table).execute();
    });

    const kept = (id: string, more: Partial<KeptResponse> = {}): KeptResponse => ({
      keyId: "a",
      id,
      status: "completed",
      background: false,
      createdAt: start,
      expiresAt: start + 1000,
      words: { input: Buffer.from('["canary ü"]'), response: Buffer.from(`{"id":"${id}"}`) },
      ...more,
    });
    const plain = (response: KeptResponse | undefined) =>
      response?.words === undefined
        ? response
        : {
            ...response,
            words: { input: Buffer.from(response.words.input), response: Buffer.from(response.words.response) },
          };

    test("a response is given back as it was, to its own key alone", async () => {
      const whole = kept("r", {
        parentId: "p",
        conversation: { id: "c", until: 3 },
        upstream: { provider: "openai", credential: "openai#1", id: "resp_up" },
        lease: { owner: "me", until: start + 10 },
      });
      await responses().put(whole);
      expect(plain(await responses().get("a", "r"))).toEqual(whole);
      expect(await responses().get("b", "r")).toBeUndefined();
      expect(await responses().get("a", "\0")).toBeUndefined();
      expect(await responses().delete("b", "r")).toBe(false);
      expect(await responses().cancel("b", "r")).toBe(false);
      expect(await responses().delete("a", "r")).toBe(true);
      expect(await responses().get("a", "r")).toBeUndefined();
    });

    test("the same id is another response for another key", async () => {
      await responses().put(kept("r"));
      await responses().put(kept("r", { keyId: "b", status: "incomplete" }));
      expect((await responses().get("a", "r"))?.status).toBe("completed");
      expect((await responses().get("b", "r"))?.status).toBe("incomplete");
      await responses().deleteOf("a");
      expect(await responses().get("b", "r")).toBeDefined();
    });

    test("words are not in the table in clear, and open nowhere but in their own row", async () => {
      await responses().put(kept("r"));
      const [row] = await database.db.selectFrom("responses").selectAll().execute();
      expect(Buffer.from(row?.sealed ?? []).toString("latin1")).not.toContain("canary");
      await database.db.updateTable("responses").set({ id: "other" }).execute();
      await expect(responses().get("a", "other")).rejects.toMatchObject({ code: "corrupt" });
    });

    test("a chain is read oldest first, and ends where a link is missing, another's or over", async () => {
      await responses().put(kept("1"));
      await responses().put(kept("2", { parentId: "1" }));
      await responses().put(kept("3", { parentId: "2" }));
      const chain = await responses().chain("a", "3", LIMITS);
      expect(chain.outcome === "found" && chain.responses.map(({ id }) => id)).toEqual(["1", "2", "3"]);
      expect(await responses().chain("b", "3", LIMITS)).toEqual({ outcome: "missing", id: "3" });
      await responses().put(kept("2", { parentId: "1", expiresAt: start }));
      expect(await responses().chain("a", "3", LIMITS)).toEqual({ outcome: "missing", id: "2" });
      await responses().put(kept("2", { keyId: "b" }));
      expect(await responses().chain("a", "3", LIMITS)).toEqual({ outcome: "missing", id: "2" });
    });

    test("a chain is bounded in length and size, also one that bites its tail", async () => {
      for (let at = 1; at <= 6; at++) await responses().put(kept(String(at), { parentId: String(at - 1) }));
      await responses().put(kept("0"));
      expect((await responses().chain("a", "4", LIMITS)).outcome).toBe("found");
      expect(await responses().chain("a", "6", LIMITS)).toEqual({ outcome: "too-long" });
      expect(await responses().chain("a", "4", { ...LIMITS, bytes: 50 })).toEqual({ outcome: "too-long" });
      await responses().put(kept("self", { parentId: "self" }));
      expect(await responses().chain("a", "self", LIMITS)).toEqual({ outcome: "too-long" });
    });

    test("expired responses are not there, and are removed", async () => {
      await responses().put(kept("r"));
      await responses().put(kept("later", { expiresAt: start + 5000 }));
      time = start + 1000;
      expect(await responses().get("a", "r")).toBeUndefined();
      expect(await responses().expire()).toBe(1);
      expect(await database.db.selectFrom("responses").select("id").execute()).toEqual([{ id: "later" }]);
    });

    describe("work in the background", () => {
      const running = (id: string) =>
        kept(id, { status: "queued", background: true, lease: { owner: "me", until: start + 100 } });
      const words = { input: Buffer.from("[]"), response: Buffer.from('{"done":true}') };

      test("goes from queued to in progress to its end", async () => {
        await responses().put(running("r"));
        await responses().begin("a", "r");
        expect((await responses().get("a", "r"))?.status).toBe("in_progress");
        expect(await responses().finish("a", "r", { status: "completed", words })).toBe(true);
        await responses().begin("a", "r");
        expect(plain(await responses().get("a", "r"))).toMatchObject({ status: "completed", words });
      });

      test("what was cancelled stays so, and its owner is told", async () => {
        await responses().put(running("r"));
        await responses().put(running("s"));
        expect(await responses().cancel("a", "r")).toBe(true);
        expect(await responses().cancel("a", "r")).toBe(false);
        expect(await responses().finish("a", "r", { status: "completed", words })).toBe(false);
        expect((await responses().get("a", "r"))?.status).toBe("cancelled");
        expect(await responses().beat("me", ["r", "s"], start + 500)).toEqual(["r"]);
        expect(await responses().beat("another", ["s"], start + 9000)).toEqual(["s"]);
      });

      test("has failed when nobody works on it any more, and only then", async () => {
        await responses().put(running("r"));
        await responses().beat("me", ["r"], start + 200);
        time = start + 199;
        expect((await responses().get("a", "r"))?.status).toBe("queued");
        time = start + 200;
        expect((await responses().get("a", "r"))?.status).toBe("failed");
        expect(await responses().finish("a", "r", { status: "completed", words })).toBe(false);
      });
    });

    describe("conversations", () => {
      const item = (id: string) => ({ id, bytes: Buffer.from(`{"id":"${id}","canary":"ü"}`) });
      const at = { keyId: "a", id: "c", expiresAt: start + 2000, limits: ROOM };
      const idsOf = (items: readonly { readonly id: string }[] | undefined) => items?.map(({ id }) => id);

      beforeEach(async () => {
        const metadata = Buffer.from('{"topic":"canary"}');
        const conversation = { keyId: "a", id: "c", metadata, createdAt: start, expiresAt: start + 1000 };
        await conversations().create(conversation, [item("1"), item("2")]);
      });

      test("keep their items in order, and more of them after", async () => {
        expect(await conversations().append(at, [item("3"), item("4")])).toBe("done");
        const history = await conversations().history("a", "c", ROOM);
        expect(idsOf(history)).toEqual(["1", "2", "3", "4"]);
        expect(Buffer.from(history?.[3]?.bytes ?? []).toString()).toBe('{"id":"4","canary":"ü"}');
        expect(idsOf(await conversations().history("a", "c", { ...ROOM, until: 2 }))).toEqual(["1", "2"]);
        expect(await conversations().history("a", "c", { ...ROOM, bytes: 30 })).toBeUndefined();
        time = start + 1500;
        expect(await conversations().get("a", "c")).toBeDefined();
      });

      test("several that add at once all come in", async () => {
        await Promise.all(["3", "4", "5", "6"].map((id) => conversations().append(at, [item(id)])));
        expect(idsOf(await conversations().history("a", "c", ROOM))?.toSorted()).toEqual([
          "1",
          "2",
          "3",
          "4",
          "5",
          "6",
        ]);
        const many = Array.from({ length: 5 }, (_, index) => item(`x${index}`));
        expect(await conversations().append(at, many)).toBe("full");
        expect(idsOf(await conversations().history("a", "c", ROOM))).toHaveLength(6);
      });

      test("are paged from either end", async () => {
        await conversations().append(at, [item("3")]);
        const page = (order: "asc" | "desc", after?: string) =>
          conversations().page("a", "c", { limit: 1, order, ...(after === undefined ? {} : { after }) });
        expect(idsOf(await page("asc"))).toEqual(["1", "2"]);
        expect(idsOf(await page("desc"))).toEqual(["3", "2"]);
        expect(idsOf(await page("asc", "2"))).toEqual(["3"]);
        expect(idsOf(await page("desc", "1"))).toEqual([]);
        expect(await page("asc", "nothing")).toBeUndefined();
      });

      test("are their key's alone, and sealed", async () => {
        const other = conversations();
        expect(await other.get("b", "c")).toBeUndefined();
        expect(await other.setMetadata("b", "c", Buffer.from("{}"))).toBe(false);
        expect(await other.append({ ...at, keyId: "b" }, [item("9")])).toBe("missing");
        expect(await other.item("b", "c", "1")).toBeUndefined();
        expect(await other.deleteItem("b", "c", "1")).toBe(false);
        expect(await other.delete("b", "c")).toBe(false);
        await other.deleteOf("b");
        expect(idsOf(await other.history("a", "c", ROOM))).toEqual(["1", "2"]);
        const rows = [
          ...(await database.db.selectFrom("conversations").select("sealed").execute()),
          ...(await database.db.selectFrom("conversation_items").select("sealed").execute()),
        ];
        expect(rows.map(({ sealed }) => Buffer.from(sealed).toString("latin1")).join()).not.toContain("canary");
      });

      test("lose an item, their metadata's old words, and all of themselves", async () => {
        expect(await conversations().deleteItem("a", "c", "1")).toBe(true);
        expect(await conversations().deleteItem("a", "c", "1")).toBe(false);
        expect(await conversations().setMetadata("a", "c", Buffer.from('{"x":"1"}'))).toBe(true);
        expect(Buffer.from((await conversations().get("a", "c"))?.metadata ?? []).toString()).toBe('{"x":"1"}');
        expect(await conversations().delete("a", "c")).toBe(true);
        expect(await database.db.selectFrom("conversation_items").select("id").execute()).toEqual([]);
      });

      test("are removed with their items when they are over", async () => {
        time = start + 1000;
        expect(await conversations().get("a", "c")).toBeUndefined();
        expect(await conversations().expire()).toBe(1);
        expect(await database.db.selectFrom("conversation_items").select("id").execute()).toEqual([]);
      });
    });
  });
});
