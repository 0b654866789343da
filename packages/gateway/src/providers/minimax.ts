import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const minimax: ProviderDefinition = {
  id: "minimax",
  name: "MiniMax",
  docsUrl: "https://platform.minimax.io/docs/api-reference/text-anthropic-api",
  checked: "2026-11-20",
  keyVariables: ["MINIMAX_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.minimax.io/v1",
      quirks: {
        maxTokensField: "max_completion_tokens",
        jsonSchema: "json_object",
        reasoningRequest: "none",
        documentParts: false,
      },
    },
    "openai-responses": { baseUrl: "https://api.minimax.io/v1", quirks: lookAlikeResponses },
    "anthropic-messages": { baseUrl: "https://api.minimax.io/anthropic", quirks: lookAlike, auth: { kind: "bearer" } },
  },
};
