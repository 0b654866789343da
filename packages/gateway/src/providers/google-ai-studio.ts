import type { ProviderDefinition } from "./define.ts";

export const googleAiStudio: ProviderDefinition = {
  id: "google-ai-studio",
  aliases: ["google", "gemini"],
  name: "Google AI Studio",
  docsUrl: "https://ai.google.dev/api",
  checked: "2026-11-20",
  keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
  endpoints: {
    gemini: { baseUrl: "https://generativelanguage.googleapis.com", quirks: {} },
    // https://ai.google.dev/gemini-api/docs/openai
    "openai-chat": {
      baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
      quirks: { documentParts: false },
    },
  },
};
