import type { ProviderDefinition } from "./define.ts";
import { lookAlike } from "./look-alike.ts";

export const siliconflow: ProviderDefinition = {
  id: "siliconflow",
  name: "SiliconFlow",
  docsUrl: "https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions",
  checked: "2026-11-20",
  keyVariables: ["SILICONFLOW_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.siliconflow.com/v1",
      quirks: { topK: true, reasoningRequest: "enable_thinking", documentParts: false },
    },
    "anthropic-messages": { baseUrl: "https://api.siliconflow.com", quirks: lookAlike, auth: { kind: "bearer" } },
  },
};
