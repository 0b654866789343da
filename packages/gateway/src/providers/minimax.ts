import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const minimax: ProviderDefinition = {
  id: "minimax",
  name: "MiniMax",
  docsUrl: "https://platform.minimax.io/docs/api-reference/text-anthropic-api",
  checked: "2026-11-20",
  keyVariables: ["MINIMAX_API_KEY"],
  endpoints: {
    // First, as the others do not tell thinking apart: chat writes it into the text between `<think>` tags.
    // Thinking is `adaptive` or `disabled`.
    "anthropic-messages": {
      baseUrl: "https://api.minimax.io/anthropic",
      quirks: { ...lookAlike, adaptiveThinking: "keep" },
      auth: { kind: "bearer" },
    },
    "openai-chat": {
      baseUrl: "https://api.minimax.io/v1",
      quirks: {
        maxTokensField: "max_completion_tokens",
        jsonSchema: "json_object",
        reasoningRequest: "none",
        documentParts: false,
        strictTools: false,
        parallelToolCalls: false,
      },
    },
    // https://platform.minimax.io/docs/api-reference/responses-create
    "openai-responses": {
      baseUrl: "https://api.minimax.io/v1",
      quirks: { ...lookAlikeResponses, reasoningEfforts: ["none", "minimal", "low", "medium", "high"] },
    },
  },
};
