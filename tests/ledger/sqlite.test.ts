import { rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../packages/gateway/src/store/open.ts";
import { databaseFile, openSqlite } from "../../packages/gateway/src/store/sqlite.ts";
import { makeFolder } from "../support/stores.ts";
import { settled } from "./entries.ts";

describe("the ledger in a SQLite that others use too", () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = makeFolder();
    store = await openStore({ folder });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("waits for another writer without holding up anybody", async () => {
    const other = new DatabaseSync(databaseFile(folder));
    other.exec("begin immediate; delete from routers");
    let isWritten = false;
    const writing = store.ledger.write([settled()], "one").then(() => {
      isWritten = true;
    });
    // Timers go on while it waits.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isWritten).toBe(false);
    other.exec("commit");
    await writing;
    expect(other.prepare("select count(*) as requests from requests").get()).toEqual({ requests: 1 });
    other.close();
  });

  test("never breaks a transaction that reads and then writes", async () => {
    const { db, close } = openSqlite(folder);
    const writing = await db.transaction().execute(async (trx) => {
      const counter = trx.selectFrom("change_counters").selectAll().where("name", "=", "routers");
      const { revision } = await counter.executeTakeFirstOrThrow();
      const written = store.ledger.write([settled()], "one");
      await new Promise((resolve) => setTimeout(resolve, 20));
      await trx
        .updateTable("change_counters")
        .set({ revision: revision + 1 })
        .where("name", "=", "routers")
        .execute();
      // Not awaited here: it waits for this transaction.
      return { written };
    });
    await writing.written;
    expect(await store.routers.revision()).toBe(1);
    await close();
  });

  test("keeps the log that it writes ahead short", async () => {
    const pageBytes = 4096;
    let written = 0;
    for (let batch = 0; batch < 120; batch += 1) {
      await store.ledger.write(
        Array.from({ length: 256 }, () => settled({ key: `key-${batch % 7}`, session: `session-${batch}` })),
        "one",
      );
      written += 256;
    }
    await store.ledger.sync();
    const log = statSync(`${databaseFile(folder)}-wal`).size;
    expect(log).toBeGreaterThan(0);
    // Without the thread that empties it, it would only be emptied at 8192 pages; with it, at some 2000.
    expect(log).toBeLessThan(5000 * pageBytes);
    const database = new DatabaseSync(databaseFile(folder), { readOnly: true });
    expect(database.prepare("select count(*) as requests from requests").get()).toEqual({ requests: written });
    expect(database.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    database.close();
  });
});
