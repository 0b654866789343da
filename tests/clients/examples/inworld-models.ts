import { expect } from "vitest";
import { basic, type Example, from, json } from "./example.ts";

const vendor = from("https://docs.inworld.ai/api-reference/modelsAPI/modelservice/list-models");
const openapi = from("https://github.com/api-evangelist/inworld-ai, openapi/inworld-router-api-openapi.yml");

export const inworldModels: readonly Example[] = [
  vendor("the list", {
    method: "GET",
    path: "/llm/v1alpha/models",
    headers: basic,
    expects: {
      body: {
        models: expect.arrayContaining([
          {
            model: "gemini-2.5-flash",
            // The vendor says `google` here, and `google-ai-studio` in names; ours is the name in both.
            provider: "google-ai-studio",
            modelCreator: "Google",
            pricing: { prompt: 3e-7, completion: 0.0000025 },
            spec: {
              inputModalities: ["text", "image", "audio"],
              outputModalities: ["text"],
              contextLength: 1_048_576,
              maxCompletionTokens: 65_536,
              supportedParameters: expect.arrayContaining(["max_tokens", "tools"]),
              capabilities: {
                functionCalling: true,
                reasoning: true,
                promptCaching: true,
                responseSchema: true,
                vision: true,
                webSearch: true,
              },
            },
            isSupported: true,
          },
        ]),
      },
    },
  }),
  vendor("the list, without a key", {
    method: "GET",
    path: "/llm/v1alpha/models",
    headers: json,
    expects: { status: 401, body: { code: 16, message: expect.any(String) } },
  }),
  openapi("the list of the OpenAPI document", {
    method: "GET",
    path: "/v1/models",
    headers: basic,
    expects: {
      body: {
        data: expect.arrayContaining([
          expect.objectContaining({
            id: "anthropic/claude-opus-4-6",
            object: "model",
            created: expect.any(Number),
            owned_by: "anthropic",
            name: "Claude Opus 4.6",
            provider: "anthropic",
            context_length: 1_000_000,
            max_completion_tokens: 128_000,
            capabilities: [
              ...["function_calling", "web_search", "reasoning", "prompt_caching"],
              ...["response_schema", "vision", "documents"],
            ],
            pricing: {
              prompt: "0.000005",
              completion: "0.000025",
              input_cache_read: "0.0000005",
              input_cache_write: "0.00000625",
              web_search: "0.01",
            },
          }),
        ]),
      },
    },
  }),
];
