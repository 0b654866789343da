import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import { makeKey } from "../../config/key-secret.ts";
import type { Store } from "../open.ts";
import type { AccountStore } from "./accounts.ts";
import { actor, addCredential, CANARY, later, newKey, openThere, start } from "./testing/open-accounts.ts";

describe.each(await testStores())("what was done in $kind", ({ kind, available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let store: Store;
    let accounts: AccountStore;

    beforeAll(async () => {
      place = await makePlace();
      store = await openThere(place, () => start);
      accounts = store.accounts;
    });
    afterAll(async () => {
      await store.close();
      await place.remove();
    });
    const lastAudit = async () => (await accounts.audit.list({ limit: 1 }))[0];

    describe("the audit log", () => {
      test("says who did what, and never a secret", async () => {
        const draft = newKey("audited", { metadata: { tier: "gold" }, expiresAt: later });
        await accounts.keys.create(draft, actor);
        expect(await lastAudit()).toEqual({
          id: expect.any(Number),
          at: start,
          actor: "local",
          actorName: "the owner",
          action: "key.create",
          subject: `keys/${draft.id}`,
          requestId: "req_1",
          detail: { name: "audited", metadata: { tier: "gold" }, expiresAt: later.toISOString() },
        });
        const made = makeKey();
        await accounts.keys.rotate(draft.id, { ...made, previousUntil: later }, actor);
        expect(await lastAudit()).toMatchObject({
          action: "key.rotate",
          detail: { previousUntil: later.toISOString() },
        });
        await addCredential(accounts, { kind: "key", id: draft.id });
        expect(await lastAudit()).toMatchObject({ action: "credential.create", detail: { provider: "openai" } });
        const everything = JSON.stringify(await accounts.audit.list({ limit: 200 }));
        for (const text of [CANARY, draft.digest, made.digest]) expect(everything).not.toContain(text);
      });

      test("keeps what others did too, whatever they are called", async () => {
        const detail = { from: "\0", list: [1, { deep: null }] };
        const odd = { id: "a\0b", name: "\ud800" };
        await accounts.audit.append({ action: "router.delete", subject: "routers/support", detail }, odd);
        expect(await lastAudit()).toMatchObject({ action: "router.delete", actor: "a\ufffdb", detail });
        expect(await lastAudit()).not.toHaveProperty("requestId");
      });

      test("is read in pages, newest first", async () => {
        const all = await accounts.audit.list({ limit: 200 });
        expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => b - a));
        const first = await accounts.audit.list({ limit: 3 });
        const second = await accounts.audit.list({ limit: 3, before: first.at(-1)?.id ?? 0 });
        expect([...first, ...second]).toEqual(all.slice(0, 6));
      });

      test("cannot be changed behind our back either", async () => {
        const before = await accounts.audit.list({ limit: 200 });
        const statements = ["update audit_log set actor = 'nobody'", "delete from audit_log"];
        if (kind === "postgres") statements.push("truncate audit_log");
        for (const sql of statements) await expect(place.execute(sql)).rejects.toThrow(/append-only/);
        expect(await accounts.audit.list({ limit: 200 })).toEqual(before);
      });
    });
  });
});
