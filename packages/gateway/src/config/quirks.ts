import type {
  AnthropicMessagesQuirks,
  BedrockConverseQuirks,
  DialectId,
  GeminiQuirks,
  OpenAiChatQuirks,
  OpenAiResponsesQuirks,
} from "@signalbox/protocol";
import { z } from "zod";

/** The dialects that clients speak to us. */
export type SurfaceDialect = Exclude<DialectId, "bedrock-converse">;

export const surfaceDialects = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
] as const satisfies readonly SurfaceDialect[];

/** The dialects that an endpoint can be declared for. */
export type EndpointDialect = DialectId;

/** The closed quirk record of each dialect; `{}` is the vendor's own behaviour. */
export interface QuirksByDialect {
  readonly "openai-chat": OpenAiChatQuirks;
  readonly "openai-responses": OpenAiResponsesQuirks;
  readonly "anthropic-messages": AnthropicMessagesQuirks;
  readonly gemini: GeminiQuirks;
  readonly "bedrock-converse": BedrockConverseQuirks;
}

const keepOr = <const T extends string>(other: T) => z.enum(["keep", other]).exactOptional();
const flag = z.boolean().exactOptional();

const count = z.int().positive().exactOptional();
const names = z.array(z.string().min(1)).exactOptional();
const efforts = z.array(z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"])).exactOptional();

const openaiChat = z.strictObject({
  maxTokensField: z.enum(["max_tokens", "max_completion_tokens"]).exactOptional(),
  stopLimit: count,
  topK: flag,
  seedField: z.enum(["seed", "random_seed"]).exactOptional(),
  endUserField: z.enum(["user", "safety_identifier"]).exactOptional(),
  streamUsage: flag,
  jsonSchema: z.enum(["json_schema", "json_object"]).exactOptional(),
  unsupportedFields: names,
  imageOutput: z.enum(["none", "modalities", "image_config"]).exactOptional(),
  audioOutput: flag,
  reasoningRequest: z
    .enum(["reasoning_effort", "reasoning", "thinking", "enable_thinking", "chat_template_kwargs", "none"])
    .exactOptional(),
  efforts,
  reasoningReplay: z.enum(["reasoning_content", "reasoning", "reasoning_details", "thinking", "none"]).exactOptional(),
  assistantPrefix: z.enum(["plain", "prefix", "partial", "continue_final_message"]).exactOptional(),
  cacheControl: flag,
  promptCacheBreakpoint: flag,
  stringContentOnly: flag,
  documentParts: flag,
  documentUrls: flag,
  videoParts: flag,
  systemRole: z.enum(["system", "developer"]).exactOptional(),
  midConversationSystem: keepOr("user"),
  toolResultMedia: flag,
  toolResultName: flag,
  toolCallIdMaxLength: count,
  toolCallIdAlphanumeric: flag,
  strictTools: flag,
  parallelToolCalls: flag,
  customTools: flag,
  webSearch: z.enum(["search-models", "web_search_options", "openrouter:web_search", "groq"]).exactOptional(),
  allowedTools: flag,
  requiredToolChoice: z.enum(["required", "any"]).exactOptional(),
});

const openaiResponses = z.strictObject({
  encryptedReasoning: flag,
  reasoningSummary: flag,
  fullReasoningContent: flag,
  reasoningEfforts: efforts,
  reasoningSampling: flag,
  minOutputTokens: count,
  developerRole: flag,
  namespaceTools: flag,
  customTools: flag,
  hostedTools: names,
  searchExclusions: z.enum(["blocked_domains", "excluded_domains", "none"]).exactOptional(),
  imageInToolResult: flag,
  fileInToolResult: flag,
  storeDefault: z.union([z.boolean(), z.literal("omit")]).exactOptional(),
  keepsState: flag,
  textVerbosity: flag,
  endUserField: z.enum(["safety_identifier", "user"]).exactOptional(),
});

const anthropicMessages = z.strictObject({
  cacheControl: keepOr("drop"),
  cacheControlTtl: keepOr("drop"),
  topLevelCacheControl: keepOr("last-block"),
  adaptiveThinking: keepOr("enabled"),
  effort: keepOr("drop"),
  structuredOutput: z.enum(["output-config", "output-format", "instruct"]).exactOptional(),
  midConversationSystem: keepOr("user"),
  documents: keepOr("text"),
  images: keepOr("drop"),
  serverTools: keepOr("drop"),
  webSearch: keepOr("drop"),
  sampling: z.enum(["both", "one", "none"]).exactOptional(),
  betaHeaders: z.enum(["header", "body", "none"]).exactOptional(),
  strictTools: keepOr("drop"),
  toolFields: keepOr("drop"),
  toolChoiceNone: keepOr("drop"),
  thinkingSignatures: z.enum(["required", "none"]).exactOptional(),
  extraFields: keepOr("drop"),
  billingHeader: keepOr("drop"),
});

const gemini = z.strictObject({
  jsonSchemaTools: flag,
  jsonSchemaOutput: flag,
  functionCallIds: flag,
  toolResultMedia: flag,
  urlMedia: flag,
  toolsWithJsonOutput: flag,
  skipSignatureSentinel: flag,
  thinkingLevels: z.array(z.enum(["MINIMAL", "LOW", "MEDIUM", "HIGH"])).exactOptional(),
  searchExclusions: flag,
  includeThoughts: flag,
});

const bedrockConverse = z.strictObject({
  family: z.enum(["claude", "nova", "mistral", "llama", "gpt-oss", "other"]).exactOptional(),
  cachePoints: keepOr("drop"),
  cachePointTtl: keepOr("drop"),
  adaptiveThinking: keepOr("enabled"),
  effort: keepOr("drop"),
  sampling: z.enum(["both", "one", "none"]).exactOptional(),
  structuredOutput: z.enum(["output-config", "instruct"]).exactOptional(),
  strictTools: keepOr("drop"),
  midConversationSystem: keepOr("user"),
});

/** Every quirk can be written in the configuration; the compiler compares these schemas with the protocol's types. */
export const quirksSchema = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "anthropic-messages": anthropicMessages,
  gemini,
  "bedrock-converse": bedrockConverse,
} satisfies {
  [D in EndpointDialect]: z.ZodType<QuirksByDialect[D]> & {
    readonly shape: { readonly [K in keyof QuirksByDialect[D]]-?: unknown };
  };
};
