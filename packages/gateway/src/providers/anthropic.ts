import type { ProviderDefinition } from "./define.ts";

export const anthropic: ProviderDefinition = {
  id: "anthropic",
  name: "Anthropic",
  docsUrl: "https://platform.claude.com/docs/en/api/overview",
  checked: "2026-11-20",
  keyVariables: ["ANTHROPIC_API_KEY"],
  endpoints: {
    // Not the one for Chat Completions, which is for comparing models: it ignores what it does not know, prompt caching and
    // thinking among it, and says nothing of it. https://platform.claude.com/docs/en/api/openai-sdk
    "anthropic-messages": { baseUrl: "https://api.anthropic.com", quirks: {} },
  },
  resources: ["anthropic-batches"],
};
