import type { ProviderDefinition } from "./define.ts";
import { lookAlike } from "./look-alike.ts";

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
        efforts: ["high", "max"],
        reasoningReplay: "reasoning_content",
        stringContentOnly: true,
        documentParts: false,
        strictTools: false,
      },
    },
    // Takes `output_config.effort` and ignores budgets, cache_control and citations.
    // https://api-docs.deepseek.com/guides/anthropic_api
    "anthropic-messages": {
      baseUrl: "https://api.deepseek.com/anthropic",
      quirks: { ...lookAlike, effort: "keep", cacheControl: "drop", images: "drop", thinkingSignatures: "none" },
    },
  },
};
