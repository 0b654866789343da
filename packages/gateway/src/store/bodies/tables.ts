/** Times are milliseconds since 1970. */
export interface BodiesTables {
  readonly bodies: BodiesTable;
}

/** What was sent in one direction of one request. */
export interface BodiesTable {
  /** The ledger's id of the request. */
  readonly request_id: string;
  /** A BodyKind. */
  readonly kind: string;
  readonly key_id: string;
  readonly team_id: string | null;
  readonly org_id: string | null;
  readonly media_type: string;
  /** Of the whole body, in bytes; what is kept of it may be less. */
  readonly size: number;
  readonly sealed: Uint8Array;
  readonly expires_at: number;
}
