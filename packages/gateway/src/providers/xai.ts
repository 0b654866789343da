import type { ProviderDefinition } from "./define.ts";

/** Its Messages API is deprecated and therefore left out. */
export const xai: ProviderDefinition = {
  id: "xai",
  aliases: ["grok"],
  name: "xAI",
  docsUrl: "https://docs.x.ai/developers/rest-api-reference/inference/chat",
  checked: "2026-11-20",
  keyVariables: ["XAI_API_KEY"],
  endpoints: {
    "openai-chat": { baseUrl: "https://api.x.ai/v1", quirks: { efforts: ["low", "high"], documentParts: false } },
    "openai-responses": {
      baseUrl: "https://api.x.ai/v1",
      quirks: {
        reasoningSummary: false,
        reasoningEfforts: ["low", "high"],
        developerRole: false,
        namespaceTools: false,
        customTools: false,
        imageInToolResult: false,
        fileInToolResult: false,
        textVerbosity: false,
        endUserField: "user",
      },
    },
  },
};
