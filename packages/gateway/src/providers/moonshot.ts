import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const moonshot: ProviderDefinition = {
  id: "moonshot",
  aliases: ["kimi", "moonshotai"],
  name: "Moonshot AI",
  docsUrl: "https://platform.kimi.ai/docs/api/overview",
  checked: "2026-11-20",
  keyVariables: ["MOONSHOT_API_KEY", "KIMI_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.moonshot.ai/v1",
      quirks: {
        maxTokensField: "max_completion_tokens",
        jsonSchema: "json_object",
        reasoningRequest: "thinking",
        // Kimi K3's; earlier models know on and off only. https://platform.kimi.ai/docs/api/chat
        efforts: ["low", "high", "max"],
        reasoningReplay: "reasoning_content",
        assistantPrefix: "partial",
        documentParts: false,
        videoParts: true,
        toolResultName: true,
        strictTools: false,
      },
    },
    "openai-responses": { baseUrl: "https://api.moonshot.ai/v1", quirks: lookAlikeResponses },
    "anthropic-messages": {
      baseUrl: "https://api.moonshot.ai/anthropic",
      quirks: { ...lookAlike, effort: "keep" },
    },
  },
};
