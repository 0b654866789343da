import { sql } from "kysely";
import { explainFailure, StoreError } from "../errors.ts";
import { guardOf } from "../guard.ts";
import { postgresSchema } from "../migrate.ts";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import type { SemanticEntriesTable } from "./tables.ts";

export interface StoredEntry {
  readonly bucket: string;
  readonly id: string;
  readonly tenant: string;
  readonly vector: Float32Array;
  /** Whatever must come back with it; nobody reads it in the database. */
  readonly content: Uint8Array;
  readonly expiresAt: number;
}

export interface StoredCandidate {
  readonly id: string;
  readonly content: Uint8Array;
  readonly observations: string;
  /** Cosine, from -1 to 1. */
  readonly similarity: number;
}

/**
 * Questions whose answers are kept, by their vectors, in a PostgreSQL with pgvector. Content is sealed; vectors are not, since the
 * database compares them. Every method throws StoreError.
 */
export interface SemanticEntryStore {
  /** Whether pgvector is there, or can be put there, and there is a key to seal with: `why` it is not, for people. Asked once; what is done to the database lasts. */
  ready(): Promise<{ readonly ready: true } | { readonly ready: false; readonly why: string }>;
  holds(bucket: string): Promise<boolean>;
  /** The most similar first. What cannot be unsealed is left out. */
  nearest(bucket: string, vector: Float32Array, count: number): Promise<readonly StoredCandidate[]>;
  put(entry: StoredEntry): Promise<void>;
  /** `change` makes the new text of the old one; nothing happens where there is no such entry. */
  observe(at: { readonly bucket: string; readonly id: string }, change: (before: string) => string): Promise<void>;
  /** Of any bucket. Returns how many. */
  remove(ids: readonly string[]): Promise<number>;
  /** Removes all of a tenant. Returns how many. */
  deleteOf(tenant: string): Promise<number>;
  /** Removes what has expired. Returns how many. */
  expire(): Promise<number>;
  count(): Promise<number>;
}

interface Context {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: () => number;
}

/** For PostgreSQL only. */
export function openSemanticEntryStore(
  database: Database,
  { sealer, now }: { readonly sealer: Sealer; readonly now: () => Date },
): SemanticEntryStore {
  const guard = guardOf(database.place);
  const context: Context = { database, sealer, now: () => now().getTime() };
  let preparing: ReturnType<SemanticEntryStore["ready"]> | undefined;
  return {
    ready: () => {
      preparing ??= prepare(database, sealer);
      return preparing;
    },
    holds: (bucket) => guard(() => holds(context, bucket)),
    nearest: (bucket, vector, count) => guard(() => nearest(context, { bucket, vector, count })),
    put: (entry) => guard(() => put(context, entry)),
    observe: (at, change) => guard(() => observe(context, at, change)),
    remove: (ids) => guard(() => remove(context, ids)),
    deleteOf: (tenant) =>
      guard(async () => {
        const gone = await database.db.deleteFrom("semantic_entries").where("tenant", "=", tenant).executeTakeFirst();
        return Number(gone.numDeletedRows);
      }),
    expire: () => guard(() => expire(context)),
    count: () =>
      guard(async () => {
        const { total } = await database.db
          .selectFrom("semantic_entries")
          .select(({ fn }) => fn.countAll<number>().as("total"))
          .where("expires_at", ">", context.now())
          .executeTakeFirstOrThrow();
        return Number(total);
      }),
  };
}

const sealContext = (bucket: string, id: string): string => `semantic|${bucket}|${id}`;

/** Several replicas may start at once, and "if not exists" alone does not make them wait for each other. */
async function prepare({ db }: Database, sealer: Sealer): Promise<{ ready: true } | { ready: false; why: string }> {
  const table = sql.id(postgresSchema, "semantic_entries");
  try {
    // Without a key nothing can be kept here, which is better known now than with each answer.
    sealer.seal(new Uint8Array(), sealContext("", ""));
    await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(hashtext('signalbox pgvector'))`.execute(trx);
      await sql`create extension if not exists vector`.execute(trx);
      await sql`alter table ${table} add column if not exists embedding vector`.execute(trx);
    });
    return { ready: true };
  } catch (error) {
    return { ready: false, why: explainFailure(error) };
  }
}

/** What pgvector reads: https://github.com/pgvector/pgvector#storing */
const written = (vector: Float32Array): string => `[${vector.join(",")}]`;

async function holds({ database: { db }, now }: Context, bucket: string): Promise<boolean> {
  const row = await db
    .selectFrom("semantic_entries")
    .select("id")
    .where("bucket", "=", bucket)
    .where("expires_at", ">", now())
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

interface Near {
  readonly bucket: string;
  readonly vector: Float32Array;
  readonly count: number;
}

/** No index over the vectors: a bucket holds few, and all of them are compared. */
async function nearest(
  { database: { db }, sealer, now }: Context,
  { bucket, vector, count }: Near,
): Promise<readonly StoredCandidate[]> {
  const distance = sql<number>`embedding <=> ${written(vector)}::vector`;
  const rows = await db
    .selectFrom("semantic_entries")
    .select(["id", "sealed", "observations", distance.as("distance")])
    .where("bucket", "=", bucket)
    .where("dimensions", "=", vector.length)
    .where("expires_at", ">", now())
    .orderBy(distance)
    .orderBy("id")
    .limit(count)
    .execute();
  return rows.flatMap(({ id, sealed, observations, distance: apart }) => {
    const content = unsealed(sealer, sealed, sealContext(bucket, id));
    return content === undefined ? [] : [{ id, content, observations, similarity: 1 - apart }];
  });
}

/** An entry of another key is as good as none: the next answer takes its place. */
function unsealed(sealer: Sealer, sealed: Uint8Array, context: string): Uint8Array | undefined {
  try {
    return sealer.open(sealed, context);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

async function put({ database: { db }, sealer }: Context, entry: StoredEntry): Promise<void> {
  const { bucket, id, tenant, vector, content, expiresAt } = entry;
  const row = {
    bucket,
    id,
    tenant,
    dimensions: vector.length,
    sealed: sealer.seal(content, sealContext(bucket, id)),
    observations: "[]",
    expires_at: Math.ceil(expiresAt),
    embedding: sql<string>`${written(vector)}::vector`,
  };
  await db
    .insertInto("semantic_entries")
    .values(row)
    .onConflict((conflict) => conflict.columns(["bucket", "id"]).doUpdateSet(row))
    .execute();
}

async function observe(
  { database: { db } }: Context,
  { bucket, id }: { readonly bucket: string; readonly id: string },
  change: (before: string) => string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom("semantic_entries")
      .select("observations")
      .where("bucket", "=", bucket)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return;
    await trx
      .updateTable("semantic_entries")
      .set({ observations: change(row.observations) } satisfies Partial<SemanticEntriesTable>)
      .where("bucket", "=", bucket)
      .where("id", "=", id)
      .execute();
  });
}

async function remove({ database: { db } }: Context, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { numDeletedRows } = await db.deleteFrom("semantic_entries").where("id", "in", ids).executeTakeFirst();
  return Number(numDeletedRows);
}

/** A few at a time: other writers stand in line behind each. */
const EXPIRE_AT_ONCE = 500;

async function expire({ database: { db }, now }: Context): Promise<number> {
  const time = now();
  let removed = 0;
  for (;;) {
    const old = await db
      .selectFrom("semantic_entries")
      .select(["bucket", "id"])
      .where("expires_at", "<=", time)
      .limit(EXPIRE_AT_ONCE)
      .execute();
    if (old.length === 0) return removed;
    const { numDeletedRows } = await db
      .deleteFrom("semantic_entries")
      .where(
        "id",
        "in",
        old.map(({ id }) => id),
      )
      .where("expires_at", "<=", time)
      .executeTakeFirst();
    if (numDeletedRows === 0n) return removed;
    removed += Number(numDeletedRows);
  }
}
