import type { ProviderDefinition } from "./define.ts";

/** Every customer has an address of their own, and the model is the name of their deployment. */
export const azure: ProviderDefinition = {
  id: "azure",
  aliases: ["azure-openai"],
  name: "Azure OpenAI",
  docsUrl: "https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle",
  checked: "2026-11-20",
  keyVariables: ["AZURE_OPENAI_API_KEY"],
  auth: { kind: "azure" },
  endpoints: {
    // First, as Microsoft recommends it, and as it says more than chat.
    "openai-responses": { quirks: { reasoningSampling: false, namespaceTools: false, keepsState: true } },
    "openai-chat": {
      quirks: { maxTokensField: "max_completion_tokens", stopLimit: 4, toolCallIdMaxLength: 40, customTools: true },
    },
    // Claude: `https://RESOURCE.services.ai.azure.com/anthropic`, which takes the key in `api-key` too.
    // https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry
    "anthropic-messages": { quirks: {} },
  },
  baseUrlExample: "https://RESOURCE.openai.azure.com/openai/v1",
  // https://learn.microsoft.com/en-us/azure/foundry/openai/latest
  operations: {
    embeddings: { format: "openai" },
    images: { format: "openai" },
    "image-edits": { format: "openai" },
  },
};
