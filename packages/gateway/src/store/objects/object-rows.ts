import { isObject, type JsonObject, parseJson } from "@signalbox/protocol";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import type { ObjectsTable } from "./tables.ts";

/** What upstreams keep for clients: whose API, and what. */
export const objectKinds = ["openai-file", "openai-batch", "anthropic-batch", "gemini-batch"] as const;

export type ObjectKind = (typeof objectKinds)[number];

export interface KeptObject {
  readonly kind: ObjectKind;
  readonly id: string;
  readonly keyId: string;
  readonly team?: string;
  readonly org?: string;
  readonly provider: string;
  readonly credential?: string;
  readonly purpose?: string;
  readonly facts: JsonObject;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Absent: for as long as nobody deletes it. */
  readonly expiresAt?: number;
  readonly billed: boolean;
  /** The upstream's object as it was last seen; absent where it is not kept. */
  readonly seen?: Uint8Array;
}

/** An object of a key. */
export interface NamedObject {
  readonly kind: ObjectKind;
  readonly id: string;
  readonly keyId: string;
}

export interface ObjectContext {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: () => number;
}

/** What has not expired, and what is gone besides. */
export function known({ database: { db }, now }: ObjectContext) {
  const time = now();
  return db
    .selectFrom("objects")
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", time)]));
}

/** What has not expired and is not gone. */
export function living(context: ObjectContext) {
  return known(context).where("gone", "=", 0);
}

const sealContext = ({ kind, id, keyId }: NamedObject): string => `objects|${kind}|${id}|${keyId}`;

/** Lists ask the upstream for what is not kept. */
export function sealedSeen({ sealer }: ObjectContext, named: NamedObject, seen: Uint8Array): Uint8Array | null {
  try {
    return sealer.seal(seen, sealContext(named));
  } catch {
    return null;
  }
}

export function rowOf(context: ObjectContext, object: Omit<KeptObject, "billed">): ObjectsTable {
  const { seen, expiresAt } = object;
  return {
    kind: object.kind,
    id: object.id,
    key_id: object.keyId,
    team_id: object.team ?? null,
    org_id: object.org ?? null,
    provider: object.provider,
    credential: object.credential ?? null,
    purpose: object.purpose ?? null,
    facts: JSON.stringify(object.facts),
    created_at: Math.floor(object.createdAt),
    expires_at: expiresAt === undefined ? null : Math.ceil(expiresAt),
    gone: 0,
    billed: 0,
    billing_until: null,
    sealed: seen === undefined ? null : sealedSeen(context, object, seen),
  };
}

export function objectOf(context: ObjectContext, row: ObjectsTable): KeptObject {
  const kind = objectKinds.find((known) => known === row.kind) ?? "openai-file";
  const named = { kind, id: row.id, keyId: row.key_id };
  const seen = row.sealed === null ? undefined : openedSeen(context, named, row.sealed);
  const facts = parseJson(row.facts);
  return {
    ...named,
    ...(row.team_id === null ? {} : { team: row.team_id }),
    ...(row.org_id === null ? {} : { org: row.org_id }),
    provider: row.provider,
    ...(row.credential === null ? {} : { credential: row.credential }),
    ...(row.purpose === null ? {} : { purpose: row.purpose }),
    facts: isObject(facts) ? facts : {},
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    billed: row.billed === 1,
    ...(seen === undefined ? {} : { seen }),
  };
}

function openedSeen({ sealer }: ObjectContext, named: NamedObject, sealed: Uint8Array): Uint8Array | undefined {
  try {
    return sealer.open(sealed, sealContext(named));
  } catch {
    return undefined;
  }
}
