import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import { makeKey } from "../../config/key-secret.ts";
import type { Store } from "../open.ts";
import type { AccountStore, NewKey } from "./accounts.ts";
import { actor, addCredential, invalid, later, newKey, openThere, start } from "./testing/open-accounts.ts";

describe.each(await testStores())("keys in $kind", ({ kind, available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let store: Store;
    let accounts: AccountStore;
    let time = start;

    beforeAll(async () => {
      place = await makePlace();
      store = await openThere(place, () => time);
      accounts = store.accounts;
    });
    afterAll(async () => {
      await store.close();
      await place.remove();
    });

    describe("keys", () => {
      test("are given back as they were made", async () => {
        time = start;
        const { organisations, teams, groups, keys } = accounts;
        const org = await organisations.create({ name: "Railway" }, actor);
        const team = await teams.create({ name: "Signals", org: org.id }, actor);
        const group = await groups.create({ name: "OpenAI only", channels: [] }, actor);
        const draft = newKey("full", {
          team: team.id,
          group: group.id,
          role: "editor",
          policy: {
            models: ["gpt-*"],
            routers: [],
            providers: ["openai"],
            surfaces: ["gemini"],
            allowCidrs: ["10.0.0.0/8"],
            denyCidrs: ["10.1.0.0/16"],
            limits: [{ unit: "tokens", per: "5h", limit: 1_000_000 }],
            concurrency: 3,
            budgets: [{ per: "agent", window: "week", limitNano: 1_500_000_000, softPercent: 80 }],
            privacy: { retainBodiesHours: 1.5, blockedProviders: ["x"], regions: ["eu"], zeroRetention: true },
          },
          metadata: { tier: "gold \0 \ud800", deep: { list: [1, "ü"] } },
          metadataMode: "off",
          cache: { enabled: true, ttlSeconds: 60, match: "exact", toolCalls: true },
          disabled: true,
          expiresAt: later,
        });
        const made = await keys.create(draft, actor);
        const { team: _team, group: _group, ...rest } = draft;
        expect(made).toMatchObject({ ...rest, org: org.id, team: team.id, group: group.id });
        expect(made).toMatchObject({ createdAt: start, createdBy: "local" });
        expect(await keys.get(draft.id)).toEqual(made);
      });

      test("say nothing of what was not chosen", async () => {
        const draft = newKey("bare");
        const made = await accounts.keys.create(draft, actor);
        expect(Object.keys(made).toSorted()).toEqual([
          "createdAt",
          "createdBy",
          "digest",
          "disabled",
          "id",
          "lastFour",
          "metadata",
          "name",
          "policy",
          "revision",
        ]);
        expect(made).toMatchObject({ policy: {}, metadata: {}, disabled: false });
      });

      test("change only where a change says something, and null takes away", async () => {
        const { organisations, teams, keys } = accounts;
        const org = await organisations.create({ name: "o" }, actor);
        const team = await teams.create({ name: "t", org: org.id }, actor);
        const draft = newKey("changing", { team: team.id, role: "viewer", expiresAt: later, metadata: { a: 1 } });
        const made = await keys.create(draft, actor);
        const update = await keys.update(draft.id, { name: "changed", role: null, expiresAt: null }, { actor });
        const { role: _role, expiresAt: _expires, ...kept } = made;
        expect(update).toEqual({
          outcome: "changed",
          value: { ...kept, name: "changed", revision: expect.any(Number) },
        });
        expect(await keys.get(draft.id)).toEqual("value" in update ? update.value : undefined);
        const alone = await keys.update(draft.id, { team: null, org: null, disabled: true }, { actor });
        expect(alone).toMatchObject({ value: { disabled: true, metadata: { a: 1 } } });
        expect(alone).not.toHaveProperty("value.team");
        expect(alone).not.toHaveProperty("value.org");
      });

      test("of several changes at one revision the first wins, and the others are told", async () => {
        const draft = newKey("raced");
        const { revision } = await accounts.keys.create(draft, actor);
        const names = Array.from({ length: 8 }, (_, index) => `name ${index}`);
        const outcomes = await Promise.all(
          names.map((name) => accounts.keys.update(draft.id, { name }, { actor, revision })),
        );
        const won = outcomes.filter(({ outcome }) => outcome === "changed");
        expect(won).toHaveLength(1);
        expect(outcomes.filter(({ outcome }) => outcome === "conflict")).toHaveLength(7);
        const now = await accounts.keys.get(draft.id);
        expect(won[0]).toEqual({ outcome: "changed", value: now });
        expect(outcomes).toContainEqual({ outcome: "conflict", revision: now?.revision });
        expect(now?.revision).toBeGreaterThan(revision);
      });

      test.skipIf(kind === "sqlite")("of changes by several replicas each is one step, and none is lost", async () => {
        const replicas = await Promise.all([1, 2, 3].map(() => openThere(place, () => start)));
        const draft = newKey("shared");
        const { revision } = await accounts.keys.create(draft, actor);
        const steps = await Promise.all(
          replicas.flatMap((replica, index) =>
            Array.from({ length: 10 }, (_, step) =>
              replica.accounts.keys.update(draft.id, { name: `${index}.${step}` }, { actor }),
            ),
          ),
        );
        const revisions = steps.map((step) => ("value" in step ? step.value.revision : Number.NaN));
        expect(revisions.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: 30 }, (_, step) => revision + 1 + step),
        );
        expect(await accounts.revision()).toBe(revision + 30);
        const last = steps[revisions.indexOf(revision + 30)];
        expect(last).toEqual({ outcome: "changed", value: await accounts.keys.get(draft.id) });
        const entries = await accounts.audit.list({ limit: 30 });
        expect(new Set(entries.map(({ detail }) => detail["name"])).size).toBe(30);
        const raced = await Promise.all(
          replicas.map((replica) =>
            replica.accounts.keys.update(draft.id, { name: "x" }, { actor, revision: revision + 30 }),
          ),
        );
        expect(raced.map(({ outcome }) => outcome).toSorted()).toEqual(["changed", "conflict", "conflict"]);
        await Promise.all(replicas.map((replica) => replica.close()));
      });

      test("are not made twice, under one id or with one secret", async () => {
        const draft = newKey("once");
        await accounts.keys.create(draft, actor);
        const before = await accounts.revision();
        await expect(accounts.keys.create({ ...newKey("twice"), id: draft.id }, actor)).rejects.toMatchObject(invalid);
        const sameSecret = { ...newKey("twice"), digest: draft.digest };
        await expect(accounts.keys.create(sameSecret, actor)).rejects.toMatchObject(invalid);
        expect(await accounts.revision()).toBe(before);
        expect((await accounts.keys.get(draft.id))?.name).toBe("once");
      });

      test("belong to nobody who is not there, and to no two organisations", async () => {
        const { organisations, teams, groups, keys } = accounts;
        const one = await organisations.create({ name: "one" }, actor);
        const two = await organisations.create({ name: "two" }, actor);
        const team = await teams.create({ name: "of one", org: one.id }, actor);
        const group = await groups.create({ name: "of one", org: one.id, channels: [] }, actor);
        const refused: Partial<NewKey>[] = [
          { org: "org_0" },
          { team: "team_0" },
          { group: "group_0" },
          { org: "\0" },
          { team: "a\0b" },
          { group: "\0" },
          { team: team.id, org: two.id },
          { group: group.id },
          { group: group.id, org: two.id },
        ];
        for (const owners of refused) {
          await expect(keys.create(newKey("lost", owners), actor)).rejects.toMatchObject(invalid);
        }
        await expect(teams.create({ name: "t", org: "org_0" }, actor)).rejects.toMatchObject(invalid);
        await expect(groups.create({ name: "g", org: "\0", channels: [] }, actor)).rejects.toMatchObject(invalid);
        const key = await keys.create(newKey("in", { team: team.id, group: group.id }), actor);
        const other = await teams.create({ name: "of two", org: two.id }, actor);
        await expect(keys.update(key.id, { team: other.id }, { actor })).rejects.toMatchObject(invalid);
        const moved = await keys.update(key.id, { team: other.id, group: null }, { actor });
        expect(moved).toMatchObject({ value: { team: other.id, org: two.id } });
      });

      test.each(["", "a\0b", "\ud800", "x".repeat(201)])("are not called %j", async (name) => {
        await expect(accounts.keys.create(newKey(name), actor)).rejects.toMatchObject(invalid);
        await expect(accounts.organisations.create({ name }, actor)).rejects.toMatchObject(invalid);
        const key = await accounts.keys.create(newKey("fine"), actor);
        await expect(accounts.keys.update(key.id, { name }, { actor })).rejects.toMatchObject(invalid);
      });

      test.each(["", "\0", "\ud800", "' or 1=1 --", "x".repeat(100_000)])("are not found as %.20j", async (id) => {
        const { keys, teams, organisations, groups, credentials } = accounts;
        expect(await keys.get(id)).toBeUndefined();
        expect(await keys.update(id, { name: "x" }, { actor })).toEqual({ outcome: "not-found" });
        const secretOf = { digest: "0".repeat(64), lastFour: "0000", previousUntil: later };
        expect(await keys.rotate(id, secretOf, actor)).toBeUndefined();
        for (const one of [keys, teams, organisations, groups, credentials]) {
          expect(await one.get(id)).toBeUndefined();
          expect(await one.delete(id, actor)).toBe("not-found");
        }
        for (const one of [teams, organisations, groups]) {
          expect(await one.update(id, { name: "x" }, { actor })).toEqual({ outcome: "not-found" });
        }
        expect(await credentials.list({ kind: "key", id })).toEqual([]);
      });
    });

    describe("a secret", () => {
      test("is found with everything that decides what its key may do", async () => {
        const { organisations, teams, groups, keys } = accounts;
        const org = await organisations.create({ name: "o", policy: { models: ["a"] } }, actor);
        const team = await teams.create({ name: "t", org: org.id, policy: { concurrency: 1 } }, actor);
        const channels = [{ provider: "openai", credential: "main", priority: 0, weight: 1 }];
        const group = await groups.create({ name: "g", channels, models: ["gpt-5"] }, actor);
        const draft = newKey("found", { team: team.id, group: group.id });
        const key = await keys.create(draft, actor);
        expect(await keys.find(draft.digest)).toEqual({ key, team, org, group, credentials: [] });
        expect(await keys.find("0".repeat(64))).toBeUndefined();
      });

      test("that was rotated is found by both of its digests, and the one before that no more", async () => {
        const draft = newKey("rotated");
        await accounts.keys.create(draft, actor);
        const [second, third] = [makeKey(), makeKey()];
        for (const { digest, lastFour } of [second, third]) {
          await accounts.keys.rotate(draft.id, { digest, lastFour, previousUntil: later }, actor);
        }
        const found = await accounts.keys.find(third.digest);
        expect(found?.key).toMatchObject({
          id: draft.id,
          digest: third.digest,
          lastFour: third.lastFour,
          previous: { digest: second.digest, until: later },
        });
        expect(await accounts.keys.find(second.digest)).toEqual(found);
        expect(await accounts.keys.find(draft.digest)).toBeUndefined();
      });

      test("of a deleted key opens nothing; the key stays to be named, and its digest is never taken again", async () => {
        const draft = newKey("gone");
        await accounts.keys.create(draft, actor);
        await addCredential(accounts, { kind: "key", id: draft.id });
        time = later;
        expect(await accounts.keys.delete(draft.id, actor)).toBe("deleted");
        expect(await accounts.keys.delete(draft.id, actor)).toBe("not-found");
        expect(await accounts.keys.find(draft.digest)).toBeUndefined();
        expect(await accounts.keys.get(draft.id)).toMatchObject({ name: "gone", deletedAt: later });
        expect(await accounts.keys.update(draft.id, { name: "back" }, { actor })).toEqual({ outcome: "not-found" });
        const again = { ...newKey("again"), digest: draft.digest };
        await expect(accounts.keys.create(again, actor)).rejects.toMatchObject(invalid);
        expect(await accounts.credentials.list({ kind: "key", id: draft.id })).toEqual([]);
        const all = await accounts.keys.list({ limit: 200 });
        expect(all.map(({ id }) => id)).not.toContain(draft.id);
        time = start;
      });
    });

    test("touching notes the last use of many keys, and never an earlier one", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => accounts.keys.create(newKey("used"), actor)));
      const used = new Map(all.map(({ id }, index) => [id, new Date(+start + index)]));
      const strangers = Array.from({ length: 12_000 }, (_, index) => [`stranger${index}`, start] as const);
      await accounts.keys.touch(new Map([...strangers, ...used]));
      await accounts.keys.touch(new Map(all.map(({ id }) => [id, new Date(+start + 10)])));
      const seen = await Promise.all(all.map(({ id }) => accounts.keys.get(id)));
      expect(seen.map((key) => +(key?.lastUsedAt ?? 0) - +start)).toEqual(all.map((_, index) => Math.max(10, index)));
      await accounts.keys.touch(new Map());
    });

    test("ten thousand keys are paged through, each of them once, also within an organisation", async () => {
      const org = await accounts.organisations.create({ name: "large" }, actor);
      const ids = Array.from({ length: 10_000 }, (_, index) => `p${String(index).padStart(11, "0")}`);
      for (let at = 0; at < ids.length; at += 1000) {
        const rows = ids.slice(at, at + 1000).map((id) => {
          const digest = id.padStart(64, "0");
          return `('${id}', 'page', '${digest}', '0000', '${org.id}', '{}', '{}', 0, 0, 'local', 0)`;
        });
        const columns =
          "id, name, digest, last_four, org_id, policy, metadata, disabled, created_at, created_by, revision";
        await place.execute(`insert into keys (${columns}) values ${rows.join(", ")}`);
      }
      const seen: string[] = [];
      for (let after = ""; ; ) {
        const page = await accounts.keys.list({ limit: 200, after, scope: { org: org.id } });
        seen.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.id;
      }
      expect(seen).toEqual(ids);
      expect(await accounts.keys.list({ limit: 1_000_000, scope: { org: org.id } })).toHaveLength(200);
      expect(await accounts.keys.list({ limit: Number.NaN, scope: { org: "org_0" } })).toEqual([]);
    });
  });
});
