import type { ProviderDefinition } from "./define.ts";

/** With an API key. A project of one's own has its paths under `/v1/projects/…`. */
export const vertex: ProviderDefinition = {
  id: "vertex",
  aliases: ["google-vertex"],
  name: "Google Vertex AI (express mode)",
  docsUrl: "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview",
  checked: "2026-11-20",
  keyVariables: ["VERTEX_API_KEY"],
  endpoints: {
    gemini: {
      baseUrl: "https://aiplatform.googleapis.com",
      quirks: { thinkingLevels: ["LOW", "MEDIUM", "HIGH"] },
      paths: {
        generate: "/v1/publishers/google/models/{model}:generateContent",
        stream: "/v1/publishers/google/models/{model}:streamGenerateContent",
        countTokens: "/v1/publishers/google/models/{model}:countTokens",
      },
    },
  },
};
