import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import type { Store } from "../open.ts";
import type { AccountStore } from "./accounts.ts";
import { actor, addCredential, invalid, later, newKey, openThere, start } from "./testing/open-accounts.ts";

describe.each(await testStores())("accounts in $kind", ({ available, makePlace }) => {
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

    test("owners are changed, and go only when nothing belongs to them", async () => {
      const { organisations, teams, groups, keys } = accounts;
      const org = await organisations.create({ name: "first" }, actor);
      const renamed = await organisations.update(
        org.id,
        { name: "second", policy: { concurrency: 2 } },
        { actor, revision: org.revision },
      );
      expect(renamed).toMatchObject({ outcome: "changed", value: { name: "second", policy: { concurrency: 2 } } });
      expect(await organisations.get(org.id)).toEqual("value" in renamed ? renamed.value : undefined);
      const stale = await organisations.update(org.id, { name: "x" }, { actor, revision: org.revision });
      expect(stale).toMatchObject({ outcome: "conflict" });
      const team = await teams.create({ name: "t", org: org.id }, actor);
      const group = await groups.create({ name: "g", org: org.id, channels: [], models: ["m"] }, actor);
      expect(await groups.update(group.id, { models: null, name: "h" }, { actor })).toEqual({
        outcome: "changed",
        value: { id: group.id, name: "h", org: org.id, channels: [], createdAt: start, revision: expect.any(Number) },
      });
      const key = await keys.create(newKey("k", { team: team.id, group: group.id }), actor);
      const credential = await addCredential(accounts, { kind: "team", id: team.id });
      const other = await organisations.create({ name: "other" }, actor);
      await expect(teams.update(team.id, { org: other.id }, { actor })).rejects.toMatchObject(invalid);
      await expect(groups.update(group.id, { org: other.id }, { actor })).rejects.toMatchObject(invalid);
      await expect(organisations.delete(org.id, actor)).rejects.toMatchObject(invalid);
      await expect(teams.delete(team.id, actor)).rejects.toThrow(/while keys belong to it/);
      await expect(groups.delete(group.id, actor)).rejects.toThrow(/while keys belong to it/);
      await keys.delete(key.id, actor);
      await expect(teams.delete(team.id, actor)).rejects.toThrow(/while credentials belong to it/);
      await accounts.credentials.delete(credential.id, actor);
      await expect(organisations.delete(org.id, actor)).rejects.toThrow(/while teams belong to it/);
      expect(await teams.delete(team.id, actor)).toBe("deleted");
      await expect(organisations.delete(org.id, actor)).rejects.toThrow(/while groups belong to it/);
      expect(await groups.delete(group.id, actor)).toBe("deleted");
      expect(await organisations.delete(org.id, actor)).toBe("deleted");
      expect(await organisations.get(org.id)).toBeUndefined();
    });

    describe("changes", () => {
      test("move the revision, each by itself; looking and touching do not", async () => {
        const before = await accounts.revision();
        const key = await accounts.keys.create(newKey("counts"), actor);
        expect(await accounts.revision()).toBe(before + 1);
        await accounts.keys.touch(new Map([[key.id, later]]));
        await accounts.keys.find(key.digest);
        await accounts.keys.update("nobody00000", { name: "x" }, { actor });
        await accounts.audit.append({ action: "router.delete", subject: "routers/x", detail: {} }, actor);
        expect(await accounts.revision()).toBe(before + 1);
        await addCredential(accounts, { kind: "key", id: key.id });
        expect(await accounts.revision()).toBe(before + 2);
      });

      test("are told by what they touched, credentials with their owners", async () => {
        const org = await accounts.organisations.create({ name: "o" }, actor);
        const team = await accounts.teams.create({ name: "t", org: org.id }, actor);
        const group = await accounts.groups.create({ name: "g", channels: [] }, actor);
        const key = await accounts.keys.create(newKey("told"), actor);
        const since = await accounts.revision();
        const nothing = { key: new Set(), team: new Set(), org: new Set(), group: new Set() };
        expect(await accounts.changedSince(since)).toEqual({ revision: since, changed: nothing });
        await addCredential(accounts, { kind: "org", id: org.id });
        await accounts.teams.update(team.id, { name: "u" }, { actor });
        await accounts.groups.update(group.id, { name: "h" }, { actor });
        await accounts.keys.delete(key.id, actor);
        expect(await accounts.changedSince(since)).toEqual({
          revision: since + 4,
          changed: {
            key: new Set([key.id]),
            team: new Set([team.id]),
            org: new Set([org.id]),
            group: new Set([group.id]),
          },
        });
      });

      test("are whole or not at all", async () => {
        const draft = newKey("half");
        const before = await accounts.revision();
        await place.execute("alter table audit_log rename to audit_log_away");
        await expect(accounts.keys.create(draft, actor)).rejects.toMatchObject({ code: "unavailable" });
        await place.execute("alter table audit_log_away rename to audit_log");
        expect(await accounts.keys.get(draft.id)).toBeUndefined();
        expect(await accounts.revision()).toBe(before);
        await accounts.keys.create(draft, actor);
      });
    });

    test("a damaged row is told by its name, and opens nothing", async () => {
      const draft = newKey("damaged");
      await accounts.keys.create(draft, actor);
      const damages = [`policy = '{"models": "all"}'`, `policy = 'not json'`, `policy = '{}', team_id = 'team_gone'`];
      for (const set of damages) {
        await place.execute(`update keys set ${set} where id = '${draft.id}'`);
        const finding = accounts.keys.find(draft.digest);
        await expect(finding).rejects.toMatchObject({ name: "StoreError", code: "corrupt" });
        await expect(finding).rejects.toThrow(`keys/${draft.id}`);
      }
      await accounts.keys.delete(draft.id, actor);
    });
  });
});
