import type { ProviderDefinition } from "./define.ts";
import { lookAlikeResponses } from "./look-alike.ts";

/** With a Bedrock API key; every region has an address of its own. */
export const bedrock: ProviderDefinition = {
  id: "bedrock",
  aliases: ["amazon-bedrock"],
  name: "Amazon Bedrock",
  docsUrl: "https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html",
  checked: "2026-11-20",
  keyVariables: ["AWS_BEARER_TOKEN_BEDROCK"],
  auth: { kind: "bearer" },
  endpoints: {
    "openai-chat": { quirks: { documentParts: false } },
    // At the same address; without hosted tools there.
    // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
    "openai-responses": { quirks: lookAlikeResponses },
    // Claude: `https://bedrock-mantle.REGION.api.aws/anthropic`. Fields that it does not know are refused there.
    // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html
    "anthropic-messages": {
      quirks: { topLevelCacheControl: "last-block", strictTools: "drop", toolFields: "drop", extraFields: "drop" },
    },
  },
  baseUrlExample: "https://bedrock-runtime.REGION.amazonaws.com/openai/v1",
};
