import type { SurfaceDialect } from "../../config/quirks.ts";

/** What a dialect's request says at its root that matters to a cache. */
interface WireFields {
  /** They change how an answer is sent, billed or labelled, and never what it says. */
  readonly beside: ReadonlySet<string>;
  /** Whoever says one of them asks for more than one answer, or for what is kept elsewhere: no answer serves another request. */
  readonly unkept: ReadonlySet<string>;
}

/**
 * A field that is in no list is part of the key, with its bytes: what is new, unknown or misspelt can only make a miss.
 * `model` is part of it by the name that was asked for.
 */
export const wireFields: Readonly<Record<SurfaceDialect, WireFields>> = {
  // https://platform.openai.com/docs/api-reference/chat/create
  "openai-chat": {
    beside: new Set(["model", "stream", "stream_options", "prompt_cache_key", "metadata"]),
    unkept: new Set(["logprobs", "top_logprobs", "web_search_options", "audio"]),
  },
  // https://platform.openai.com/docs/api-reference/responses/create
  "openai-responses": {
    beside: new Set(["model", "stream", "stream_options", "prompt_cache_key", "metadata"]),
    unkept: new Set(["top_logprobs", "previous_response_id", "conversation", "prompt"]),
  },
  // https://platform.claude.com/docs/en/api/messages: `metadata` is the end user's id
  "anthropic-messages": {
    beside: new Set(["model", "stream", "cache_control"]),
    unkept: new Set(["container", "mcp_servers"]),
  },
  gemini: { beside: new Set(["model"]), unkept: new Set(["cachedContent", "cached_content"]) },
};

/** Where one of several answers is asked for, or what each of its pieces weighed: within Gemini's `generationConfig`. */
export const unkeptOfGemini = ["candidateCount", "responseLogprobs", "logprobs"] as const;
