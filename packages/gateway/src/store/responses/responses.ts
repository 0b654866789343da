import { sql } from "kysely";
import { guardOf } from "../guard.ts";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import { putTogether } from "./put-together.ts";
import {
  isRunning,
  type KeptResponse,
  type ResponseStatus,
  type ResponseWords,
  RUNNING,
  responseOf,
  rowOf,
  type UpstreamKeeper,
  upstreamColumns,
  wordsColumns,
} from "./response-rows.ts";
import type { ResponsesTable } from "./tables.ts";

/** How far a conversation may go back, and how much it may come to. */
export interface ChainLimits {
  readonly depth: number;
  readonly bytes: number;
}

/** What a response goes on from, oldest first and itself last; `missing`: the first that is not there any more. */
export type Chain =
  | { readonly outcome: "found"; readonly responses: readonly KeptResponse[] }
  | { readonly outcome: "missing"; readonly id: string }
  | { readonly outcome: "too-long" };

/** How work in the background ended. */
export interface ResponseEnding {
  readonly status: ResponseStatus;
  readonly words: ResponseWords;
  readonly upstream?: UpstreamKeeper;
}

/**
 * Answers that clients name again. A key sees its own and no others: with any other, an id is not there. What has expired is not there
 * either. Every method throws StoreError; `invalid` where nothing can be encrypted.
 */
export interface ResponseStore {
  /** One of the same key and id is replaced. */
  put(response: KeptResponse): Promise<void>;
  /** One that nobody works on any more is `failed`. */
  get(keyId: string, id: string): Promise<KeptResponse | undefined>;
  chain(keyId: string, id: string, limits: ChainLimits): Promise<Chain>;
  /** Queued work is in progress. */
  begin(keyId: string, id: string): Promise<void>;
  /** False: it runs no more; it was cancelled or removed meanwhile, and stays so. */
  finish(keyId: string, id: string, ending: ResponseEnding): Promise<boolean>;
  /** False: it does not run. Its owner finds out by `beat`. */
  cancel(keyId: string, id: string): Promise<boolean>;
  /** Whoever works on these says that they still do. Returns those that are not to be worked on any more. */
  beat(owner: string, ids: readonly string[], until: number): Promise<readonly string[]>;
  /** False: it was not there. */
  delete(keyId: string, id: string): Promise<boolean>;
  /** Removes what has expired. Returns how many. */
  expire(): Promise<number>;
  /** Removes all of a client's key. */
  deleteOf(keyId: string): Promise<void>;
}

interface Context {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: () => number;
}

interface Named {
  readonly keyId: string;
  readonly id: string;
}

export function openResponseStore(
  database: Database,
  { sealer, now }: { readonly sealer: Sealer; readonly now: () => Date },
): ResponseStore {
  const guard = guardOf(database.place);
  const context: Context = { database, sealer, now: () => now().getTime() };
  const { db } = database;
  const put = putTogether<ResponsesTable>((rows) => putRows(context, rows));
  return {
    // Sealed here, so that who cannot be sealed is nobody else's trouble.
    put: (response) => guard(async () => put(rowOf(response, sealer))),
    get: (keyId, id) => guard(() => getResponse(context, { keyId, id })),
    chain: (keyId, id, limits) => guard(() => chainOf(context, { keyId, id }, limits)),
    begin: (keyId, id) =>
      guard(async () => {
        const queued: ResponseStatus = "queued";
        await change(context, { keyId, id }).set({ status: "in_progress" }).where("status", "=", queued).execute();
      }),
    finish: (keyId, id, ending) => guard(() => finishResponse(context, { keyId, id }, ending)),
    cancel: (keyId, id) =>
      guard(async () => {
        const done = await change(context, { keyId, id }).set({ status: "cancelled" }).executeTakeFirst();
        return done.numUpdatedRows > 0n;
      }),
    beat: (owner, ids, until) => guard(() => beatFor(context, { owner, ids, until })),
    delete: (keyId, id) =>
      guard(async () => {
        if (!isStorable(id)) return false;
        const done = await db
          .deleteFrom("responses")
          .where("key_id", "=", keyId)
          .where("id", "=", id)
          .where("expires_at", ">", context.now())
          .executeTakeFirst();
        return done.numDeletedRows > 0n;
      }),
    expire: () => guard(() => expireResponses(context)),
    deleteOf: (keyId) =>
      guard(async () => {
        await db.deleteFrom("responses").where("key_id", "=", keyId).execute();
      }),
  };
}

/** PostgreSQL takes no U+0000 in a text. */
export const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

/** One statement where there is one row; else all or none. */
async function putRows({ database: { db } }: Context, rows: readonly ResponsesTable[]): Promise<void> {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return putRow(db, only);
  await db.transaction().execute(async (trx) => {
    for (const row of rows) await putRow(trx, row);
  });
}

async function putRow(db: Database["db"], { key_id, id, ...rest }: ResponsesTable): Promise<void> {
  await db
    .insertInto("responses")
    .values({ key_id, id, ...rest })
    .onConflict((conflict) => conflict.columns(["key_id", "id"]).doUpdateSet(rest))
    .execute();
}

async function getResponse(context: Context, { keyId, id }: Named): Promise<KeptResponse | undefined> {
  if (!isStorable(id)) return undefined;
  const { database, sealer, now } = context;
  const row = await database.db
    .selectFrom("responses")
    .selectAll()
    .where("key_id", "=", keyId)
    .where("id", "=", id)
    .where("expires_at", ">", now())
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const response = responseOf(row, sealer);
  if (!isRunning(response.status) || (response.lease?.until ?? 0) > now()) return response;
  const lost = await change(context, { keyId, id })
    .set({ status: "failed" })
    .where((where) => where.or([where("lease_until", "is", null), where("lease_until", "<=", now())]))
    .executeTakeFirst();
  // Else whoever works on it has said so in between, or is done.
  return lost.numUpdatedRows > 0n ? { ...response, status: "failed" } : getResponse(context, { keyId, id });
}

/** What still runs of a key. */
function change({ database: { db } }: Context, { keyId, id }: Named) {
  return db
    .updateTable("responses")
    .where("key_id", "=", keyId)
    .where("id", "=", id)
    .where("status", "in", [...RUNNING]);
}

/** First ids and sizes alone: what is too much is not read. */
async function chainOf(context: Context, { keyId, id }: Named, { depth, bytes }: ChainLimits): Promise<Chain> {
  if (!isStorable(id)) return { outcome: "missing", id };
  const { database, sealer, now } = context;
  const time = now();
  const found = await database.db
    .withRecursive("chain", (db) =>
      db
        .selectFrom("responses")
        .select(["id", "parent_id", "size", sql<number>`1`.as("place")])
        .where("key_id", "=", keyId)
        .where("id", "=", id)
        .where("expires_at", ">", time)
        .unionAll(
          db
            .selectFrom("responses")
            .innerJoin("chain", "chain.parent_id", "responses.id")
            .select(["responses.id", "responses.parent_id", "responses.size", sql<number>`chain.place + 1`.as("place")])
            .where("responses.key_id", "=", keyId)
            .where("responses.expires_at", ">", time)
            .where("chain.place", "<=", depth),
        ),
    )
    .selectFrom("chain")
    .selectAll()
    .orderBy("place", "desc")
    .execute();
  const [oldest] = found;
  if (oldest === undefined) return { outcome: "missing", id };
  if (found.length > depth || found.reduce((sum, { size }) => sum + size, 0) > bytes) return { outcome: "too-long" };
  if (oldest.parent_id !== null) return { outcome: "missing", id: oldest.parent_id };
  const rows = await database.db
    .selectFrom("responses")
    .selectAll()
    .where("key_id", "=", keyId)
    .where(
      "id",
      "in",
      found.map((row) => row.id),
    )
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const responses: KeptResponse[] = [];
  for (const { id: each } of found) {
    const row = byId.get(each);
    if (row === undefined) return { outcome: "missing", id: each };
    responses.push(responseOf(row, sealer));
  }
  return { outcome: "found", responses };
}

async function finishResponse(context: Context, named: Named, ending: ResponseEnding): Promise<boolean> {
  const { status, words, upstream } = ending;
  const done = await change(context, named)
    .set({ status, ...upstreamColumns(upstream), ...wordsColumns(named, words, context.sealer) })
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

interface Beat {
  readonly owner: string;
  readonly ids: readonly string[];
  readonly until: number;
}

async function beatFor({ database: { db } }: Context, { owner, ids, until }: Beat): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const alive = await db
    .updateTable("responses")
    .set({ lease_until: Math.ceil(until) })
    .where("owner", "=", owner)
    .where("id", "in", [...ids])
    .where("status", "in", [...RUNNING])
    .returning("id")
    .execute();
  const living = new Set(alive.map(({ id }) => id));
  return ids.filter((id) => !living.has(id));
}

/** A few at a time: other writers stand in line behind each. */
const EXPIRE_AT_ONCE = 100;

async function expireResponses({ database: { db }, now }: Context): Promise<number> {
  const time = now();
  let removed = 0;
  for (;;) {
    const old = await db
      .selectFrom("responses")
      .select(["key_id", "id"])
      .where("expires_at", "<=", time)
      .limit(EXPIRE_AT_ONCE)
      .execute();
    if (old.length === 0) return removed;
    const done = await db
      .deleteFrom("responses")
      .where((where) => where.or(old.map((row) => where.and(row))))
      .where("expires_at", "<=", time)
      .executeTakeFirst();
    removed += Number(done.numDeletedRows);
  }
}
