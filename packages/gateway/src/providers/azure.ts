import type { AddressForm, EndpointDefinition, ProviderDefinition } from "./define.ts";

const responses: EndpointDefinition<"openai-responses"> = {
  quirks: { reasoningSampling: false, namespaceTools: false, keepsState: true },
};
const chat: EndpointDefinition<"openai-chat"> = {
  quirks: {
    maxTokensField: "max_completion_tokens",
    stopLimit: 4,
    imageOutput: "none",
    toolCallIdMaxLength: 40,
    customTools: true,
  },
};
/** https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry: it takes the key in `api-key` too. */
const messages: EndpointDefinition<"anthropic-messages"> = { quirks: {} };

const at = (operation: string) => `/deployments/{model}${operation}?api-version={apiVersion}`;

/** The API before v1, whose paths name the deployment: only what every version of it has. */
const classic = {
  "openai-chat": { ...chat, paths: { generate: at("/chat/completions") } },
} as const;

const classicOperations: AddressForm["operations"] = {
  embeddings: { format: "openai", path: at("/embeddings") },
  images: { format: "openai", path: at("/images/generations") },
  transcription: { format: "openai", path: at("/audio/transcriptions") },
  translation: { format: "openai", path: at("/audio/translations") },
  speech: { format: "openai", path: at("/audio/speech") },
};

// https://learn.microsoft.com/en-us/azure/foundry/openai/latest
const operations = {
  // https://learn.microsoft.com/azure/ai-services/openai/reference-preview-latest
  transcription: { format: "openai", path: "/audio/transcriptions?api-version=preview" },
  translation: { format: "openai", path: "/audio/translations?api-version=preview" },
  speech: { format: "openai", path: "/audio/speech?api-version=preview" },
  embeddings: { format: "openai" },
  images: { format: "openai" },
  "image-edits": { format: "openai" },
} as const;

/** Every customer has an address of their own, and the model is the name of their deployment. */
export const azure: ProviderDefinition = {
  id: "azure",
  aliases: ["azure-openai"],
  name: "Azure OpenAI",
  docsUrl: "https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle",
  checked: "2026-11-20",
  keyVariables: ["AZURE_OPENAI_API_KEY"],
  accountVariables: {
    required: { tenantId: "AZURE_TENANT_ID", clientId: "AZURE_CLIENT_ID", clientSecret: "AZURE_CLIENT_SECRET" },
    optional: { authority: "AZURE_AUTHORITY_HOST" },
  },
  auth: { kind: "azure" },
  // Responses first, as Microsoft recommends it, and as it says more than chat.
  endpoints: { "openai-responses": responses, "openai-chat": chat, "anthropic-messages": messages },
  operations,
  forms: [
    {
      needs: ["resource", "apiVersion"],
      endpoints: {
        "openai-chat": { ...classic["openai-chat"], baseUrl: "https://{resource}.openai.azure.com/openai" },
      },
      operations: classicOperations,
    },
    {
      needs: ["resource"],
      endpoints: {
        "openai-responses": {
          ...responses,
          baseUrl: "https://{resource}.openai.azure.com/openai/v1",
          only: /^(?!claude)/i,
        },
        "openai-chat": {
          ...chat,
          baseUrl: "https://{resource}.openai.azure.com/openai/v1",
          only: /^(?!claude)/i,
        },
        "anthropic-messages": {
          ...messages,
          baseUrl: "https://{resource}.services.ai.azure.com/anthropic",
          only: /^claude/i,
        },
      },
      operations,
    },
    { needs: ["apiVersion"], endpoints: classic, operations: classicOperations },
  ],
  baseUrlExample: "https://RESOURCE.openai.azure.com/openai/v1",
};
