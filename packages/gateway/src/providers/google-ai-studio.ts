import type { ProviderDefinition } from "./define.ts";

export const googleAiStudio: ProviderDefinition = {
  id: "google-ai-studio",
  aliases: ["google", "gemini"],
  name: "Google AI Studio",
  docsUrl: "https://ai.google.dev/api",
  checked: "2026-11-20",
  keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
  endpoints: {
    // Gemini 3.7 Flash and 3.8 Flash refuse MINIMAL, which only some earlier Flash models know.
    // https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/thinking
    gemini: {
      baseUrl: "https://generativelanguage.googleapis.com",
      quirks: { thinkingLevels: ["LOW", "MEDIUM", "HIGH"] },
    },
    // https://ai.google.dev/gemini-api/docs/openai
    "openai-chat": {
      baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
      quirks: {
        unsupportedFields: ["prompt_cache_key"],
        cacheControl: false,
        imageOutput: "none",
        audioOutput: false,
        efforts: ["low", "medium", "high"],
        documentParts: false,
      },
    },
  },
  // https://ai.google.dev/gemini-api/docs/embeddings …/image-generation
  operations: {
    embeddings: { format: "gemini" },
    images: { format: "gemini", formats: { "imagen-": "imagen" } },
    "image-edits": { format: "gemini" },
  },
  // https://ai.google.dev/gemini-api/docs/batch-api
  resources: ["gemini-batches"],
};
