import type { ProviderDefinition } from "./define.ts";

export const anthropic: ProviderDefinition = {
  id: "anthropic",
  name: "Anthropic",
  docsUrl: "https://platform.claude.com/docs/en/api/overview",
  checked: "2026-11-20",
  keyVariables: ["ANTHROPIC_API_KEY"],
  endpoints: {
    "anthropic-messages": { baseUrl: "https://api.anthropic.com", quirks: {} },
    // Anthropic offers this one for comparing models; it hides thinking and ignores most fields it does not know.
    // https://platform.claude.com/docs/en/api/openai-sdk
    "openai-chat": {
      baseUrl: "https://api.anthropic.com/v1",
      quirks: { reasoningRequest: "none", jsonSchema: "json_object", documentParts: false, strictTools: false },
    },
  },
};
