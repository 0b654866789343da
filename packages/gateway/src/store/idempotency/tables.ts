/** Times are milliseconds since 1970. */
export interface IdempotencyTables {
  readonly idempotency: IdempotencyTable;
}

/** One row for each Idempotency-Key of a client's key. */
export interface IdempotencyTable {
  /** SHA-256 of both: what a client calls its requests is not kept. */
  readonly id: string;
  readonly key_id: string;
  /** SHA-256 of what was asked. */
  readonly request_digest: string;
  /** As the client was told it: `req_…`. */
  readonly request_id: string;
  /** A ClaimState. */
  readonly state: string;
  /** Until then a claim that runs is believed to. */
  readonly lease_until: number;
  readonly expires_at: number;
  /** The answer, encrypted. */
  readonly sealed: Uint8Array | null;
}
