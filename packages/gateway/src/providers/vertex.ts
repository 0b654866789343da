import type { ProviderDefinition } from "./define.ts";

const gemini = { thinkingLevels: ["LOW", "MEDIUM", "HIGH"] } as const;

const project = "/v1/projects/{project}/locations/{location}";

/** With an API key in express mode; in a project of one's own with an account, and there others' models are served, too. */
export const vertex: ProviderDefinition = {
  id: "vertex",
  aliases: ["google-vertex"],
  name: "Google Vertex AI",
  docsUrl: "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview",
  checked: "2026-11-20",
  keyVariables: ["VERTEX_API_KEY"],
  auth: { kind: "google-oauth" },
  endpoints: {
    gemini: {
      baseUrl: "https://aiplatform.googleapis.com",
      quirks: gemini,
      paths: {
        generate: "/v1/publishers/google/models/{model}:generateContent",
        stream: "/v1/publishers/google/models/{model}:streamGenerateContent",
        countTokens: "/v1/publishers/google/models/{model}:countTokens",
      },
    },
  },
  forms: [
    {
      needs: ["project", "location"],
      endpoints: {
        gemini: {
          baseUrl: "https://{locationHost}",
          quirks: gemini,
          paths: {
            generate: `${project}/publishers/google/models/{model}:generateContent`,
            stream: `${project}/publishers/google/models/{model}:streamGenerateContent`,
            countTokens: `${project}/publishers/google/models/{model}:countTokens`,
          },
          // Others' are named with their publisher.
          only: /^(?!claude-)[^/]+$/,
        },
        // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
        "anthropic-messages": {
          baseUrl: `https://{locationHost}${project}`,
          host: "vertex",
          quirks: { topLevelCacheControl: "last-block" },
          only: /^claude-/,
        },
        // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis
        "openai-chat": {
          baseUrl: `https://{locationHost}${project}/endpoints/openapi`,
          quirks: { imageOutput: "none", audioOutput: false, documentParts: false },
          only: /\//,
        },
      },
    },
  ],
};
