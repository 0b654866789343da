import type { ProviderDefinition } from "./define.ts";
import { lookAlikeResponses } from "./look-alike.ts";

/** Fields that Claude does not know at Mantle are refused. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html */
const claude = {
  topLevelCacheControl: "last-block",
  strictTools: "drop",
  toolFields: "drop",
  extraFields: "drop",
  webSearch: "drop",
} as const;

const auth = { kind: "aws-sigv4", region: "{region}" } as const;

/** With a Bedrock API key, or with AWS keys that sign. Every region has an address of its own. */
export const bedrock: ProviderDefinition = {
  id: "bedrock",
  aliases: ["amazon-bedrock"],
  name: "Amazon Bedrock",
  docsUrl: "https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html",
  checked: "2026-11-20",
  keyVariables: ["AWS_BEARER_TOKEN_BEDROCK"],
  accountVariables: {
    required: { accessKeyId: "AWS_ACCESS_KEY_ID", secretAccessKey: "AWS_SECRET_ACCESS_KEY" },
    optional: { sessionToken: "AWS_SESSION_TOKEN" },
  },
  addressVariables: { region: ["AWS_REGION", "AWS_DEFAULT_REGION"] },
  auth: { kind: "aws-sigv4" },
  // Whoever writes addresses means Mantle, which speaks the dialects of others.
  endpoints: {
    "openai-chat": { quirks: { documentParts: false } },
    // At the same address; without hosted tools there.
    // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
    "openai-responses": { quirks: lookAlikeResponses },
    // Claude: `https://bedrock-mantle.REGION.api.aws/anthropic`.
    "anthropic-messages": { quirks: claude },
  },
  forms: [
    {
      needs: ["region"],
      endpoints: {
        // Ids, inference profiles of a region (`us.anthropic.…`) and their ARNs.
        "anthropic-messages": {
          baseUrl: "https://bedrock-runtime.{region}.amazonaws.com",
          host: "bedrock",
          auth,
          quirks: { topLevelCacheControl: "last-block", webSearch: "drop" },
          only: /(?:^|[./])anthropic\./,
        },
        // Whatever the model, and also where the name of an inference profile does not tell whose it is.
        "bedrock-converse": { baseUrl: "https://bedrock-runtime.{region}.amazonaws.com", auth, quirks: {} },
        // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html
        "openai-chat": {
          baseUrl: "https://bedrock-runtime.{region}.amazonaws.com/openai/v1",
          auth,
          quirks: { documentParts: false },
          only: /(?:^|[./])openai\./,
        },
        "openai-responses": { auth, quirks: lookAlikeResponses },
      },
    },
  ],
  baseUrlExample: "https://bedrock-runtime.REGION.amazonaws.com/openai/v1",
};
