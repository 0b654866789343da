import type { ProviderDefinition } from "./define.ts";

/** Its Messages API is deprecated and therefore left out. */
export const xai: ProviderDefinition = {
  id: "xai",
  aliases: ["grok"],
  name: "xAI",
  docsUrl: "https://docs.x.ai/developers/rest-api-reference/inference",
  checked: "2026-11-20",
  keyVariables: ["XAI_API_KEY"],
  endpoints: {
    // First, as chat is deprecated and returns no reasoning.
    // https://docs.x.ai/developers/model-capabilities/text/comparison
    "openai-responses": {
      baseUrl: "https://api.x.ai/v1",
      quirks: {
        reasoningSummary: false,
        // What every model with efforts takes; some know `none` or `xhigh` as well.
        reasoningEfforts: ["low", "medium", "high"],
        minOutputTokens: 1,
        developerRole: false,
        namespaceTools: false,
        customTools: false,
        hostedTools: ["web_search", "x_search", "code_interpreter", "file_search", "mcp", "image_generation"],
        searchExclusions: "excluded_domains",
        imageInToolResult: false,
        fileInToolResult: false,
        textVerbosity: false,
        endUserField: "user",
        // https://docs.x.ai/developers/rest-api-reference/inference/chat#responses-api
        keepsState: true,
      },
    },
    "openai-chat": {
      baseUrl: "https://api.x.ai/v1",
      quirks: {
        // Models that reason, all current ones, answer 400 to these.
        // https://docs.x.ai/developers/model-capabilities/text/reasoning
        unsupportedFields: ["presence_penalty", "frequency_penalty", "stop"],
        efforts: ["low", "medium", "high"],
        documentParts: false,
      },
    },
  },
};
