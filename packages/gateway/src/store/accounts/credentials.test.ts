import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import { secret } from "../../config/secret.ts";
import { openStore, type Store } from "../open.ts";
import type { AccountStore } from "./accounts.ts";
import { actor, addCredential, CANARY, invalid, newKey, openThere, start } from "./testing/open-accounts.ts";

describe.each(await testStores())("provider credentials in $kind", ({ available, makePlace }) => {
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

    describe("credentials", () => {
      test("of a provider are the nearest owner's, and those of a group stand alone", async () => {
        const org = await accounts.organisations.create({ name: "o" }, actor);
        const team = await accounts.teams.create({ name: "t", org: org.id }, actor);
        const group = await accounts.groups.create({ name: "g", channels: [] }, actor);
        const draft = newKey("owns", { team: team.id });
        await accounts.keys.create(draft, actor);
        await addCredential(accounts, { kind: "org", id: org.id }, { value: "org-openai" });
        await addCredential(accounts, { kind: "org", id: org.id }, { provider: "groq", value: "org-groq" });
        await addCredential(accounts, { kind: "team", id: team.id }, { value: "team-openai-1" });
        await addCredential(accounts, { kind: "team", id: team.id }, { value: "team-openai-2" });
        await addCredential(accounts, { kind: "key", id: draft.id }, { provider: "mistral", value: "key-mistral" });
        await addCredential(accounts, { kind: "group", id: group.id }, { provider: "xai", value: "group-xai" });
        const secrets = async () => {
          const found = await accounts.keys.find(draft.digest);
          return found?.credentials.map((one) => `${one.provider} ${one.secret.reveal()}`).toSorted();
        };
        expect(await secrets()).toEqual([
          "groq org-groq",
          "mistral key-mistral",
          "openai team-openai-1",
          "openai team-openai-2",
        ]);
        await accounts.keys.update(draft.id, { group: group.id }, { actor });
        expect(await secrets()).toEqual(["xai group-xai"]);
      });

      test("are listed without their secrets, and refused where nobody owns them", async () => {
        const key = await accounts.keys.create(newKey("lists"), actor);
        const made = await addCredential(accounts, { kind: "key", id: key.id });
        expect(made).toEqual({
          id: expect.stringMatching(/^cred_[0-9A-Za-z]{16}$/),
          owner: { kind: "key", id: key.id },
          provider: "openai",
          name: "own",
          priority: 0,
          weight: 1,
          createdAt: start,
        });
        expect(await accounts.credentials.list(made.owner)).toEqual([made]);
        expect(await accounts.credentials.get(made.id)).toEqual(made);
        for (const kind of ["key", "team", "org", "group"] as const) {
          await expect(addCredential(accounts, { kind, id: "nobody" })).rejects.toMatchObject(invalid);
        }
        await accounts.keys.delete(key.id, actor);
        await expect(addCredential(accounts, { kind: "key", id: key.id })).rejects.toMatchObject(invalid);
      });

      test("do not open in another's row", async () => {
        const keys = [newKey("victim"), newKey("thief")] as const;
        for (const key of keys) await accounts.keys.create(key, actor);
        const [victim, thief] = [
          await addCredential(accounts, { kind: "key", id: keys[0].id }),
          await addCredential(accounts, { kind: "key", id: keys[1].id }),
        ];
        await place.execute(
          `update provider_credentials set sealed = (select sealed from provider_credentials where id = '${victim.id}') ` +
            `where id = '${thief.id}'`,
        );
        const stolen = (await accounts.keys.find(keys[1].digest))?.credentials[0];
        expect(stolen?.provider).toBe("openai");
        expect(() => stolen?.secret.reveal()).toThrow(/was changed, or belongs to another row/);
        const own = (await accounts.keys.find(keys[0].digest))?.credentials[0];
        expect(own?.secret.reveal()).toBe(CANARY);
      });

      test("that another key has encrypted keep the store from opening, and say why", async () => {
        await accounts.keys
          .create(newKey("sealed"), actor)
          .then(({ id }) => addCredential(accounts, { kind: "key", id }));
        await store.close();
        const other = { ...place.options, encryptionKey: secret("f".repeat(64)) };
        await expect(openStore(other)).rejects.toMatchObject({ name: "StoreError", code: "corrupt" });
        await expect(openStore(other)).rejects.toThrow(/they were encrypted with another key/);
        await expect(openStore(place.options)).rejects.toThrow(/no encryption key is configured/);
        store = await openThere(place, () => start);
        accounts = store.accounts;
      });
    });
  });
});
