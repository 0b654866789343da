import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "../../../../../tests/support/stores.ts";
import { openStore, type Store } from "../open.ts";
import type { Database } from "../schema.ts";
import { databaseFile, openSqlite } from "../sqlite.ts";
import { openReader } from "./reader.ts";

/** Some hundred milliseconds of one single step. */
const LONG = 1_000_000;

const numbers = (most: number) =>
  sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < ${most})`;
const long = sql<{ many: number }>`${numbers(LONG)} select count(*) as many from n`;

/** How often something else had its turn while it was waited for. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const others = (async () => {
    while (!done) {
      await nextTurn();
      turns += 1;
    }
  })();
  await work.finally(() => {
    done = true;
  });
  const counted = turns;
  await others;
  return counted;
}

/** Before anything else had its turn, as SQLite on this thread would. */
async function isDoneAtOnce(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  const ended = work.then(() => {
    done = true;
  });
  for (let step = 0; step < 10_000; step += 1) await Promise.resolve();
  const atOnce = done;
  await ended;
  return atOnce;
}

async function nextThread(): Promise<Worker> {
  const [thread] = await once(process, "worker");
  if (!(thread instanceof Worker)) throw new Error("no thread has started");
  return thread;
}

describe("a reader", () => {
  let folder: string;
  let database: Database;
  let reader: Database;
  beforeEach(() => {
    folder = makeFolder();
    database = openSqlite(folder);
    reader = openReader(database, databaseFile(folder));
  });
  afterEach(async () => {
    await reader.close();
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const both = (query: typeof long) => Promise.all([reader, database].map(({ db }) => query.execute(db)));

  test("lets everything else go on while a query takes long", async () => {
    const answer = long.execute(reader.db);
    expect(await turnsDuring(answer)).toBeGreaterThan(10);
    expect((await answer).rows).toEqual([{ many: LONG }]);
  });

  test("reads what the connection that writes reads", async () => {
    await sql`create table kept (amount integer, share real, name text, bytes blob)`.execute(database.db);
    for (const amount of [0, -1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER + 1, null]) {
      const bytes = new Uint8Array([0, 255]);
      await sql`insert into kept values (${amount}, ${0.1}, ${"ein Gleis – 軌\u0000"}, ${bytes})`.execute(database.db);
    }
    const [read, own] = await both(sql`select *, amount - ${1n} as less from kept where name <> ${""} order by rowid`);
    expect(read?.rows).toHaveLength(5);
    expect(read).toEqual(own);
  });

  test.each([
    ["a number that is not exact", sql<{ many: number }>`select 9007199254740993 as many`],
    ["a table that is not there", sql<{ many: number }>`select many from nowhere`],
    ["a parameter that it has no type for", sql<{ many: number }>`select ${true} as many`],
  ])("refuses %s in the same words, and goes on", async (_, query) => {
    const refused = await query.execute(database.db).catch(String);
    expect(await query.execute(reader.db).catch(String)).toContain(String(refused).replace(/^\w+: /, ""));
    expect((await sql`select 1 as one`.execute(reader.db)).rows).toEqual([{ one: 1 }]);
  });

  test("sees what was written after it has met a row that it cannot read", async () => {
    await sql`create table kept (amount integer)`.execute(database.db);
    await sql`insert into kept values (1), (9007199254740993)`.execute(database.db);
    const amounts = sql<{ amount: number }>`select amount from kept`;
    await expect(amounts.execute(reader.db)).rejects.toThrow("too large");
    await sql`update kept set amount = 2 where amount > 1`.execute(database.db);
    expect((await amounts.execute(reader.db)).rows).toEqual([{ amount: 1 }, { amount: 2 }]);
  });

  test("has its thread end, and not the process, over an answer without bounds", async () => {
    const endless = sql`${numbers(1_000_000)} select printf('%.*c', 1000000, 'x') as text from n`;
    await expect(endless.execute(reader.db)).rejects.toThrow("reaching memory limit");
    expect((await sql`select 1 as one`.execute(reader.db)).rows).toEqual([{ one: 1 }]);
  });

  test("changes nothing", async () => {
    await expect(sql`create table made (id text)`.execute(reader.db)).rejects.toThrow("readonly database");
    await expect(reader.db.transaction().execute(async () => {})).rejects.toThrow("only reads");
  });

  test("takes over long answers in pieces, all of them and in their order", async () => {
    const answer = sql<{ i: number }>`${numbers(1_001)} select i from n`.execute(reader.db);
    expect((await answer).rows.map(({ i }) => i)).toEqual(Array.from({ length: 1_001 }, (_, index) => index + 1));
    expect(await turnsDuring(sql`${numbers(10_000)} select i from n`.execute(reader.db))).toBeGreaterThan(10);
  });

  test("answers several who ask at once, each with its own", async () => {
    const answers = await Promise.all(
      [700, 3, 501].map((most) => sql`${numbers(most)} select i from n`.execute(reader.db)),
    );
    expect(answers.map(({ rows }) => rows.length)).toEqual([700, 3, 501]);
  });

  test("whose thread dies fails what it was asked, and starts another one", async () => {
    const first = nextThread();
    const asked = long.execute(reader.db).catch(String);
    await (await first).terminate();
    expect(await asked).toContain("the thread that reads it has ended");
    expect((await sql`select 1 as one`.execute(reader.db)).rows).toEqual([{ one: 1 }]);
  });

  test("says why it cannot open the database, and tries again", async () => {
    const elsewhere = join(folder, "later");
    const other = openReader({ place: elsewhere }, elsewhere);
    await expect(sql`select 1`.execute(other.db)).rejects.toThrow("unable to open database file");
    await sql.raw(`vacuum into '${elsewhere}'`).execute(database.db);
    expect((await sql`select 1 as one`.execute(other.db)).rows).toEqual([{ one: 1 }]);
    await other.close();
  });

  test("that is closed answers what it has begun, and nothing else", async () => {
    const begun = sql`${numbers(1_001)} select i from n`.execute(reader.db);
    const waits = long.execute(reader.db).catch(String);
    await nextTurn();
    await reader.close();
    expect((await begun).rows).toHaveLength(1_001);
    expect(await waits).toContain("it was closed");
    await expect(long.execute(reader.db)).rejects.toThrow();
  });

  test("that was never asked starts no thread, not when it is closed either", async () => {
    let started = false;
    const note = () => {
      started = true;
    };
    process.on("worker", note);
    await reader.close();
    await expect(long.execute(reader.db)).rejects.toThrow("it was closed");
    process.off("worker", note);
    expect(started).toBe(false);
  });
});

describe("usage in SQLite", () => {
  const range = { from: 0, to: Date.UTC(2026, 0, 1) };
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

  test("is read beside the thread that serves requests", async () => {
    expect(await isDoneAtOnce(store.routers.all())).toBe(true);
    const pages = store.usage.export({ ...range, attempts: true })[Symbol.asyncIterator]();
    expect(await isDoneAtOnce(store.usage.totals(range))).toBe(false);
    expect(await isDoneAtOnce(store.usage.series({ ...range, groupBy: ["day"], limit: 1 }))).toBe(false);
    expect(await isDoneAtOnce(store.usage.requests({ ...range, limit: 1 }))).toBe(false);
    expect(await isDoneAtOnce(pages.next())).toBe(false);
  });

  test("that cannot be read is told like anything else that cannot", async () => {
    const thread = nextThread();
    const asked = store.usage.totals(range).catch((error: unknown) => error);
    await (await thread).terminate();
    expect(await asked).toMatchObject({
      name: "StoreError",
      code: "unavailable",
      message: `${databaseFile(folder)} cannot be used: the thread that reads it has ended.`,
    });
    expect((await store.usage.totals(range)).requests).toBe(0);
  });
});
