import { StoreError } from "../errors.ts";
import { guardOf } from "../guard.ts";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import type { BodiesTable } from "./tables.ts";

export type BodyKind = "request" | "answer";

/** Of this nothing is kept beyond it. */
export const LARGEST_KEPT_BODY = 1024 * 1024;

/** What was sent in one direction of one request. */
export interface KeptBody {
  /** The ledger's id of the request. */
  readonly requestId: string;
  readonly kind: BodyKind;
  readonly keyId: string;
  readonly team?: string;
  readonly org?: string;
  readonly mediaType: string;
  /** At most LARGEST_KEPT_BODY. */
  readonly bytes: Uint8Array;
  /** Of the whole body: more than `bytes` where the rest was cut off. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Requests and answers of owners who want them kept, encrypted. Every method throws StoreError. */
export interface BodyStore {
  /** All or none. One that is there already is replaced. */
  put(bodies: readonly KeptBody[]): Promise<void>;
  /** What is there and has not expired; empty where nothing is. Throws StoreError `corrupt` for what cannot be read again. */
  get(requestId: string): Promise<readonly KeptBody[]>;
  /** Removes what has expired. Returns how many. */
  expire(): Promise<number>;
  /** Removes all of a client's key. Returns how many. */
  deleteOf(keyId: string): Promise<number>;
}

interface Context {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: () => number;
}

export function openBodyStore(
  database: Database,
  { sealer, now }: { readonly sealer: Sealer; readonly now: () => Date },
): BodyStore {
  const guard = guardOf(database.place);
  const context: Context = { database, sealer, now: () => now().getTime() };
  const { db } = database;
  return {
    put: (bodies) => guard(() => putBodies(context, bodies)),
    get: (requestId) => guard(() => getBodies(context, requestId)),
    expire: () => guard(() => expireBodies(context)),
    deleteOf: (keyId) =>
      guard(async () => {
        const { numDeletedRows } = await db.deleteFrom("bodies").where("key_id", "=", keyId).executeTakeFirst();
        return Number(numDeletedRows);
      }),
  };
}

const sealContext = (requestId: string, kind: string): string => `bodies|${requestId}|${kind}`;

async function putBodies({ database: { db }, sealer }: Context, bodies: readonly KeptBody[]): Promise<void> {
  const rows = bodies.map(({ requestId, kind, keyId, team, org, mediaType, bytes, size, expiresAt }) => ({
    request_id: requestId,
    kind,
    key_id: keyId,
    team_id: team ?? null,
    org_id: org ?? null,
    media_type: mediaType,
    size,
    sealed: sealer.seal(bytes.subarray(0, LARGEST_KEPT_BODY), sealContext(requestId, kind)),
    expires_at: Math.ceil(expiresAt),
  }));
  await db.transaction().execute(async (trx) => {
    for (const row of rows) {
      await trx
        .insertInto("bodies")
        .values(row)
        .onConflict((conflict) => conflict.columns(["request_id", "kind"]).doUpdateSet(row))
        .execute();
    }
  });
}

async function getBodies({ database: { db }, sealer, now }: Context, requestId: string): Promise<readonly KeptBody[]> {
  if (!isStorable(requestId)) return [];
  const time = now();
  await db.deleteFrom("bodies").where("request_id", "=", requestId).where("expires_at", "<=", time).execute();
  const rows = await db
    .selectFrom("bodies")
    .selectAll()
    .where("request_id", "=", requestId)
    .orderBy("kind", "desc")
    .execute();
  return rows.map((row) => readBody(row, sealer));
}

/** PostgreSQL takes no U+0000 in a text. */
const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

function readBody(row: BodiesTable, sealer: Sealer): KeptBody {
  const { request_id: requestId, kind, team_id: team, org_id: org } = row;
  return {
    requestId,
    kind: kind === "request" ? "request" : "answer",
    keyId: row.key_id,
    ...(team === null ? {} : { team }),
    ...(org === null ? {} : { org }),
    mediaType: row.media_type,
    bytes: openSealed(row, sealer),
    size: row.size,
    expiresAt: row.expires_at,
  };
}

function openSealed({ request_id, kind, sealed }: BodiesTable, sealer: Sealer): Uint8Array {
  try {
    return sealer.open(sealed, sealContext(request_id, kind));
  } catch {
    throw new StoreError(
      "corrupt",
      `The ${kind} that is kept of ${request_id} cannot be read: it was encrypted with another key, or changed.`,
    );
  }
}

/** A few at a time: other writers stand in line behind each. */
const EXPIRE_AT_ONCE = 100;

async function expireBodies({ database: { db }, now }: Context): Promise<number> {
  const time = now();
  let removed = 0;
  for (;;) {
    const old = db
      .selectFrom("bodies")
      .select(["request_id", "kind"])
      .where("expires_at", "<=", time)
      .limit(EXPIRE_AT_ONCE);
    const ids = [...new Set((await old.execute()).map(({ request_id }) => request_id))];
    if (ids.length === 0) return removed;
    const done = await db
      .deleteFrom("bodies")
      .where("request_id", "in", ids)
      .where("expires_at", "<=", time)
      .executeTakeFirst();
    removed += Number(done.numDeletedRows);
  }
}
