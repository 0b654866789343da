import type { ProviderDefinition } from "./define.ts";

/** It has no conversations. https://docs.voyageai.com/reference/embeddings-api and …/reranker-api */
export const voyage: ProviderDefinition = {
  id: "voyage",
  aliases: ["voyageai", "voyage-ai"],
  name: "Voyage AI",
  docsUrl: "https://docs.voyageai.com/reference/embeddings-api",
  checked: "2026-11-21",
  keyVariables: ["VOYAGE_API_KEY"],
  endpoints: {},
  operations: {
    embeddings: { format: "voyage", baseUrl: "https://api.voyageai.com/v1" },
    rerank: { format: "voyage", baseUrl: "https://api.voyageai.com/v1" },
  },
};
