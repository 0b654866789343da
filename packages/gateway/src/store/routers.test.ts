import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlace, testStores } from "../../../../tests/support/stores.ts";
import type { Router } from "../config/router.ts";
import { StoreError } from "./errors.ts";
import { openStore, type Store } from "./open.ts";
import type { RouterPage } from "./routers.ts";

const start = new Date("2026-11-20T12:00:00.123Z");

function router(name: string, description = "first"): Router {
  const variant = { id: "only", model: "openai/gpt-5", webSearch: { maxResults: 3 } };
  return { name, description, routes: [{ id: "r", condition: 'tier == "ü"', variants: [{ variant, weight: 100 }] }] };
}

describe.each(await testStores())("routers in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let store: Store;
    let time = start;

    beforeAll(async () => {
      place = await makePlace();
      store = await openStore({ ...place.options, now: () => time });
    });
    afterAll(async () => {
      await store.close();
      await place.remove();
    });

    test("are given back as they were written, with their times", async () => {
      time = start;
      const inserted = await store.routers.insert(router("kept"));
      expect(inserted).toMatchObject({ outcome: "inserted", stored: { router: router("kept"), createdAt: start } });
      const found = await store.routers.get("kept");
      expect(found).toEqual("stored" in inserted ? inserted.stored : undefined);
      expect(await store.routers.get("Kept")).toBeUndefined();
    });

    test("keep every text", async () => {
      const text = "\0 \ud800 😀 \\u0000 'quoted' \"twice\"";
      const variant = { id: text, model: text };
      await store.routers.insert({ name: "odd", routes: [{ id: text, variants: [{ variant, weight: 100 }] }] });
      const found = (await store.routers.get("odd"))?.router.routes[0]?.variants[0]?.variant;
      expect(found).toMatchObject({ id: text, model: text });
    });

    test("are not made twice under one name", async () => {
      await store.routers.insert(router("twice"));
      const revision = await store.routers.revision();
      expect(await store.routers.insert(router("twice", "second"))).toEqual({ outcome: "exists" });
      expect((await store.routers.get("twice"))?.router.description).toBe("first");
      expect(await store.routers.revision()).toBe(revision);
    });

    test("of several inserts of one name at once one is made", async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store.routers.insert(router("raced", String(index)))),
      );
      expect(outcomes.filter(({ outcome }) => outcome === "inserted")).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === "exists")).toHaveLength(7);
    });

    test("are replaced, and keep their name and the time of their making", async () => {
      time = start;
      const inserted = await store.routers.insert(router("changed"));
      const before = "stored" in inserted ? inserted.stored.revision : Number.NaN;
      time = new Date(+start + 5000);
      const updated = await store.routers.update("changed", router("other", "second"));
      expect(updated).toMatchObject({ outcome: "updated", stored: { createdAt: start, updatedAt: time } });
      const found = await store.routers.get("changed");
      expect(found).toEqual("stored" in updated ? updated.stored : undefined);
      expect(found?.router).toEqual(router("changed", "second"));
      expect(found?.revision).toBeGreaterThan(before);
      expect(await store.routers.get("other")).toBeUndefined();
    });

    test("are replaced at the expected revision only, and at one that comes again after a deletion never", async () => {
      await store.routers.insert(router("guarded"));
      const first = (await store.routers.get("guarded"))?.revision;
      await store.routers.update("guarded", router("guarded", "second"), first);
      const second = (await store.routers.get("guarded"))?.revision;
      const late = await store.routers.update("guarded", router("guarded", "late"), first);
      expect(late).toEqual({ outcome: "conflict", revision: second });
      await store.routers.delete("guarded");
      await store.routers.insert(router("guarded", "again"));
      expect(await store.routers.update("guarded", router("guarded", "late"), second)).toMatchObject({
        outcome: "conflict",
      });
      expect((await store.routers.get("guarded"))?.router.description).toBe("again");
    });

    test("of several updates of one revision at once one is done", async () => {
      await store.routers.insert(router("contended"));
      const revision = (await store.routers.get("contended"))?.revision;
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          store.routers.update("contended", router("contended", `${index}`), revision),
        ),
      );
      expect(outcomes.filter(({ outcome }) => outcome === "updated")).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === "conflict")).toHaveLength(7);
    });

    test("that are not there cannot be changed or deleted, and trying does not count as a change", async () => {
      const revision = await store.routers.revision();
      for (const name of ["missing", "", "nul\0", "half \ud800", "' or 1=1 --"]) {
        expect(await store.routers.get(name)).toBeUndefined();
        expect(await store.routers.update(name, router(name))).toEqual({ outcome: "not-found" });
        expect(await store.routers.delete(name)).toEqual({ outcome: "not-found" });
      }
      expect(await store.routers.revision()).toBe(revision);
      await expect(store.routers.insert(router("nul\0"))).rejects.toMatchObject({ code: "invalid" });
    });

    test("raise the revision with every change", async () => {
      const seen = [await store.routers.revision()];
      const steps = [
        () => store.routers.insert(router("counted")),
        () => store.routers.update("counted", router("counted", "second")),
        () => store.routers.delete("counted"),
      ];
      for (const step of steps) {
        await step();
        seen.push(await store.routers.revision());
      }
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect(seen).toHaveLength(4);
    });

    test("that changed together each have a revision of their own", async () => {
      const names = Array.from({ length: 20 }, (_, index) => `together-${index}`);
      await Promise.all(names.map((name) => store.routers.insert(router(name))));
      const revisions = await Promise.all(names.map(async (name) => (await store.routers.get(name))?.revision));
      expect(new Set(revisions).size).toBe(names.length);
      expect(await store.routers.revision()).toBe(Math.max(...revisions.map(Number)));
    });

    test("are changed again after a change that failed half way, which does not count", async () => {
      const revision = await store.routers.revision();
      await place.execute("alter table routers rename to away");
      await expect(store.routers.insert(router("failed"))).rejects.toMatchObject({ code: "unavailable" });
      await place.execute("alter table away rename to routers");
      expect(await store.routers.revision()).toBe(revision);
      expect(await store.routers.insert(router("failed"))).toMatchObject({ stored: { revision: revision + 1 } });
    });
  });
});

describe.each(await testStores())("lists of routers in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let store: Store;
    // Their order by bytes is neither that of a dictionary nor that in which they were made.
    const names = ["b", "B", "a-b", "ab", "a_b", "Z", "ä", "10", "9", "😀", "～"];
    const inOrder = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

    beforeAll(async () => {
      place = await makePlace();
      store = await openStore(place.options);
      for (const name of names) await store.routers.insert(router(name));
    });
    afterAll(async () => {
      await store.close();
      await place.remove();
    });

    async function pages(pageSize: number): Promise<RouterPage[]> {
      const all: RouterPage[] = [];
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const page = await store.routers.list({ pageSize, ...(token === undefined ? {} : { pageToken: token }) });
        all.push(page);
        token = page.nextPageToken;
      }
      return all;
    }
    const namesOf = ({ routers }: RouterPage) => routers.map((stored) => stored.router.name);

    test("are in one order whatever the size of their pages", async () => {
      for (const pageSize of [1, 3, names.length - 1, names.length, 1000]) {
        const all = await pages(pageSize);
        expect(all.flatMap(namesOf)).toEqual(inOrder);
        expect(all).toHaveLength(Math.ceil(names.length / pageSize));
      }
      const { routers, revision } = await store.routers.all();
      expect(routers.map((stored) => stored.router.name)).toEqual(inOrder);
      expect(revision).toBe(await store.routers.revision());
    });

    test("take a size that makes no sense for the nearest that does", async () => {
      for (const pageSize of [0, -5, Number.NaN])
        expect(namesOf((await pages(pageSize))[0] ?? never())).toHaveLength(1);
      expect((await store.routers.list({ pageSize: 2.9 })).routers).toHaveLength(2);
      expect((await store.routers.list({ pageSize: Number.POSITIVE_INFINITY })).routers).toHaveLength(names.length);
    });

    test("go on behind a router that was deleted meanwhile", async () => {
      await store.routers.insert(router("a-c"));
      const { nextPageToken } = await store.routers.list({ pageSize: inOrder.indexOf("a-b") + 2 });
      await store.routers.delete("a-c");
      const rest = await store.routers.list({ pageSize: 1000, pageToken: nextPageToken ?? never() });
      expect(namesOf(rest)).toEqual(inOrder.slice(inOrder.indexOf("a-b") + 1));
    });

    test("refuse a token that they did not give", async () => {
      const asked = fc.asyncProperty(fc.string(), async (pageToken) => {
        const answer = await store.routers.list({ pageSize: 1, pageToken }).catch((error: unknown) => error);
        const genuine = Buffer.from(pageToken, "base64url").toString("base64url") === pageToken && pageToken !== "";
        if (!genuine) expect(answer).toMatchObject({ code: "invalid" });
        expect(answer instanceof Error && !(answer instanceof StoreError)).toBe(false);
      });
      await fc.assert(asked, { numRuns: 50 });
      await expect(store.routers.list({ pageSize: 1, pageToken: "AA" })).rejects.toMatchObject({ code: "invalid" });
    });

    test("name the routers that cannot be read, and hold all the others", async () => {
      const damaged = [
        "{",
        "[]",
        '{"name":"a"}',
        '{"name":"other","routes":[]}',
        '{"name":"bad-4","routes":[{"id":1}]}',
      ];
      for (const [index, text] of damaged.entries()) {
        await place.execute(`insert into routers values ('bad-${index}', '${text}', 1, 1, 1)`);
      }
      const { routers, unreadable } = await store.routers.all();
      expect(routers.map((stored) => stored.router.name)).toEqual(inOrder);
      expect(unreadable.map(({ name }) => name)).toEqual(damaged.map((_, index) => `bad-${index}`));
      for (const { name, message } of unreadable) {
        expect(message).toContain(`"${name}"`);
        await expect(store.routers.get(name)).rejects.toMatchObject({ code: "corrupt", message });
      }
      expect((await pages(2)).flatMap(({ unreadable: some }) => some)).toEqual(unreadable);
      expect(await store.routers.update("bad-0", router("bad-0"))).toMatchObject({ outcome: "updated" });
      for (const { name } of unreadable) {
        expect(await store.routers.delete(name)).toEqual({ outcome: "deleted" });
      }
    });
  });
});

function never(): never {
  throw new Error("the list is shorter than it should be");
}
