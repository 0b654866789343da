import type { ProviderDefinition } from "./define.ts";

export const cohere: ProviderDefinition = {
  id: "cohere",
  name: "Cohere",
  docsUrl: "https://docs.cohere.com/docs/compatibility-api",
  checked: "2026-11-20",
  keyVariables: ["COHERE_API_KEY", "CO_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.cohere.ai/compatibility/v1",
      quirks: {
        efforts: ["none", "high"],
        documentParts: false,
        parallelToolCalls: false,
        unsupportedFields: [
          "store",
          "metadata",
          "logit_bias",
          "top_logprobs",
          "n",
          "modalities",
          "prediction",
          "audio",
          "service_tier",
        ],
      },
    },
  },
  // https://docs.cohere.com/reference/embed and …/rerank
  operations: {
    embeddings: { format: "cohere", baseUrl: "https://api.cohere.com" },
    rerank: { format: "cohere", baseUrl: "https://api.cohere.com" },
  },
};
