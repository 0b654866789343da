/** Times are milliseconds since 1970. What is sealed has its kind, its id and its key's for context. */
export interface ObjectsTables {
  readonly objects: ObjectsTable;
}

/** A file or a batch that an upstream keeps, and the key whose it is. */
export interface ObjectsTable {
  /** An ObjectKind. */
  readonly kind: string;
  /** As the upstream made it. */
  readonly id: string;
  readonly key_id: string;
  readonly team_id: string | null;
  readonly org_id: string | null;
  readonly provider: string;
  /** The account under which it is kept; null: the provider takes none. */
  readonly credential: string | null;
  /** Of a file, as the upstream calls it. */
  readonly purpose: string | null;
  /** A JSON object: what accounting and access must know of it later. */
  readonly facts: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  /** 1: its owner has no use of it any more, and nobody else ever may. */
  readonly gone: number;
  /** 1: what it cost is in the ledger. */
  readonly billed: number;
  /** Somebody is about to write that there, and is believed to until then. */
  readonly billing_until: number | null;
  /** The upstream's object as it was last seen; null: nothing can be encrypted here, or it is too large. */
  readonly sealed: Uint8Array | null;
}
