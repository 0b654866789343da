import type { Sealer } from "../seal.ts";
import type { ResponsesTable } from "./tables.ts";

export const responseStatuses = ["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"] as const;

export type ResponseStatus = (typeof responseStatuses)[number];

/** Statuses that end by themselves, or when nobody works on it any more. */
export const RUNNING = ["queued", "in_progress"] as const satisfies readonly ResponseStatus[];

export const isRunning = (status: ResponseStatus): boolean => RUNNING.some((running) => running === status);

/** What was said, byte for byte. */
export interface ResponseWords {
  /** A JSON array: what the request itself brought, without what it went on from. */
  readonly input: Uint8Array;
  /** The JSON object that the client was answered with. */
  readonly response: Uint8Array;
}

/** An upstream that keeps the response itself. */
export interface UpstreamKeeper {
  readonly provider: string;
  /** The id of the credential; absent: the provider takes none. */
  readonly credential?: string;
  /** The upstream's own name of it. */
  readonly id: string;
}

export interface KeptResponse {
  readonly keyId: string;
  readonly id: string;
  readonly parentId?: string;
  /** Asked in a conversation, with its items before this position. */
  readonly conversation?: { readonly id: string; readonly until: number };
  readonly upstream?: UpstreamKeeper;
  readonly status: ResponseStatus;
  readonly background: boolean;
  /** Who works on it, and until when (milliseconds since 1970) that is believed. */
  readonly lease?: { readonly owner: string; readonly until: number };
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Absent: only the upstream has them. */
  readonly words?: ResponseWords;
}

const sealContext = (keyId: string, id: string): string => `responses|${keyId}|${id}`;

/** Throws StoreError `invalid` where nothing can be encrypted. */
export function rowOf(response: KeptResponse, sealer: Sealer): ResponsesTable {
  const { keyId, id, parentId, conversation, upstream, status, background, lease, words } = response;
  return {
    key_id: keyId,
    id,
    parent_id: parentId ?? null,
    conversation_id: conversation?.id ?? null,
    conversation_until: conversation?.until ?? null,
    ...upstreamColumns(upstream),
    status,
    background: background ? 1 : 0,
    owner: lease?.owner ?? null,
    lease_until: lease === undefined ? null : Math.ceil(lease.until),
    created_at: Math.floor(response.createdAt),
    expires_at: Math.ceil(response.expiresAt),
    ...wordsColumns(response, words, sealer),
  };
}

export function upstreamColumns(upstream: UpstreamKeeper | undefined) {
  return {
    provider: upstream?.provider ?? null,
    credential: upstream?.credential ?? null,
    upstream_id: upstream?.id ?? null,
  };
}

export function wordsColumns(
  { keyId, id }: Pick<KeptResponse, "keyId" | "id">,
  words: ResponseWords | undefined,
  sealer: Sealer,
) {
  if (words === undefined) return { size: 0, sealed: null };
  const plain = pack(words);
  return { size: plain.length, sealed: sealer.seal(plain, sealContext(keyId, id)) };
}

/** Throws StoreError `corrupt` for words that were sealed with another key, or changed. */
export function responseOf(row: ResponsesTable, sealer: Sealer): KeptResponse {
  const { key_id: keyId, id, provider, credential, upstream_id: upstreamId, owner } = row;
  return {
    keyId,
    id,
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    ...(row.conversation_id === null || row.conversation_until === null
      ? {}
      : { conversation: { id: row.conversation_id, until: row.conversation_until } }),
    ...(provider === null || upstreamId === null
      ? {}
      : { upstream: { provider, ...(credential === null ? {} : { credential }), id: upstreamId } }),
    status: responseStatuses.find((status) => status === row.status) ?? "failed",
    background: row.background === 1,
    ...(owner === null || row.lease_until === null ? {} : { lease: { owner, until: row.lease_until } }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.sealed === null ? {} : { words: unpack(sealer.open(row.sealed, sealContext(keyId, id))) }),
  };
}

/** The length of the input in four bytes, the input, and the response. */
function pack({ input, response }: ResponseWords): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(input.length);
  return Buffer.concat([length, input, response]);
}

function unpack(packed: Uint8Array): ResponseWords {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = 4 + bytes.readUInt32BE();
  return { input: bytes.subarray(4, end), response: bytes.subarray(end) };
}
