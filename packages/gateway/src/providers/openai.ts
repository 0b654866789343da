import type { ProviderDefinition } from "./define.ts";

export const openai: ProviderDefinition = {
  id: "openai",
  name: "OpenAI",
  docsUrl: "https://developers.openai.com/api/reference/overview",
  checked: "2026-11-20",
  keyVariables: ["OPENAI_API_KEY"],
  endpoints: {
    // First, as it says more than chat: clients of other dialects see reasoning and get it replayed.
    "openai-responses": {
      baseUrl: "https://api.openai.com/v1",
      quirks: { reasoningSampling: false, keepsState: true },
    },
    "openai-chat": {
      baseUrl: "https://api.openai.com/v1",
      quirks: {
        maxTokensField: "max_completion_tokens",
        stopLimit: 4,
        imageOutput: "none",
        endUserField: "safety_identifier",
        promptCacheBreakpoint: true,
        toolCallIdMaxLength: 40,
        customTools: true,
        allowedTools: true,
        // https://developers.openai.com/api/docs/guides/tools-web-search
        webSearch: "search-models",
      },
    },
  },
  operations: {
    embeddings: { format: "openai" },
    images: { format: "openai" },
    "image-edits": { format: "openai" },
    completions: { format: "openai" },
    transcription: { format: "openai" },
    translation: { format: "openai" },
    speech: { format: "openai" },
    moderation: { format: "openai" },
  },
  resources: ["openai-files", "openai-batches"],
};
