/** Days are UTC, as `2026-11-21`; times are milliseconds since 1970; money is nano-dollars; booleans are 0 and 1. */
export interface LedgerTables {
  readonly requests: RequestsTable;
  readonly attempts: AttemptsTable;
  readonly daily_usage: DailyUsageTable;
  readonly ledger_instances: LedgerInstancesTable;
}

/** One row a request. Partitioned by `day` in PostgreSQL. */
export interface RequestsTable {
  readonly id: string;
  readonly day: string;
  readonly at: number;
  readonly key_id: string;
  readonly team_id: string | null;
  readonly org_id: string | null;
  readonly session: string | null;
  readonly agent: string | null;
  readonly parent_agent: string | null;
  readonly dialect: string;
  readonly operation: string;
  /** What was asked for. */
  readonly model: string;
  readonly router: string | null;
  readonly stream: number;
  /** A RequestState. */
  readonly state: string;
  readonly reserved_nano: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly finish_reason: string | null;
  /** Who answered. */
  readonly provider: string | null;
  readonly target_model: string | null;
  readonly attempts: number;
  /** Sums over all attempts: uncached input, read from a cache, written to one (5 min and 1 h), output, reasoning within the output. */
  readonly input_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_nano: number;
  readonly unpriced: number;
  readonly duration_ms: number | null;
  readonly first_token_ms: number | null;
  readonly overhead_ms: number | null;
  /** JSON array of names, or null. */
  readonly dropped: string | null;
  /** A CacheStatus; null: no cache was asked. */
  readonly cache: string | null;
  /** Net, and below zero where a feature cost more than it saved; null: it had no part in it, or what it saved is not known. */
  readonly saved_cache_nano: number | null;
  readonly saved_compression_nano: number | null;
  readonly saved_routing_nano: number | null;
  /** What a feature saved has no known price. */
  readonly savings_unpriced: number;
  /** The process that admitted it. */
  readonly instance: string | null;
}

/** One row an attempt. Partitioned like its request. */
export interface AttemptsTable {
  readonly request_id: string;
  readonly day: string;
  /** From 0. */
  readonly position: number;
  readonly provider: string;
  readonly model: string;
  readonly credential: string | null;
  readonly dialect: string;
  readonly lane: string;
  readonly started_after_ms: number;
  readonly duration_ms: number;
  readonly first_token_ms: number | null;
  readonly error: string | null;
  readonly input_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_5m_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly audio_input_tokens: number | null;
  readonly audio_output_tokens: number | null;
  readonly image_input_tokens: number | null;
  readonly image_output_tokens: number | null;
  readonly web_searches: number | null;
  readonly audio_cache_read_tokens: number | null;
  readonly image_cache_read_tokens: number | null;
  readonly images: number | null;
  readonly audio_seconds: number | null;
  readonly characters: number | null;
  readonly search_units: number | null;
  readonly other_charges: number | null;
  readonly estimated: number;
  /** Null where it is unpriced, or nothing was used. */
  readonly cost_nano: number | null;
  readonly price: string | null;
  readonly unpriced: number;
  readonly service_tier: string | null;
}

/**
 * The same by day and owner, kept when the rows are gone. A request, and what it saved, counts at the provider and model that answered
 * it, of a cache's answer at those that gave it first ("" where none did); tokens and money where they were spent: the sums over all rows are those of the requests.
 */
export interface DailyUsageTable {
  readonly day: string;
  /** "" where there is none. */
  readonly org_id: string;
  readonly team_id: string;
  readonly key_id: string;
  readonly router: string;
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly unknown: number;
  readonly attempts: number;
  readonly input_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_5m_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_nano: number;
  /** Requests whose price nobody knows. */
  readonly unpriced: number;
  readonly duration_ms: number;
  readonly first_token_ms: number;
  /** How many requests `first_token_ms` is the sum of. */
  readonly first_tokens: number;
  readonly cache_hits: number;
  readonly cache_misses: number;
  /** Net; may be below zero. */
  readonly saved_cache_nano: number;
  readonly saved_compression_nano: number;
  readonly saved_routing_nano: number;
  /** Requests of which nobody knows all that was saved. */
  readonly savings_unpriced: number;
}

/** The processes that write, and when each was last heard of, by the database's own clock. */
export interface LedgerInstancesTable {
  readonly id: string;
  readonly seen_at: number;
}
