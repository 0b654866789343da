/** Times are milliseconds since 1970. What is sealed has its key's and its own id for context. */
export interface ResponsesTables {
  readonly responses: ResponsesTable;
  readonly conversations: ConversationsTable;
  readonly conversation_items: ConversationItemsTable;
}

/** An answer that can be read again and gone on from, by the key that asked for it. */
export interface ResponsesTable {
  readonly key_id: string;
  readonly id: string;
  /** The response that it goes on from, whose words are in its own row. */
  readonly parent_id: string | null;
  /** The conversation that it was asked in, and the position before which the items stand that it was asked with. */
  readonly conversation_id: string | null;
  readonly conversation_until: number | null;
  /** Where the upstream keeps it itself: with whom, by which account, and under which id. */
  readonly provider: string | null;
  readonly credential: string | null;
  readonly upstream_id: string | null;
  /** A ResponseStatus. */
  readonly status: string;
  /** 1: it runs, or ran, in the background. */
  readonly background: number;
  /** The process that works on it, and until when it is believed to. */
  readonly owner: string | null;
  readonly lease_until: number | null;
  readonly created_at: number;
  readonly expires_at: number;
  /** Of what is sealed, in bytes. */
  readonly size: number;
  readonly sealed: Uint8Array | null;
}

export interface ConversationsTable {
  readonly key_id: string;
  readonly id: string;
  readonly created_at: number;
  readonly expires_at: number;
  /** Of the next item: never used twice. */
  readonly next_position: number;
  /** Its metadata. */
  readonly sealed: Uint8Array;
}

export interface ConversationItemsTable {
  readonly key_id: string;
  readonly conversation_id: string;
  readonly position: number;
  readonly id: string;
  readonly size: number;
  readonly sealed: Uint8Array;
}
