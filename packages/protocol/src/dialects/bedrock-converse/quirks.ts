/** Whose models speak through the one API: what goes beside it into `additionalModelRequestFields` is theirs. */
export type BedrockFamily = "claude" | "nova" | "mistral" | "llama" | "gpt-oss" | "other";

/**
 * How an endpoint that speaks the Converse API, or a model behind it, differs. Every field is optional; where it is absent the
 * model's name tells. Each quirk is implemented in exactly one codec file, named in its last line.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
 */
export interface BedrockConverseQuirks {
  /** Needed where the name tells nothing: application inference profiles, imported models, provisioned throughput. model-family.ts */
  readonly family?: BedrockFamily;
  /**
   * `drop`: `cachePoint` blocks are refused. Default: kept for Claude and Nova.
   * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html cache-points.ts
   */
  readonly cachePoints?: "keep" | "drop";
  /** `drop`: cache points take no `ttl`. Default: kept for Claude since 4.5. cache-points.ts */
  readonly cachePointTtl?: "keep" | "drop";
  /** `enabled`: no adaptive thinking; a budget is sent instead (Claude before 4.6). encode-model-fields.ts */
  readonly adaptiveThinking?: "keep" | "enabled";
  /** `drop`: no `outputConfig.effort`; a thinking budget says it instead (Claude before 4.5). encode-model-fields.ts */
  readonly effort?: "keep" | "drop";
  /** Which of temperature and top-p Claude takes: both, only one of them, or neither. Default: by its version. encode-model-fields.ts */
  readonly sampling?: "both" | "one" | "none";
  /**
   * Where a JSON schema for the answer goes: `outputConfig.textFormat`, or an instruction in the system prompt. Default:
   * instructions for Claude before 4.5, Nova, Llama and Titan.
   * https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html encode-output.ts
   */
  readonly structuredOutput?: "output-config" | "instruct";
  /** `drop`: tools take no `strict`. Default: as for JSON schemas. encode-tools.ts */
  readonly strictTools?: "keep" | "drop";
  /** `keep`: messages with `role: "system"` are taken (the newest Claude). Default: they become marked user text. encode-messages.ts */
  readonly midConversationSystem?: "keep" | "user";
}
