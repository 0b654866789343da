import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../../../../tests/support/databases.ts";
import { hasPgvector } from "../../../../../tests/support/pgvector.ts";
import { testSealer } from "../../../../../tests/support/sealer.ts";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import type { Database } from "../schema.ts";
import { openSemanticEntryStore, type StoredEntry } from "./semantic-entries.ts";

const start = Date.parse("2026-11-20T12:00:00Z");
const [, postgres] = await testStores();
const isThere = await hasPgvector();

describe.skipIf(!isThere)("semantic entries in PostgreSQL with pgvector", () => {
  let place: TestPlace;
  let database: Database;
  let time = start;
  const sealer = testSealer();
  const store = (seal = sealer) => openSemanticEntryStore(database, { sealer: seal, now: () => new Date(time) });

  beforeAll(async () => {
    if (postgres === undefined) throw new Error("There is no PostgreSQL.");
    place = await postgres.makePlace();
    database = await openDatabase(place);
    const ready = await Promise.all([store().ready(), store().ready()]);
    expect(ready).toEqual([{ ready: true }, { ready: true }]);
  });
  afterAll(async () => {
    await database.close();
    await place.remove();
  });
  beforeEach(async () => {
    time = start;
    await store().deleteOf("org:a");
    await store().deleteOf("org:b");
  });

  const entry = (more: Partial<StoredEntry> = {}): StoredEntry => ({
    bucket: "b1",
    id: "one",
    tenant: "org:a",
    vector: Float32Array.of(1, 0, 0),
    content: Buffer.from("canary: the words"),
    expiresAt: start + 1000,
    ...more,
  });

  test("are found by how near they are, within their bucket, with as many dimensions", async () => {
    expect(await store().holds("b1")).toBe(false);
    await store().put(entry());
    await store().put(entry({ id: "two", vector: Float32Array.of(0.6, 0.8, 0) }));
    await store().put(entry({ id: "far", vector: Float32Array.of(0, 0, 1) }));
    await store().put(entry({ id: "other", bucket: "b2" }));
    await store().put(entry({ id: "flat", vector: Float32Array.of(1, 0) }));
    const found = await store().nearest("b1", Float32Array.of(1, 0, 0), 2);
    expect(found.map(({ id }) => id)).toEqual(["one", "two"]);
    expect(found.map(({ similarity }) => similarity)).toEqual([1, expect.closeTo(0.6, 5)]);
    expect(Buffer.from(found[0]?.content ?? []).toString()).toBe("canary: the words");
    expect(await store().holds("b1")).toBe(true);
    expect(await store().holds("b3")).toBe(false);
    expect(await store().count()).toBe(5);
  });

  test("hold nothing in clear but their vectors, and open in their own row alone", async () => {
    await store().put(entry());
    const [row] = await database.db.selectFrom("semantic_entries").selectAll().execute();
    expect(`${JSON.stringify(row)}${Buffer.from(row?.sealed ?? []).toString("latin1")}`).not.toContain("canary");
    expect(await store(testSealer()).nearest("b1", Float32Array.of(1, 0, 0), 5)).toEqual([]);
    await database.db.updateTable("semantic_entries").set({ id: "moved" }).execute();
    expect(await store().nearest("b1", Float32Array.of(1, 0, 0), 5)).toEqual([]);
  });

  test("are as they were last put, and nobody's observations are theirs", async () => {
    await store().put(entry());
    await store().observe({ bucket: "b1", id: "one" }, (before) => `${before}!`);
    await store().observe({ bucket: "b1", id: "none" }, () => "[1]");
    const [seen] = await store().nearest("b1", Float32Array.of(1, 0, 0), 5);
    expect(seen?.observations).toBe("[]!");
    await store().put(entry({ content: Buffer.from("new") }));
    const [found] = await store().nearest("b1", Float32Array.of(1, 0, 0), 5);
    expect(found?.observations).toBe("[]");
    expect(Buffer.from(found?.content ?? []).toString()).toBe("new");
  });

  test("lose no observation where two tell at once", async () => {
    await store().put(entry());
    const tell = () => store().observe({ bucket: "b1", id: "one" }, (before) => `${before}x`);
    await Promise.all(Array.from({ length: 8 }, tell));
    const [found] = await store().nearest("b1", Float32Array.of(1, 0, 0), 5);
    expect(found?.observations).toBe(`[]${"x".repeat(8)}`);
  });

  test("are not found when their time is over, and are removed by the job", async () => {
    await store().put(entry());
    await store().put(entry({ id: "two", expiresAt: start + 2000 }));
    time = start + 1000;
    expect((await store().nearest("b1", Float32Array.of(1, 0, 0), 5)).map(({ id }) => id)).toEqual(["two"]);
    expect(await store().expire()).toBe(1);
    expect(await store().expire()).toBe(0);
  });

  test("are removed by id, and by tenant", async () => {
    await store().put(entry());
    await store().put(entry({ bucket: "b2" }));
    await store().put(entry({ id: "two", tenant: "org:b" }));
    expect(await store().remove(["one", "none"])).toBe(2);
    expect(await store().remove([])).toBe(0);
    expect(await store().deleteOf("org:a")).toBe(0);
    expect(await store().deleteOf("org:b")).toBe(1);
  });

  test("say why they cannot be kept where the database refuses", async () => {
    await database.db.schema.dropTable("semantic_entries").execute();
    expect(await store().ready()).toEqual({ ready: false, why: expect.stringContaining("semantic_entries") });
  });
});
