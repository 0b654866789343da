import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testPostgres } from "../../../../tests/support/postgres.ts";
import { type TestPlace, testStores } from "../../../../tests/support/stores.ts";
import { secret } from "../config/secret.ts";
import { openStore } from "./open.ts";
import { openPostgres } from "./postgres.ts";

const server = await testPostgres();
const stores = await testStores();
const makePlace = stores.find(({ kind }) => kind === "postgres")?.makePlace;
const password = "correct-horse";

async function complaint(url: string): Promise<string> {
  const error = await openStore({ folder: "/nonexistent", databaseUrl: secret(url) }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("the store was opened");
  expect(error.name).toBe("StoreError");
  // Nothing that a logger may print holds it, not even through `cause`.
  expect(JSON.stringify([error, error.stack, error.cause])).not.toContain(password);
  return error.message;
}

describe("a PostgreSQL that cannot be used", () => {
  test("is named without its password when nothing listens", async () => {
    const closed = createServer();
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, "127.0.0.1", () => {
        const address = closed.address();
        closed.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
      });
    });
    expect(await complaint(`postgres://ann:${password}@127.0.0.1:${port}/box`)).toBe(
      `PostgreSQL at 127.0.0.1:${port} (database "box", user "ann") cannot be used: the connection was refused.`,
    );
  });

  test("is not confused with another kind of URL", async () => {
    const urls = [`mysql://ann:${password}@127.0.0.1/box`, password, "postgres", `postgres://ann:${password}@[::/box`];
    for (const url of urls) expect(await complaint(url)).toMatch(/^The database's URL is not one of PostgreSQL: /);
  });

  test.skipIf(server === undefined)("is named without its password when it has no such database", async () => {
    const url = new URL(server ?? "");
    url.pathname = "/there_is_none";
    url.password = password;
    expect(await complaint(url.href)).toMatch(/^PostgreSQL at .* cannot be used: there is no such database\.$/);
  });
});

describe.skipIf(server === undefined)("replicas on one PostgreSQL", () => {
  let place: TestPlace;
  beforeEach(async () => {
    if (makePlace === undefined) throw new Error("no place");
    place = await makePlace();
  });
  afterEach(() => place.remove());

  test("see each other's changes by the revision, and leave the folder alone", async () => {
    const [one, two] = await Promise.all([openStore(place.options), openStore(place.options)]);
    const { revision } = await two.routers.all();
    await one.routers.insert({ name: "shared", routes: [] });
    expect(await two.routers.revision()).toBeGreaterThan(revision);
    expect((await two.routers.get("shared"))?.router).toEqual({ name: "shared", routes: [] });
    const seen = await two.routers.revision();
    await two.routers.delete("shared");
    expect(await one.routers.revision()).toBeGreaterThan(seen);
    expect(await one.routers.get("shared")).toBeUndefined();
    expect(readdirSync(place.options.folder)).toEqual([]);
    await Promise.all([one.close(), two.close()]);
  });

  test("outlive the loss of a connection that is in use", async () => {
    const { databaseUrl } = place.options;
    if (databaseUrl === undefined) throw new Error("no database");
    const database = await openPostgres(databaseUrl);
    const lost = database.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(database.db);
      for (;;) await sql`select 1`.execute(transaction);
    });
    await expect(lost).rejects.toThrow();
    await expect(sql`select 1`.execute(database.db)).resolves.toBeDefined();
    await database.close();
  });

  test("start at once on an empty database", async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => openStore(place.options)));
    await Promise.all(replicas.map((replica, index) => replica.routers.insert({ name: `r${index}`, routes: [] })));
    expect((await replicas[0]?.routers.all())?.routers).toHaveLength(4);
    expect(await replicas[0]?.routers.revision()).toBe(4);
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  test("never see a revision before the changes that it counts", async () => {
    const [writer, reader] = await Promise.all([openStore(place.options), openStore(place.options)]);
    let writing = true;
    const writes = Promise.all(
      Array.from({ length: 40 }, (_, index) => writer.routers.insert({ name: `r${index}`, routes: [] })),
    ).finally(() => {
      writing = false;
    });
    do {
      const { routers, revision } = await reader.routers.all();
      expect(routers.length).toBeGreaterThanOrEqual(revision);
    } while (writing);
    await writes;
    expect((await reader.routers.all()).revision).toBe(40);
    await Promise.all([writer.close(), reader.close()]);
  });

  test("go on after the server has cut their connections", async () => {
    const store = await openStore(place.options);
    await store.routers.insert({ name: "before", routes: [] });
    await place.execute(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    // The first answer may still be that of a cut connection: it is an error for people and not the end of the process.
    const first = await store.routers.revision().catch((error: unknown) => error);
    if (first instanceof Error) expect(first).toMatchObject({ name: "StoreError", code: "unavailable" });
    expect(await store.routers.revision()).toBe(1);
    await store.close();
  });

  test("keep their tables apart from those of others in the same database", async () => {
    await place.execute("create table public.routers (id int); create table public.kysely_migration (id int)");
    const store = await openStore(place.options);
    await store.routers.insert({ name: "ours", routes: [] });
    expect((await store.routers.all()).routers).toHaveLength(1);
    await store.close();
  });
});
