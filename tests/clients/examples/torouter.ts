import { expect } from "vitest";
import { anthropicKey, bearer, type Example, formBearer, from, googleKey, json } from "./example.ts";
import { completion, message } from "./matchers.ts";
import { pictureFile } from "./pictures.ts";
import { CAPPED_KEY, KEY } from "./vendors.ts";

const base = from("https://www.torouter.ai/docs/gateway/base-url");
const anthropic = from("https://www.torouter.ai/docs/gateway/anthropic");
const openai = from("https://www.torouter.ai/docs/gateway/openai");
const gemini = from("https://www.torouter.ai/docs/gateway/gemini");
const concepts = from("https://www.torouter.ai/docs");
const models = from("https://www.torouter.ai/docs/gateway/models");

const hi = `{
    "model": "claude-opus-4-7",
    "max_tokens": 256,
    "messages": [{"role":"user","content":"hi"}]
  }`;
const haiku = `{"model":"gpt-5","messages":[{"role":"user","content":"Write a haiku about routers."}]}`;
const parts = `{"contents":[{"parts":[{"text":"hi"}]}]}`;
const flash = "models/gemini-3-flash-preview";

export const torouter: readonly Example[] = [
  ...["", "/api"].flatMap((mount) => [
    anthropic(`a message at ${mount}/v1`, {
      path: `${mount}/v1/messages`,
      headers: anthropicKey,
      body: hi,
      expects: {
        body: message("claude-opus-4-7"),
        headers: { "x-request-id": expect.any(String) },
        upstream: [{ model: "claude-opus-4-7", headers: { "anthropic-version": "2023-06-01" } }],
      },
    }),
    anthropic(`tokens are counted at ${mount}/v1`, {
      path: `${mount}/v1/messages/count_tokens`,
      headers: anthropicKey,
      body: `{ "model": "claude-opus-4-7", "messages": [{"role":"user","content":"hi"}] }`,
      expects: { body: { input_tokens: expect.any(Number) } },
    }),
    anthropic(`Anthropic's list of models at ${mount}/v1`, {
      method: "GET",
      path: `${mount}/v1/models?limit=1000`,
      headers: anthropicKey,
      expects: {
        body: { data: expect.arrayContaining([expect.objectContaining({ type: "model", id: "claude-opus-4-7" })]) },
      },
    }),
    base(`a chat at ${mount}/v1`, {
      path: `${mount}/v1/chat/completions`,
      headers: bearer,
      body: `{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]}`,
      expects: { body: completion("gpt-5"), upstream: [{ model: "gpt-5" }] },
    }),
    openai(`a response at ${mount}/v1`, {
      path: `${mount}/v1/responses`,
      headers: bearer,
      body: `{ "model": "gpt-5", "input": "Write a haiku about routers.", "reasoning": { "effort": "low" } }`,
      expects: { body: { object: "response", model: "gpt-5" } },
    }),
    openai(`embeddings at ${mount}/v1`, {
      path: `${mount}/v1/embeddings`,
      headers: bearer,
      body: `{"model":"openai/text-embedding-3-small","input":"hello world"}`,
      expects: {
        body: {
          object: "list",
          data: [{ object: "embedding", index: 0, embedding: expect.any(Array) }],
          usage: { prompt_tokens: expect.any(Number), total_tokens: expect.any(Number) },
        },
        upstream: [{ model: "text-embedding-3-small", path: "/v1/embeddings" }],
      },
    }),
    openai(`a picture at ${mount}/v1`, {
      path: `${mount}/v1/images/generations`,
      headers: bearer,
      body: `{"model":"gpt-image-1","prompt":"A haiku about routers, painted."}`,
      expects: {
        body: { data: [{ b64_json: expect.any(String) }] },
        upstream: [{ model: "gpt-image-1", path: "/v1/images/generations" }],
      },
    }),
    openai(`a picture that is edited at ${mount}/v1`, {
      path: `${mount}/v1/images/edits`,
      headers: formBearer,
      form: [{ name: "model", value: "gpt-image-1" }, { name: "prompt", value: "In blue." }, pictureFile("router.png")],
      expects: {
        body: { data: [{ b64_json: expect.any(String) }] },
        upstream: [{ model: "gpt-image-1", path: "/v1/images/edits" }],
      },
    }),
    openai(`OpenAI's list of models at ${mount}/v1`, {
      method: "GET",
      path: `${mount}/v1/models`,
      headers: bearer,
      expects: { body: { object: "list", data: expect.arrayContaining([expect.objectContaining({ id: "gpt-5" })]) } },
    }),
    // The library puts a version of its own behind the base URL, which has one on this page already.
    ...["", "/v1beta", "/v1"].map((twice) =>
      gemini(`generateContent at ${mount}/v1beta${twice}, with ?key=`, {
        path: `${mount}/v1beta${twice}/${flash}:generateContent?key=${KEY}`,
        headers: json,
        body: parts,
        expects: {
          body: { candidates: [{ content: { role: "model", parts: [{ text: expect.any(String) }] } }] },
          upstream: [{ model: "gemini-3-flash-preview" }],
        },
      }),
    ),
    gemini(`streamGenerateContent at ${mount}/v1beta`, {
      path: `${mount}/v1beta/${flash}:streamGenerateContent?alt=sse&key=${KEY}`,
      headers: json,
      body: `{"contents":[{"parts":[{"text":"count to 5"}]}]}`,
      expects: { stream: '"finishReason":"STOP"', headers: { "content-type": /^text\/event-stream/ } },
    }),
    gemini(`countTokens at ${mount}/v1beta`, {
      path: `${mount}/v1beta/${flash}:countTokens`,
      headers: googleKey,
      body: parts,
      expects: { body: { totalTokens: expect.any(Number) } },
    }),
    gemini(`Gemini's list of models at ${mount}/v1beta`, {
      method: "GET",
      path: `${mount}/v1beta/models?pageSize=1000`,
      headers: googleKey,
      expects: { body: { models: expect.arrayContaining([expect.objectContaining({ name: flash })]) } },
    }),
    gemini(`one model at ${mount}/v1beta`, {
      method: "GET",
      path: `${mount}/v1beta/${flash}`,
      headers: googleKey,
      expects: { body: { name: flash, inputTokenLimit: expect.any(Number) } },
    }),
  ]),
  gemini("generationConfig, safetySettings, tools and systemInstruction as they are", {
    path: `/v1beta/${flash}:generateContent`,
    headers: googleKey,
    body: `{ "contents": [{ "role": "user", "parts": [{ "text": "hi" }] }],
      "generationConfig": { "temperature": 0.1, "topK": 3, "responseLogprobs": false },
      "safetySettings": [{ "category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE" }],
      "tools": [{ "functionDeclarations": [{ "name": "clock", "description": "The time" }] }],
      "systemInstruction": { "parts": [{ "text": "Be kind." }] } }`,
    expects: {
      upstream: [
        {
          model: "gemini-3-flash-preview",
          body: {
            generationConfig: { temperature: 0.1, topK: 3, responseLogprobs: false },
            safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
            tools: [{ functionDeclarations: [{ name: "clock", description: "The time" }] }],
            systemInstruction: { parts: [{ text: "Be kind." }] },
          },
        },
      ],
    },
  }),
  ...[
    ["text-embedding-3-large", "text-embedding-3-large"],
    ["openrouter/openai/text-embedding-3-small", "openai/text-embedding-3-small"],
  ].map(([model = "", sent = ""]) =>
    openai(`embeddings of ${model}, with base64 and dimensions`, {
      path: "/v1/embeddings",
      headers: bearer,
      body: `{"model":"${model}","input":["hello","world"],"encoding_format":"base64","dimensions":8}`,
      expects: {
        body: { data: [{ embedding: expect.any(String) }, { embedding: expect.any(String) }] },
        upstream: [{ model: sent, body: { dimensions: 8, encoding_format: "base64" } }],
      },
    }),
  ),
  openai("embeddings of a model that converses", {
    path: "/v1/embeddings",
    headers: bearer,
    body: `{"model":"gpt-5","input":"hello world"}`,
    expects: { status: 400, body: { error: { code: "unsupported_feature" } }, upstream: [] },
  }),
  anthropic("betas and cache_control pass through", {
    path: "/v1/messages",
    headers: { ...anthropicKey, "anthropic-beta": "prompt-caching-2024-07-31,extended-cache-ttl-2025-04-11" },
    body: `{ "model": "claude-opus-4-7", "max_tokens": 1024, "messages": [{ "role": "user", "content": [
      { "type": "text", "text": "Summarise CIDR notation in one sentence.", "cache_control": { "type": "ephemeral", "ttl": "1h" } } ] }] }`,
    expects: {
      upstream: [
        {
          model: "claude-opus-4-7",
          headers: { "anthropic-beta": "prompt-caching-2024-07-31,extended-cache-ttl-2025-04-11" },
          body: { messages: [{ content: [{ cache_control: { type: "ephemeral", ttl: "1h" } }] }] },
        },
      ],
    },
  }),
  anthropic("a message to a model of OpenAI's is translated", {
    path: "/v1/messages",
    headers: anthropicKey,
    body: hi.replace("claude-opus-4-7", "gpt-5"),
    expects: { body: message("gpt-5"), upstream: [{ model: "gpt-5", path: "/v1/responses" }] },
  }),
  ...["claude-opus-4-7", "gemini-3-flash-preview"].map((model) =>
    openai(`a chat with ${model}`, {
      path: "/v1/chat/completions",
      headers: bearer,
      body: haiku.replace("gpt-5", model),
      expects: { body: completion(model), upstream: [{ model }] },
    }),
  ),
  models("-thinking is taken off, and the model is told to think", {
    path: "/v1/chat/completions",
    headers: bearer,
    body: haiku.replace("gpt-5", "gpt-5-thinking"),
    expects: { body: completion("gpt-5"), upstream: [{ model: "gpt-5", body: { reasoning_effort: "medium" } }] },
  }),
  models("-thinking of a Claude", {
    path: "/v1/messages",
    headers: anthropicKey,
    body: hi.replace("claude-opus-4-7", "claude-opus-4-7-thinking"),
    expects: {
      body: message("claude-opus-4-7"),
      upstream: [{ model: "claude-opus-4-7", body: { thinking: { type: "adaptive" } } }],
    },
  }),
  models("vendor/model goes to a provider of such names unchanged", {
    path: "/v1/chat/completions",
    headers: bearer,
    body: haiku.replace("gpt-5", "openrouter/openai/gpt-5"),
    expects: { upstream: [{ model: "openai/gpt-5" }] },
  }),
  concepts("a key's quota that is hit is 429", {
    path: "/v1/chat/completions",
    headers: { ...json, authorization: `Bearer ${CAPPED_KEY}` },
    body: haiku,
    expects: {
      status: 429,
      body: { error: { message: expect.stringContaining("budget of this API key"), code: "insufficient_quota" } },
      headers: { "x-should-retry": "false" },
      upstream: [],
    },
  }),
  // 402 is what Anthropic answers.
  concepts("a key's quota that is hit, in a message", {
    path: "/v1/messages",
    headers: { ...anthropicKey, "x-api-key": CAPPED_KEY },
    body: hi,
    expects: { status: 402, body: { error: { type: "billing_error" } }, upstream: [] },
  }),
  concepts("a key's quota that is hit, at Gemini's", {
    path: `/v1beta/${flash}:generateContent`,
    headers: { ...json, "x-goog-api-key": CAPPED_KEY },
    body: parts,
    expects: { status: 429, body: { error: { status: "RESOURCE_EXHAUSTED" } }, upstream: [] },
  }),
];
