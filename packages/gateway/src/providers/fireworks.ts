import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const fireworks: ProviderDefinition = {
  id: "fireworks",
  aliases: ["fireworks-ai"],
  name: "Fireworks AI",
  docsUrl: "https://docs.fireworks.ai/tools-sdks/anthropic-compatibility",
  checked: "2026-11-20",
  keyVariables: ["FIREWORKS_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.fireworks.ai/inference/v1",
      quirks: {
        topK: true,
        unsupportedFields: ["prompt_cache_retention"],
        reasoningReplay: "reasoning_content",
        documentParts: false,
      },
    },
    "openai-responses": { baseUrl: "https://api.fireworks.ai/inference/v1", quirks: lookAlikeResponses },
    "anthropic-messages": {
      baseUrl: "https://api.fireworks.ai/inference",
      quirks: lookAlike,
      auth: { kind: "bearer" },
    },
  },
  // Whisper v3; its turbo lives at audio-turbo. https://docs.fireworks.ai/guides/querying-asr-models
  operations: {
    transcription: { format: "openai", baseUrl: "https://audio-prod.api.fireworks.ai/v1" },
    translation: { format: "openai", baseUrl: "https://audio-prod.api.fireworks.ai/v1" },
  },
};
