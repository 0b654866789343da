import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const deepseek: ProviderDefinition = {
  id: "deepseek",
  name: "DeepSeek",
  docsUrl: "https://api-docs.deepseek.com/",
  checked: "2026-11-20",
  keyVariables: ["DEEPSEEK_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.deepseek.com",
      quirks: {
        jsonSchema: "json_object",
        reasoningRequest: "thinking",
        efforts: ["low", "high", "max"],
        reasoningReplay: "reasoning_content",
        documentParts: false,
        strictTools: false,
      },
    },
    // Made for Codex, and without state. https://api-docs.deepseek.com/guides/responses_api
    "openai-responses": {
      baseUrl: "https://api.deepseek.com",
      quirks: { ...lookAlikeResponses, reasoningEfforts: ["none", "low", "high", "max"] },
    },
    // Takes `output_config.effort` and images, and ignores budgets, cache_control and citations.
    // https://api-docs.deepseek.com/guides/anthropic_api https://api-docs.deepseek.com/api/create-message
    "anthropic-messages": {
      baseUrl: "https://api.deepseek.com/anthropic",
      quirks: { ...lookAlike, effort: "keep", cacheControl: "drop", thinkingSignatures: "none" },
    },
  },
  // With a suffix, too, and no more than 4K tokens. https://api-docs.deepseek.com/guides/fim_completion
  operations: { completions: { format: "openai", baseUrl: "https://api.deepseek.com/beta" } },
};
