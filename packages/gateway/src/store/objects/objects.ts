import { guardOf } from "../guard.ts";
import { isStorable } from "../responses/responses.ts";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import { listObjects, type ObjectList, type ObjectPage } from "./list.ts";
import {
  type KeptObject,
  known,
  living,
  type NamedObject,
  type ObjectContext,
  type ObjectKind,
  objectOf,
  rowOf,
  sealedSeen,
} from "./object-rows.ts";

/** Whose it is, whoever asks. */
export interface ObjectPlace extends Pick<KeptObject, "id" | "keyId" | "provider" | "credential"> {
  /** Its owner has deleted it, or is no more. */
  readonly gone?: true;
}

/** Files and batches of clients. Every method throws StoreError. What has expired is not there. */
export interface ObjectStore {
  /** False: an upstream has made an id that belongs to somebody else. Of the same key, provider and account it is replaced but for what accounting knows. */
  put(object: Omit<KeptObject, "billed">): Promise<boolean>;
  /** A key sees its own and no others. */
  get(named: NamedObject): Promise<KeptObject | undefined>;
  /** Those of the ids that belong to anybody. */
  places(kind: ObjectKind, ids: readonly string[]): Promise<readonly ObjectPlace[]>;
  /** Newest first, or oldest. Undefined: `after` is not there. */
  list(page: ObjectPage): Promise<ObjectList | undefined>;
  see(named: NamedObject, seen: Uint8Array): Promise<void>;
  /** The upstream has it no more. */
  delete(named: NamedObject): Promise<boolean>;
  /** True for one of those who ask at the same time, and for another one only after `leaseMs` without `billed`. */
  claimBilling(named: NamedObject, leaseMs: number): Promise<boolean>;
  /** It is in the ledger, and will not be written there again. */
  billed(named: NamedObject): Promise<void>;
  expire(): Promise<number>;
  /** A key is no more. What upstreams still have of it is nobody's from now on. */
  deleteOf(keyId: string): Promise<void>;
}

/** What is left of one: that nobody else may take it for theirs. */
const GONE = { gone: 1, facts: "{}", sealed: null };
/** Vendors may show for a while what was deleted. */
const GONE_MS = 30 * 86_400_000;

export function openObjectStore(
  database: Database,
  { sealer, now }: { readonly sealer: Sealer; readonly now: () => Date },
): ObjectStore {
  const guard = guardOf(database.place);
  const context: ObjectContext = { database, sealer, now: () => now().getTime() };
  return {
    put: (object) => guard(() => putObject(context, object)),
    get: (named) => guard(() => getObject(context, named)),
    places: (kind, ids) => guard(() => placesOf(context, kind, ids)),
    list: (page) => guard(() => listObjects(context, page)),
    see: (named, seen) =>
      guard(async () => {
        await changed(context, named)
          .set({ sealed: sealedSeen(context, named, seen) })
          .execute();
      }),
    delete: (named) =>
      guard(async () => {
        if (!isStorable(named.id)) return false;
        const done = await changed(context, named)
          .set({ ...GONE, expires_at: context.now() + GONE_MS })
          .where("gone", "=", 0)
          .executeTakeFirst();
        return done.numUpdatedRows > 0n;
      }),
    claimBilling: (named, leaseMs) => guard(() => claimBilling(context, named, leaseMs)),
    billed: (named) =>
      guard(async () => {
        await changed(context, named).set({ billed: 1, billing_until: null }).execute();
      }),
    expire: () => guard(() => expireObjects(context)),
    deleteOf: (keyId) =>
      guard(async () => {
        await database.db.updateTable("objects").set(GONE).where("key_id", "=", keyId).execute();
      }),
  };
}

async function putObject(context: ObjectContext, object: Omit<KeptObject, "billed">): Promise<boolean> {
  const { database, now } = context;
  if (!isStorable(object.id)) return false;
  const row = rowOf(context, object);
  const { facts, purpose, expires_at, sealed } = row;
  // One that has expired, of whomever, is none.
  await database.db
    .deleteFrom("objects")
    .where("kind", "=", row.kind)
    .where("id", "=", row.id)
    .where("expires_at", "<=", now())
    .execute();
  const put = await database.db
    .insertInto("objects")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(["kind", "id"])
        .doUpdateSet({ facts, purpose, expires_at, sealed })
        .where("objects.gone", "=", 0)
        .where("objects.key_id", "=", row.key_id)
        .where("objects.provider", "=", row.provider)
        .where("objects.credential", row.credential === null ? "is" : "=", row.credential),
    )
    .returning("id")
    .executeTakeFirst();
  return put !== undefined;
}

async function getObject(context: ObjectContext, { kind, id, keyId }: NamedObject): Promise<KeptObject | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await living(context)
    .selectAll()
    .where("kind", "=", kind)
    .where("id", "=", id)
    .where("key_id", "=", keyId)
    .executeTakeFirst();
  return row === undefined ? undefined : objectOf(context, row);
}

async function placesOf(context: ObjectContext, kind: ObjectKind, ids: readonly string[]): Promise<ObjectPlace[]> {
  const asked = ids.filter(isStorable);
  if (asked.length === 0) return [];
  const rows = await known(context)
    .select(["id", "key_id", "provider", "credential", "gone"])
    .where("kind", "=", kind)
    .where("id", "in", asked)
    .execute();
  return rows.map(({ id, key_id: keyId, provider, credential, gone }) => ({
    id,
    keyId,
    provider,
    ...(credential === null ? {} : { credential }),
    ...(gone === 1 ? { gone: true } : {}),
  }));
}

function changed({ database: { db } }: ObjectContext, { kind, id, keyId }: NamedObject) {
  return db.updateTable("objects").where("kind", "=", kind).where("id", "=", id).where("key_id", "=", keyId);
}

async function claimBilling(context: ObjectContext, named: NamedObject, leaseMs: number): Promise<boolean> {
  const time = context.now();
  const done = await changed(context, named)
    .set({ billing_until: time + leaseMs })
    .where("billed", "=", 0)
    .where((where) => where.or([where("billing_until", "is", null), where("billing_until", "<=", time)]))
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** A few at a time: other writers stand in line behind each. */
const EXPIRE_AT_ONCE = 100;

async function expireObjects({ database: { db }, now }: ObjectContext): Promise<number> {
  const time = now();
  let removed = 0;
  for (;;) {
    const old = await db
      .selectFrom("objects")
      .select(["kind", "id"])
      .where("expires_at", "<=", time)
      .limit(EXPIRE_AT_ONCE)
      .execute();
    if (old.length === 0) return removed;
    const done = await db
      .deleteFrom("objects")
      .where((where) => where.or(old.map((row) => where.and(row))))
      .where("expires_at", "<=", time)
      .executeTakeFirst();
    removed += Number(done.numDeletedRows);
  }
}
