import type { ProviderDefinition } from "./define.ts";
import { lookAlike } from "./look-alike.ts";

/** The GLM Coding Plan has other addresses: `https://api.z.ai/api/coding/paas/v4`, and Responses at `https://api.z.ai/api/v1`. */
export const zai: ProviderDefinition = {
  id: "zai",
  aliases: ["z-ai", "zhipu"],
  name: "Z.ai",
  docsUrl: "https://docs.z.ai/guides/develop/openai/python",
  checked: "2026-11-20",
  keyVariables: ["ZAI_API_KEY", "Z_AI_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://api.z.ai/api/paas/v4",
      quirks: {
        jsonSchema: "json_object",
        reasoningRequest: "thinking",
        // GLM-5.2 and later. https://docs.z.ai/guides/capabilities/thinking-mode
        efforts: ["low", "high", "max"],
        reasoningReplay: "reasoning_content",
        documentParts: false,
        strictTools: false,
      },
    },
    "anthropic-messages": { baseUrl: "https://api.z.ai/api/anthropic", quirks: lookAlike, auth: { kind: "bearer" } },
  },
};
