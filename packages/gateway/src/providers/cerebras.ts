import type { ProviderDefinition } from "./define.ts";

export const cerebras: ProviderDefinition = {
  id: "cerebras",
  name: "Cerebras",
  docsUrl: "https://inference-docs.cerebras.ai/resources/openai",
  checked: "2026-11-20",
  keyVariables: ["CEREBRAS_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.cerebras.ai/v1",
      quirks: {
        unsupportedFields: ["frequency_penalty", "presence_penalty", "logit_bias", "service_tier", "prompt_cache_key"],
        efforts: ["low", "medium", "high"],
        stringContentOnly: true,
        documentParts: false,
        parallelToolCalls: false,
      },
    },
  },
};
