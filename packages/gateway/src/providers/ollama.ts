import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const ollama: ProviderDefinition = {
  id: "ollama",
  name: "Ollama",
  docsUrl: "https://docs.ollama.com/api/openai-compatibility",
  checked: "2026-11-20",
  keyVariables: ["OLLAMA_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "http://127.0.0.1:11434/v1",
      quirks: { efforts: ["none", "low", "medium", "high"], reasoningReplay: "reasoning", documentParts: false },
    },
    // Stateless; since 0.13.3.
    "openai-responses": {
      baseUrl: "http://127.0.0.1:11434/v1",
      quirks: { ...lookAlikeResponses, storeDefault: "omit" },
    },
    // https://docs.ollama.com/api/anthropic-compatibility
    "anthropic-messages": {
      baseUrl: "http://127.0.0.1:11434",
      quirks: { ...lookAlike, cacheControl: "drop", thinkingSignatures: "none" },
      auth: { kind: "bearer" },
    },
  },
  local: { hostVariable: "OLLAMA_HOST" },
};
