import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const sambanova: ProviderDefinition = {
  id: "sambanova",
  name: "SambaNova",
  docsUrl: "https://docs.sambanova.ai/docs/en/features/anthropic-compatibility",
  checked: "2026-11-20",
  keyVariables: ["SAMBANOVA_API_KEY"],
  endpoints: {
    "openai-chat": { baseUrl: "https://api.sambanova.ai/v1", quirks: { documentParts: false } },
    "openai-responses": { baseUrl: "https://api.sambanova.ai/v1", quirks: lookAlikeResponses },
    "anthropic-messages": { baseUrl: "https://api.sambanova.ai", quirks: lookAlike },
  },
};
