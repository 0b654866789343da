import type { ProviderDefinition } from "./define.ts";
import { lookAlikeResponses } from "./look-alike.ts";

export const groq: ProviderDefinition = {
  id: "groq",
  name: "Groq",
  docsUrl: "https://console.groq.com/docs/openai",
  checked: "2026-11-20",
  keyVariables: ["GROQ_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.groq.com/openai/v1",
      quirks: {
        unsupportedFields: ["logprobs", "logit_bias", "top_logprobs", "prompt_cache_key"],
        // GPT-OSS; Qwen knows `none` and `default` only. https://console.groq.com/docs/reasoning
        efforts: ["low", "medium", "high"],
        reasoningReplay: "reasoning",
        documentParts: false,
        // https://console.groq.com/docs/browser-search and /web-search
        webSearch: "groq",
      },
    },
    "openai-responses": {
      baseUrl: "https://api.groq.com/openai/v1",
      quirks: { ...lookAlikeResponses, hostedTools: ["code_interpreter", "browser_search", "mcp"] },
    },
  },
  // https://console.groq.com/docs/speech-to-text and /text-to-speech
  operations: {
    transcription: { format: "openai" },
    translation: { format: "openai" },
    speech: { format: "openai" },
  },
  // https://console.groq.com/docs/batch
  resources: ["openai-files", "openai-batches"],
};
