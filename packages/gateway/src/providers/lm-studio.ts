import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

export const lmStudio: ProviderDefinition = {
  id: "lm-studio",
  aliases: ["lmstudio"],
  name: "LM Studio",
  docsUrl: "https://lmstudio.ai/docs/developer/openai-compat",
  checked: "2026-11-20",
  keyVariables: ["LM_API_TOKEN"],
  endpoints: {
    "openai-chat": { baseUrl: "http://127.0.0.1:1234/v1", quirks: { documentParts: false } },
    "openai-responses": {
      baseUrl: "http://127.0.0.1:1234/v1",
      quirks: { ...lookAlikeResponses, fullReasoningContent: true },
    },
    "anthropic-messages": { baseUrl: "http://127.0.0.1:1234", quirks: lookAlike },
  },
  local: {},
};
