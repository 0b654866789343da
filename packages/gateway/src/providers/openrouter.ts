import type { ProviderDefinition } from "./define.ts";

export const openrouter: ProviderDefinition = {
  id: "openrouter",
  name: "OpenRouter",
  docsUrl: "https://openrouter.ai/docs/api/reference/overview",
  checked: "2026-11-20",
  keyVariables: ["OPENROUTER_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://openrouter.ai/api/v1",
      quirks: {
        topK: true,
        // https://openrouter.ai/docs/guides/overview/multimodal/image-generation
        imageOutput: "image_config",
        reasoningRequest: "reasoning",
        reasoningReplay: "reasoning_details",
        cacheControl: true,
        documentUrls: true,
        videoParts: true,
        toolResultMedia: true,
        // https://openrouter.ai/docs/guides/features/server-tools/web-search
        webSearch: "openrouter:web_search",
      },
    },
    "openai-responses": {
      baseUrl: "https://openrouter.ai/api/v1",
      quirks: { namespaceTools: false, customTools: false },
    },
    // The key goes into Authorization, never into x-api-key.
    // https://openrouter.ai/docs/guides/coding-agents/claude-code-integration
    "anthropic-messages": { baseUrl: "https://openrouter.ai/api", quirks: {}, auth: { kind: "bearer" } },
  },
  // https://openrouter.ai/docs/api/api-reference/embeddings/create-embeddings
  operations: {
    embeddings: { format: "openai" },
    // https://openrouter.ai/docs/guides/overview/multimodal/tts. Its transcription takes JSON.
    speech: { format: "openai" },
  },
};
