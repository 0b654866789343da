import type { Selectable } from "kysely";
import type { Router } from "../config/router.ts";
import { change, changed, currentOf, isStorable, undone } from "./change.ts";
import { StoreError } from "./errors.ts";
import { guardOf } from "./guard.ts";
import { readPageToken, writePageToken } from "./page-token.ts";
import { readRouter, writeRouter } from "./router-rows.ts";
import type { Database, RoutersTable } from "./schema.ts";

export interface StoredRouter {
  readonly router: Router;
  /** Grows with every change of this router, and is never that of another one. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A row that somebody else has damaged. It can be replaced and deleted. */
export interface UnreadableRouter {
  readonly name: string;
  /** For people: names the router and says what is wrong. */
  readonly message: string;
}

export interface RouterList {
  /** In the order of the bytes of their names. */
  readonly routers: readonly StoredRouter[];
  readonly unreadable: readonly UnreadableRouter[];
}

export interface RouterPage extends RouterList {
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

export interface AllRouters extends RouterList {
  /** All changes up to this `revision()` are in the list. */
  readonly revision: number;
}

export interface PageRequest {
  /** 1 to 200, so that a page of large routers is read within milliseconds; what lies outside becomes the nearest of them. */
  readonly pageSize: number;
  /** From the page before. Anything else is a StoreError `invalid`. */
  readonly pageToken?: string;
}

export type InsertOutcome =
  | { readonly outcome: "inserted"; readonly stored: StoredRouter }
  | { readonly outcome: "exists" };

export type UpdateOutcome =
  | { readonly outcome: "updated"; readonly stored: StoredRouter }
  | { readonly outcome: "not-found" }
  /** It was changed since: `revision` is its own now. */
  | { readonly outcome: "conflict"; readonly revision: number };

export type DeleteOutcome = { readonly outcome: "deleted" | "not-found" };

/** The routers that were made through the API. Every method throws StoreError when the database does not do its part. */
export interface RouterStore {
  /** Throws StoreError `corrupt` where the row is damaged. */
  get(name: string): Promise<StoredRouter | undefined>;
  list(page: PageRequest): Promise<RouterPage>;
  all(): Promise<AllRouters>;
  insert(router: Router): Promise<InsertOutcome>;
  /** Replaces the router of that name, whose name stays. With a revision: only when it is still at that one. */
  update(name: string, router: Router, expectedRevision?: number): Promise<UpdateOutcome>;
  delete(name: string): Promise<DeleteOutcome>;
  /** Grows with every change of any router, by whichever replica. One look-up of a row. */
  revision(): Promise<number>;
}

export function openRouterStore(database: Database, now: () => Date): RouterStore {
  const guard = guardOf(database.place);
  const context: Context = { database, now };
  return {
    get: (name) => guard(() => getRouter(context, name)),
    list: (page) => guard(() => listRouters(context, page)),
    all: () => guard(() => allRouters(context)),
    insert: (router) => guard(() => insertRouter(context, router)),
    update: (name, router, expectedRevision) =>
      guard(() => updateRouter(context, { router: { ...router, name }, expectedRevision })),
    delete: (name) => guard(() => deleteRouter(context, name)),
    revision: () => guard(() => currentOf(database, counter)),
  };
}

interface Context {
  readonly database: Database;
  readonly now: () => Date;
}

const counter = "routers";
const maxPageSize = 200;

async function getRouter({ database: { db } }: Context, name: string): Promise<StoredRouter | undefined> {
  if (!isStorable(name)) return undefined;
  const row = await db.selectFrom("routers").selectAll().where("name", "=", name).executeTakeFirst();
  if (row === undefined) return undefined;
  const stored = toStored(row);
  if ("message" in stored) throw new StoreError("corrupt", stored.message);
  return stored;
}

async function listRouters({ database: { db } }: Context, page: PageRequest): Promise<RouterPage> {
  const size = Math.min(maxPageSize, Math.max(1, Math.trunc(page.pageSize) || 1));
  const after = page.pageToken === undefined ? undefined : readPageToken(page.pageToken);
  let query = db
    .selectFrom("routers")
    .selectAll()
    .orderBy("name")
    .limit(size + 1);
  if (after !== undefined) query = query.where("name", ">", after);
  const rows = await query.execute();
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const list = toList(shown);
  return rows.length > size && last !== undefined ? { ...list, nextPageToken: writePageToken(last.name) } : list;
}

async function allRouters(context: Context): Promise<AllRouters> {
  // Asked first: what changes in between is in the list too, and shows once more in the next revision.
  const revision = await currentOf(context.database, counter);
  const rows = await context.database.db.selectFrom("routers").selectAll().orderBy("name").execute();
  return { ...toList(rows), revision };
}

async function insertRouter(context: Context, router: Router): Promise<InsertOutcome> {
  const { name } = router;
  if (!isStorable(name)) throw new StoreError("invalid", `No router can have the name ${JSON.stringify(name)}.`);
  const time = context.now();
  return change<InsertOutcome>(context.database, counter, async (trx, revision) => {
    const row = { name, document: writeRouter(router), revision, created_at: +time, updated_at: +time };
    const insert = trx.insertInto("routers").values(row);
    const done = await insert
      .onConflict((conflict) => conflict.column("name").doNothing())
      .returning("name")
      .executeTakeFirst();
    if (done === undefined) return undone({ outcome: "exists" });
    return changed({ outcome: "inserted", stored: { router, revision, createdAt: time, updatedAt: time } });
  });
}

interface Update {
  readonly router: Router;
  readonly expectedRevision: number | undefined;
}

async function updateRouter(context: Context, { router, expectedRevision }: Update): Promise<UpdateOutcome> {
  const { name } = router;
  if (!isStorable(name)) return { outcome: "not-found" };
  const updatedAt = context.now();
  return change<UpdateOutcome>(context.database, counter, async (trx, revision) => {
    const row = trx.selectFrom("routers").select(["revision", "created_at"]).where("name", "=", name);
    const before = await row.executeTakeFirst();
    if (before === undefined) return undone({ outcome: "not-found" });
    if (expectedRevision !== undefined && before.revision !== expectedRevision) {
      return undone({ outcome: "conflict", revision: before.revision });
    }
    const set = { document: writeRouter(router), revision, updated_at: +updatedAt };
    await trx.updateTable("routers").set(set).where("name", "=", name).execute();
    const createdAt = new Date(before.created_at);
    return changed({ outcome: "updated", stored: { router, revision, createdAt, updatedAt } });
  });
}

async function deleteRouter(context: Context, name: string): Promise<DeleteOutcome> {
  if (!isStorable(name)) return { outcome: "not-found" };
  return change<DeleteOutcome>(context.database, counter, async (trx) => {
    const done = await trx.deleteFrom("routers").where("name", "=", name).returning("name").executeTakeFirst();
    return done === undefined ? undone({ outcome: "not-found" }) : changed({ outcome: "deleted" });
  });
}

function toList(rows: readonly Selectable<RoutersTable>[]): RouterList {
  const routers: StoredRouter[] = [];
  const unreadable: UnreadableRouter[] = [];
  for (const row of rows) {
    const stored = toStored(row);
    if ("message" in stored) unreadable.push(stored);
    else routers.push(stored);
  }
  return { routers, unreadable };
}

function toStored(row: Selectable<RoutersTable>): StoredRouter | UnreadableRouter {
  const router = readRouter(row.name, row.document);
  if (typeof router === "string") {
    const message = `The stored router ${JSON.stringify(row.name)} cannot be read: ${router}. Replace or delete it.`;
    return { name: row.name, message };
  }
  const { revision, created_at, updated_at } = row;
  return { router, revision, createdAt: new Date(created_at), updatedAt: new Date(updated_at) };
}
