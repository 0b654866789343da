import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder, type TestPlace, testStores } from "../../../../tests/support/stores.ts";
import { openStore } from "./open.ts";

const actor = { id: "test", name: "test" };

describe.each(await testStores())("beside a gateway on $kind", ({ kind, available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    beforeEach(async () => {
      place = await makePlace();
    });
    afterEach(() => place.remove());
    const table = `${kind === "postgres" ? "signalbox." : ""}kysely_migration`;
    const openBeside = () => openStore({ ...place.options, beside: true });

    test("the store is opened without its lock, and changes are seen from either side", async () => {
      const gateway = await openStore(place.options);
      const beside = await openBeside();
      const before = await gateway.accounts.revision();
      const made = await beside.accounts.organisations.create({ name: "made beside" }, actor);
      expect((await gateway.accounts.organisations.get(made.id))?.name).toBe("made beside");
      expect(await gateway.accounts.revision()).toBeGreaterThan(before);
      await gateway.accounts.organisations.delete(made.id, actor);
      expect(await beside.accounts.organisations.get(made.id)).toBeUndefined();
      await beside.close();
      expect((await gateway.accounts.organisations.create({ name: "still open" }, actor)).name).toBe("still open");
      await gateway.close();
    });

    test("it can be opened when the gateway is gone", async () => {
      await (await openStore(place.options)).close();
      const beside = await openBeside();
      expect(await beside.accounts.keys.list({ limit: 1 })).toEqual([]);
      await beside.close();
      await (await openStore(place.options)).close();
    });

    test("tables of another version are left alone, older ones too", async () => {
      await (await openStore(place.options)).close();
      await place.execute(`delete from ${table} where name > '0003'`);
      await expect(openBeside()).rejects.toThrow(
        "was written by an older version of Signalbox. Start this one there once",
      );
      await place.execute(`insert into ${table} values ('9999-later', '2099-01-01T00:00:00.000Z')`);
      await expect(openBeside()).rejects.toThrow('was written by a newer version of Signalbox (it has "9999-later")');
    });

    test("where there is nothing yet, nothing is made", async () => {
      await expect(openBeside()).rejects.toMatchObject({ name: expect.stringMatching(/StoreError|DataFolderError/) });
      if (kind === "sqlite") expect(readdirSync(place.options.folder)).toEqual([]);
      else await expect(openBeside()).rejects.toThrow("has no tables yet");
    });
  });
});

test("a folder that is not there is not made", async () => {
  const folder = join(makeFolder(), "nowhere");
  await expect(openStore({ folder, beside: true })).rejects.toThrow(`There is no database in ${folder} yet`);
  expect(existsSync(folder)).toBe(false);
});
