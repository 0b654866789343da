import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import { secret } from "../../config/secret.ts";
import { openStore, type Store } from "../open.ts";
import type { KeptObject } from "./object-rows.ts";

const encryptionKey = secret("a passphrase of these tests");

let place: TestPlace;
let store: Store;
let time: number;

const file = (id: string, more: Partial<KeptObject> = {}): Omit<KeptObject, "billed"> => ({
  kind: "openai-file",
  id,
  keyId: "ann",
  provider: "openai",
  credential: "openai#1",
  purpose: "batch",
  facts: { models: ["m"] },
  createdAt: time,
  ...more,
});
const named = (id: string, keyId = "ann") => ({ kind: "openai-file" as const, id, keyId });

describe.each(await testStores())("files and batches in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    beforeEach(async () => {
      time = 1_800_000_000_000;
      place = await makePlace();
      store = await openStore({ ...place.options, encryptionKey, now: () => new Date(time) });
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    test("what was put is there after a restart, for its key and kind alone", async () => {
      const seen = Buffer.from('{"filename":"secret.jsonl"}');
      expect(await store.objects.put(file("f1", { seen, team: "t", org: "o" }))).toBe(true);
      await store.close();
      store = await openStore({ ...place.options, encryptionKey, now: () => new Date(time) });
      const found = await store.objects.get(named("f1"));
      expect(found).toMatchObject({
        facts: { models: ["m"] },
        team: "t",
        org: "o",
        credential: "openai#1",
        billed: false,
      });
      expect(Buffer.from(found?.seen ?? []).toString()).toBe(seen.toString());
      expect(await store.objects.get(named("f1", "bob"))).toBeUndefined();
      expect(await store.objects.get({ ...named("f1"), kind: "openai-batch" })).toBeUndefined();
      expect(await store.objects.get(named("f\0"))).toBeUndefined();
    });

    test("nobody takes over what is another's, another provider's or another account's", async () => {
      await store.objects.put(file("f1"));
      expect(await store.objects.put(file("f1", { keyId: "bob" }))).toBe(false);
      expect(await store.objects.put(file("f1", { provider: "groq" }))).toBe(false);
      expect(await store.objects.put(file("f1", { credential: "openai#2" }))).toBe(false);
      expect(await store.objects.put(file("f1", { purpose: "batch_output" }))).toBe(true);
      expect(await store.objects.get(named("f1"))).toMatchObject({ purpose: "batch_output" });
      expect(await store.objects.delete(named("f1", "bob"))).toBe(false);
      expect(await store.objects.places("openai-file", ["f1", "f2"])).toEqual([
        { id: "f1", keyId: "ann", provider: "openai", credential: "openai#1" },
      ]);
    });

    test("what has expired is not there, and its id is free again", async () => {
      await store.objects.put(file("f1", { expiresAt: time + 10 }));
      time += 10;
      expect(await store.objects.get(named("f1"))).toBeUndefined();
      expect(await store.objects.places("openai-file", ["f1"])).toEqual([]);
      expect(await store.objects.put(file("f1", { keyId: "bob" }))).toBe(true);
      await store.objects.put(file("f2", { expiresAt: time + 10 }));
      time += 10;
      expect(await store.objects.expire()).toBe(1);
    });

    describe("billing", () => {
      test("is claimed by one of many, and by another only when that one has not said more for long", async () => {
        await store.objects.put(file("f1"));
        const claims = await Promise.all(
          Array.from({ length: 10 }, () => store.objects.claimBilling(named("f1"), 1000)),
        );
        expect(claims.filter(Boolean)).toHaveLength(1);
        time += 1000;
        expect(await store.objects.claimBilling(named("f1"), 1000)).toBe(true);
        await store.objects.billed(named("f1"));
        time += 5000;
        expect(await store.objects.claimBilling(named("f1"), 1000)).toBe(false);
        expect((await store.objects.get(named("f1")))?.billed).toBe(true);
      });

      test("is not forgotten when the object is seen or put again", async () => {
        await store.objects.put(file("f1"));
        await store.objects.claimBilling(named("f1"), 1000);
        await store.objects.billed(named("f1"));
        await store.objects.put(file("f1"));
        await store.objects.see(named("f1"), Buffer.from("{}"));
        expect((await store.objects.get(named("f1")))?.billed).toBe(true);
      });
    });

    test("lists are in order, in pages, by purpose, and of one key", async () => {
      for (const [index, id] of ["c", "a", "b", "d"].entries()) {
        await store.objects.put(
          file(id, { createdAt: time + Math.floor(index / 2), purpose: id === "d" ? "vision" : "batch" }),
        );
      }
      await store.objects.put(file("x", { keyId: "bob" }));
      const list = async (more: object) => {
        const page = { kind: "openai-file" as const, keyId: "ann", limit: 10, order: "desc" as const, ...more };
        const found = await store.objects.list(page);
        return found && [found.objects.map(({ id }) => id).join(""), found.hasMore];
      };
      expect(await list({})).toEqual(["dbca", false]);
      expect(await list({ limit: 2 })).toEqual(["db", true]);
      expect(await list({ limit: 2, after: "b" })).toEqual(["ca", false]);
      expect(await list({ order: "asc", after: "a" })).toEqual(["cbd", false]);
      expect(await list({ purpose: "batch" })).toEqual(["bca", false]);
      expect(await list({ after: "x" })).toBeUndefined();
      await store.objects.deleteOf("ann");
      expect(await list({})).toEqual(["", false]);
    });

    test("what was deleted, or whose key is no more, is nobody's", async () => {
      const seen = Buffer.from("words");
      await store.objects.put(file("f1", { seen }));
      await store.objects.put(file("f2", { seen }));
      expect(await store.objects.delete(named("f1"))).toBe(true);
      expect(await store.objects.delete(named("f1"))).toBe(false);
      await store.objects.deleteOf("ann");
      for (const id of ["f1", "f2"]) {
        expect(await store.objects.get(named(id))).toBeUndefined();
        expect(await store.objects.put(file(id, { keyId: "bob" }))).toBe(false);
      }
      expect((await store.objects.places("openai-file", ["f1", "f2"])).map(({ gone }) => gone)).toEqual([true, true]);
      time += 31 * 86_400_000;
      expect(await store.objects.expire()).toBe(1);
      expect((await store.objects.places("openai-file", ["f1", "f2"])).map(({ id }) => id)).toEqual(["f2"]);
    });
  });
});
