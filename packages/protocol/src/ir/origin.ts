/** A wire API family. `bedrock-converse` is spoken to upstreams only. */
export type DialectId = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini" | "bedrock-converse";

/** Where a value was made. A value with an origin is replayed there and nowhere else. */
export interface Origin {
  readonly dialect: DialectId;
  readonly provider?: string;
  readonly model?: string;
}

/**
 * A value that only its maker can read: Anthropic's thinking `signature` and redacted `data`, OpenAI's
 * `encrypted_content`, Gemini's `thoughtSignature`. Never invented, never re-encoded, never shown to another origin.
 */
export interface Opaque {
  readonly origin: Origin;
  readonly data: string;
  /** The wire item's id, where the maker wants it back beside the data (Responses `rs_…`). */
  readonly id?: string;
}
