import { hash } from "node:crypto";
import { guardOf } from "../guard.ts";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import { packAnswer, type StoredAnswer, unpackAnswer } from "./stored-answer.ts";

/** One request that wants to be done once. */
export interface IdempotencyClaim {
  /** Id of the client's key: others may use the same Idempotency-Key. */
  readonly keyId: string;
  readonly idempotencyKey: string;
  /** SHA-256 of what is asked, lower-case hex. */
  readonly requestDigest: string;
  /** `req_…`: also says whose claim it is. */
  readonly requestId: string;
  /** How long it runs at most. After that nobody is believed to work on it any more. */
  readonly leaseMs: number;
  /** How long the claim, and then its answer, is kept. */
  readonly keepMs: number;
}

/**
 * What became of the request that came first: it still runs; nobody knows (its process died); its client went away; its answer was too
 * large to be kept, or could not be encrypted or read again.
 */
export type Unrepeatable = "running" | "unknown" | "cancelled" | "too-large" | "unreadable";

export type ClaimOutcome =
  | { readonly outcome: "claimed" }
  /** The same Idempotency-Key came with something else. */
  | { readonly outcome: "mismatch"; readonly requestId: string }
  | { readonly outcome: Unrepeatable; readonly requestId: string }
  | { readonly outcome: "finished"; readonly requestId: string; readonly answer: StoredAnswer };

/** Every method throws StoreError `unavailable` when the database does not do its part. */
export interface IdempotencyStore {
  /** One atomic insert: of several at once, in whatever process, one gets the claim. */
  claim(claim: IdempotencyClaim): Promise<ClaimOutcome>;
  /** Says how the claim ended. False: its answer could not be encrypted, and is not kept. */
  finish(claim: IdempotencyClaim, ending: StoredAnswer | "cancelled" | "too-large"): Promise<boolean>;
  /** As if the claim had never been: nothing was begun. */
  release(claim: IdempotencyClaim): Promise<void>;
  /** Removes what is older than it is to be kept. Returns how many. */
  expire(): Promise<number>;
  /** Removes all that a client's key has left. */
  deleteOf(keyId: string): Promise<void>;
}

/** The states in which a row may be. */
type ClaimState = "running" | "finished" | "cancelled" | "too-large" | "unreadable";

interface Context {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: () => number;
}

export function openIdempotencyStore(
  database: Database,
  { sealer, now }: { readonly sealer: Sealer; readonly now: () => Date },
): IdempotencyStore {
  const guard = guardOf(database.place);
  const context: Context = { database, sealer, now: () => now().getTime() };
  return {
    claim: (claim) => guard(() => takeClaim(context, claim)),
    finish: (claim, ending) => guard(() => finishClaim(context, claim, ending)),
    release: (claim) => guard(() => releaseClaim(context, claim)),
    expire: () => guard(() => expireClaims(context)),
    deleteOf: (keyId) =>
      guard(async () => {
        await database.db.deleteFrom("idempotency").where("key_id", "=", keyId).execute();
      }),
  };
}

const rowId = ({ keyId, idempotencyKey }: IdempotencyClaim): string =>
  hash("sha256", `${keyId}\0${idempotencyKey}`, "hex");

const sealContext = (id: string, requestId: string): string => `idempotency|${id}|${requestId}`;

/** Between a refused insert and the look at what was in its way, that may be gone: then the next insert succeeds. */
const ATTEMPTS = 3;

async function takeClaim(context: Context, claim: IdempotencyClaim): Promise<ClaimOutcome> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (await insertClaim(context, claim)) return { outcome: "claimed" };
    const found = await findClaim(context, claim);
    if (found !== undefined) return found;
  }
  return { outcome: "running", requestId: claim.requestId };
}

/** A row that has expired counts as none, whether it was removed or not. */
async function insertClaim({ database: { db }, now }: Context, claim: IdempotencyClaim): Promise<boolean> {
  const time = now();
  const state: ClaimState = "running";
  const row = {
    key_id: claim.keyId,
    request_digest: claim.requestDigest,
    request_id: claim.requestId,
    state,
    lease_until: time + claim.leaseMs,
    expires_at: time + claim.keepMs,
    sealed: null,
  };
  const inserted = await db
    .insertInto("idempotency")
    .values({ id: rowId(claim), ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row).where("idempotency.expires_at", "<=", time))
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

async function findClaim(
  { database: { db }, sealer, now }: Context,
  claim: IdempotencyClaim,
): Promise<ClaimOutcome | undefined> {
  const id = rowId(claim);
  const row = await db.selectFrom("idempotency").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return undefined;
  const { request_id: requestId } = row;
  if (row.request_digest !== claim.requestDigest) return { outcome: "mismatch", requestId };
  if (row.state === "running") return { outcome: now() < row.lease_until ? "running" : "unknown", requestId };
  if (row.state === "cancelled" || row.state === "too-large") return { outcome: row.state, requestId };
  const answer = row.sealed === null ? undefined : opened(sealer, row.sealed, sealContext(id, requestId));
  return answer === undefined ? { outcome: "unreadable", requestId } : { outcome: "finished", requestId, answer };
}

/** Undefined: it was sealed with another key, or somebody has changed it. */
function opened(sealer: Sealer, sealed: Uint8Array, context: string): StoredAnswer | undefined {
  try {
    return unpackAnswer(sealer.open(sealed, context));
  } catch {
    return undefined;
  }
}

async function finishClaim(
  { database: { db }, sealer }: Context,
  claim: IdempotencyClaim,
  ending: StoredAnswer | "cancelled" | "too-large",
): Promise<boolean> {
  const id = rowId(claim);
  let state: ClaimState = "unreadable";
  let sealed: Uint8Array | null = null;
  if (typeof ending === "string") state = ending;
  else {
    try {
      sealed = sealer.seal(packAnswer(ending), sealContext(id, claim.requestId));
      state = "finished";
    } catch {
      // Without an encryption key nothing is kept in clear: the claim still holds.
    }
  }
  await db
    .updateTable("idempotency")
    .set({ state, sealed })
    .where("id", "=", id)
    .where("request_id", "=", claim.requestId)
    .execute();
  return state !== "unreadable";
}

async function releaseClaim({ database: { db } }: Context, claim: IdempotencyClaim): Promise<void> {
  await db
    .deleteFrom("idempotency")
    .where("id", "=", rowId(claim))
    .where("request_id", "=", claim.requestId)
    .where("state", "=", "running")
    .execute();
}

/** A few at a time: other writers stand in line behind each. */
const EXPIRE_AT_ONCE = 200;

async function expireClaims({ database: { db }, now }: Context): Promise<number> {
  const time = now();
  let removed = 0;
  for (;;) {
    const old = db.selectFrom("idempotency").select("id").where("expires_at", "<=", time).limit(EXPIRE_AT_ONCE);
    const done = await db.deleteFrom("idempotency").where("id", "in", old).executeTakeFirst();
    removed += Number(done.numDeletedRows);
    if (done.numDeletedRows < EXPIRE_AT_ONCE) return removed;
  }
}
