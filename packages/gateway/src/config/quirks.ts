import type { AnthropicMessagesQuirks, DialectId, GeminiQuirks } from "@signalbox/protocol";
import { z } from "zod";

/** The dialects that an endpoint can be declared for today. */
export type EndpointDialect = Exclude<DialectId, "bedrock-converse">;

export const endpointDialects = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
] as const satisfies readonly EndpointDialect[];

/** The closed quirk record of each dialect; `{}` is the vendor's own behaviour. */
export interface QuirksByDialect {
  readonly "openai-chat": Readonly<Record<string, never>>;
  readonly "openai-responses": Readonly<Record<string, never>>;
  readonly "anthropic-messages": AnthropicMessagesQuirks;
  readonly gemini: GeminiQuirks;
}

const keepOr = <const T extends string>(other: T) => z.enum(["keep", other]).exactOptional();
const flag = z.boolean().exactOptional();

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
  betaHeaders: z.enum(["header", "body", "none"]).exactOptional(),
  strictTools: keepOr("drop"),
  toolFields: keepOr("drop"),
  toolChoiceNone: keepOr("drop"),
  thinkingSignatures: z.enum(["required", "none"]).exactOptional(),
  extraFields: keepOr("drop"),
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
  includeThoughts: flag,
});

/** Every quirk can be written in the configuration; the compiler compares these schemas with the protocol's types. */
export const quirksSchema = {
  "openai-chat": z.strictObject({}),
  "openai-responses": z.strictObject({}),
  "anthropic-messages": anthropicMessages,
  gemini,
} satisfies { [D in EndpointDialect]: z.ZodType<QuirksByDialect[D]> };
