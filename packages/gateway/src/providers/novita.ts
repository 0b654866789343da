import type { ProviderDefinition } from "./define.ts";
import { lookAlike } from "./look-alike.ts";

export const novita: ProviderDefinition = {
  id: "novita",
  name: "Novita AI",
  docsUrl: "https://novita.ai/docs/guides/llm-anthropic-compatibility",
  checked: "2026-11-20",
  keyVariables: ["NOVITA_API_KEY"],
  endpoints: {
    "openai-chat": { baseUrl: "https://api.novita.ai/openai/v1", quirks: { topK: true, documentParts: false } },
    "anthropic-messages": { baseUrl: "https://api.novita.ai/anthropic", quirks: lookAlike, auth: { kind: "bearer" } },
  },
};
