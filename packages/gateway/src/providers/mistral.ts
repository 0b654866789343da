import type { ProviderDefinition } from "./define.ts";

export const mistral: ProviderDefinition = {
  id: "mistral",
  name: "Mistral AI",
  docsUrl: "https://docs.mistral.ai/api/endpoint/chat",
  checked: "2026-11-20",
  keyVariables: ["MISTRAL_API_KEY"],
  // Rejects every field it does not know. https://docs.mistral.ai/resources/known-limitations
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.mistral.ai/v1",
      quirks: {
        seedField: "random_seed",
        streamUsage: false,
        unsupportedFields: [
          "user",
          "store",
          "metadata",
          "service_tier",
          "logprobs",
          "top_logprobs",
          "logit_bias",
          "verbosity",
        ],
        efforts: ["none", "high"],
        reasoningReplay: "thinking",
        assistantPrefix: "prefix",
        documentParts: false,
        toolResultName: true,
        toolCallIdMaxLength: 9,
        toolCallIdAlphanumeric: true,
        strictTools: false,
        requiredToolChoice: "any",
      },
    },
  },
  // https://docs.mistral.ai/api/endpoint/embeddings
  operations: {
    embeddings: { format: "openai", fields: { dimensions: "output_dimension", user: null } },
    // https://docs.mistral.ai/studio/audio/speech-to-text/quickstarts/transcribe-a-file. Its speech is another API.
    transcription: { format: "openai" },
    // Near to OpenAI's: its results have categories of their own and no `flagged`.
    moderation: { format: "openai" },
  },
};
