import type { ProviderDefinition } from "./define.ts";

export const vercel: ProviderDefinition = {
  id: "vercel",
  aliases: ["vercel-ai-gateway"],
  name: "Vercel AI Gateway",
  docsUrl: "https://vercel.com/docs/ai-gateway/sdks-and-apis",
  checked: "2026-11-20",
  keyVariables: ["AI_GATEWAY_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://ai-gateway.vercel.sh/v1",
      quirks: {
        // https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/image-generation
        imageOutput: "modalities",
        reasoningRequest: "reasoning",
        reasoningReplay: "reasoning_details",
        cacheControl: true,
      },
    },
    "openai-responses": {
      baseUrl: "https://ai-gateway.vercel.sh/v1",
      quirks: { namespaceTools: false, customTools: false },
    },
    "anthropic-messages": { baseUrl: "https://ai-gateway.vercel.sh", quirks: {} },
  },
};
