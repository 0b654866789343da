import type { ProviderDefinition } from "./define.ts";
import { lookAlikeResponses } from "./look-alike.ts";

export const huggingface: ProviderDefinition = {
  id: "huggingface",
  name: "Hugging Face",
  docsUrl: "https://huggingface.co/docs/inference-providers/index",
  checked: "2026-11-20",
  keyVariables: ["HF_TOKEN", "HUGGINGFACE_API_KEY"],
  endpoints: {
    "openai-chat": { baseUrl: "https://router.huggingface.co/v1", quirks: { documentParts: false } },
    // https://huggingface.co/docs/inference-providers/guides/responses-api
    "openai-responses": {
      baseUrl: "https://router.huggingface.co/v1",
      quirks: { ...lookAlikeResponses, hostedTools: ["mcp"] },
    },
  },
};
