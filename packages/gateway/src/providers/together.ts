import type { ProviderDefinition } from "./define.ts";

export const together: ProviderDefinition = {
  id: "together",
  aliases: ["togetherai"],
  name: "Together AI",
  docsUrl: "https://docs.together.ai/docs/inference/openai-compatibility",
  checked: "2026-11-20",
  keyVariables: ["TOGETHER_API_KEY"],
  endpoints: { "openai-chat": { baseUrl: "https://api.together.ai/v1", quirks: { topK: true, documentParts: false } } },
  // https://docs.together.ai/reference
  operations: {
    embeddings: { format: "openai" },
    rerank: { format: "cohere", path: "/rerank" },
    images: { format: "openai" },
    // https://docs.together.ai/reference/audio-translations
    transcription: { format: "openai" },
    translation: { format: "openai" },
    speech: { format: "openai" },
  },
};
