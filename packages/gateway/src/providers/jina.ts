import type { ProviderDefinition } from "./define.ts";

/** It has no conversations here. https://docs.jina.ai */
export const jina: ProviderDefinition = {
  id: "jina",
  aliases: ["jina-ai"],
  name: "Jina AI",
  docsUrl: "https://docs.jina.ai",
  checked: "2026-11-21",
  keyVariables: ["JINA_API_KEY", "JINA_AI_API_KEY"],
  endpoints: {},
  operations: {
    embeddings: {
      format: "openai",
      baseUrl: "https://api.jina.ai/v1",
      fields: { encoding_format: "embedding_type", user: null },
    },
    rerank: { format: "cohere", baseUrl: "https://api.jina.ai/v1", path: "/rerank" },
  },
};
