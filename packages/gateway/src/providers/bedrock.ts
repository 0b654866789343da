import type { ProviderDefinition } from "./define.ts";

/** Bedrock's OpenAI dialect with a Bedrock API key; every region has an address of its own. */
export const bedrock: ProviderDefinition = {
  id: "bedrock",
  aliases: ["amazon-bedrock"],
  name: "Amazon Bedrock",
  docsUrl: "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html",
  checked: "2026-11-20",
  keyVariables: ["AWS_BEARER_TOKEN_BEDROCK"],
  auth: { kind: "bearer" },
  endpoints: { "openai-chat": { quirks: { documentParts: false } } },
  baseUrlExample: "https://bedrock-runtime.REGION.amazonaws.com/openai/v1",
};
