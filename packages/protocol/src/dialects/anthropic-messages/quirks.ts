/**
 * How an endpoint that speaks the Messages API differs from Anthropic's own. Every field is optional and its absence means
 * "like Anthropic". Each quirk is implemented in exactly one codec file, named in its last line.
 *
 * Look-alikes: DeepSeek https://api-docs.deepseek.com/guides/anthropic_api · Ollama
 * https://docs.ollama.com/api/anthropic-compatibility · Moonshot, Z.ai, MiniMax, vLLM. Clouds: Bedrock
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html · Vertex
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
 */
export interface AnthropicMessagesQuirks {
  /** `drop`: `cache_control` is rejected or without meaning (DeepSeek, Ollama). cache-breakpoints.ts */
  readonly cacheControl?: "keep" | "drop";
  /** `drop`: `cache_control` is taken, its `ttl` is not (older Bedrock models, several look-alikes). cache-breakpoints.ts */
  readonly cacheControlTtl?: "keep" | "drop";
  /** `last-block`: no top-level `cache_control`; the breakpoint goes to the last block instead (Bedrock, Vertex). cache-breakpoints.ts */
  readonly topLevelCacheControl?: "keep" | "last-block";
  /** `enabled`: no `thinking: {type: adaptive}`; a budget is sent instead (look-alikes, Claude before 4.6). encode-reasoning.ts */
  readonly adaptiveThinking?: "keep" | "enabled";
  /** `drop`: no `output_config.effort`; a thinking budget says it instead (look-alikes, Claude before 4.5). encode-reasoning.ts */
  readonly effort?: "keep" | "drop";
  /**
   * Where a JSON schema for the answer goes: `output_config.format`, the earlier beta's top-level `output_format`, or an
   * instruction in the system prompt (look-alikes).
   * https://platform.claude.com/docs/en/build-with-claude/structured-outputs encode-output.ts
   */
  readonly structuredOutput?: "output-config" | "output-format" | "instruct";
  /**
   * `user`: messages with `role: "system"` are rejected and become marked user text (look-alikes, Claude before Opus 4.8).
   * https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages encode-messages.ts
   */
  readonly midConversationSystem?: "keep" | "user";
  /** `text`: only documents that are plain text can be said, as text (DeepSeek, Ollama). encode-media.ts */
  readonly documents?: "keep" | "text";
  /** `drop`: images are not taken (DeepSeek). encode-media.ts */
  readonly images?: "keep" | "drop";
  /** `drop`: neither server tools nor their blocks are taken (all look-alikes). server-tools.ts */
  readonly serverTools?: "keep" | "drop";
  /** `drop`: other server tools may be taken, the search of the web is not (Bedrock). web-search.ts */
  readonly webSearch?: "keep" | "drop";
  /**
   * `both`: temperature and top_p may stand together; `one`: only one of them; `none`: neither, nor top_k. Absent: by
   * the model's name. https://platform.claude.com/docs/en/about-claude/models/migration-guide encode-sampling.ts
   */
  readonly sampling?: "both" | "one" | "none";
  /** Where beta names go: the `anthropic-beta` header, the body's `anthropic_beta` list (Bedrock), or nowhere. betas.ts */
  readonly betaHeaders?: "header" | "body" | "none";
  /** `drop`: tools take no `strict` (Bedrock, look-alikes). encode-tools.ts */
  readonly strictTools?: "keep" | "drop";
  /** `drop`: tools take none of `defer_loading`, `input_examples`, … (Bedrock, Vertex, look-alikes). encode-tools.ts */
  readonly toolFields?: "keep" | "drop";
  /** `drop`: there is no `tool_choice: none`; the tools are left out instead (early look-alikes). encode-tools.ts */
  readonly toolChoiceNone?: "keep" | "drop";
  /**
   * `none`: thinking blocks have no signature and need none, so this endpoint's own unsigned thinking is replayed
   * (DeepSeek, Ollama). encode-assistant.ts
   */
  readonly thinkingSignatures?: "required" | "none";
  /** `drop`: unknown top-level fields are rejected ("Extra inputs are not permitted": Bedrock, Vertex). encode-request.ts */
  readonly extraFields?: "keep" | "drop";
  /** `drop`: Claude Code's billing header block is not sent; it would spoil a look-alike's prompt cache. encode-request.ts */
  readonly billingHeader?: "keep" | "drop";
}
