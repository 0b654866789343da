/** Times are milliseconds since 1970. In PostgreSQL only. */
export interface SemanticCacheTables {
  readonly semantic_entries: SemanticEntriesTable;
}

export interface SemanticEntriesTable {
  readonly bucket: string;
  readonly id: string;
  readonly tenant: string;
  readonly dimensions: number;
  /** What guards compare. */
  readonly sealed: Uint8Array;
  /** JSON: how similar, and who was right. */
  readonly observations: string;
  readonly expires_at: number;
  /** Of pgvector: added by whoever first needs it, since the extension may come later than the tables. */
  readonly embedding: string;
}
