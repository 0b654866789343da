import { expect } from "vitest";
import { anthropicKey, bearer, type Example, from, json } from "./example.ts";
import { answeredBy, completion, message } from "./matchers.ts";
import { LIMITED_KEY } from "./vendors.ts";

const messages = from("https://anyrouter.dev/docs/api-reference/messages");
const chat = from("https://anyrouter.dev/docs/api-reference/chat-completions");
const routing = from("https://anyrouter.dev/docs/features/routing");
const presets = from("https://anyrouter.dev/docs/features/presets");
const models = from("https://anyrouter.dev/docs/api-reference/models");
const overview = from("https://anyrouter.dev/docs/api-reference/overview");

const MESSAGES = "/api/v1/messages";
const CHAT = "/api/v1/chat/completions";
const hi = `"messages": [{"role": "user", "content": "hi"}]`;

export const anyrouter: readonly Example[] = [
  messages("a message", {
    path: MESSAGES,
    headers: anthropicKey,
    body: `{
    "model": "anthropic/claude-haiku-4.5",
    "max_tokens": 1024,
    "messages": [
      {"role": "user", "content": "Say hi in 5 words"}
    ]
  }`,
    expects: { upstream: [{ model: "claude-haiku-4-5", path: "/v1/messages" }] },
  }),
  messages("a message, by Anthropic's own id", {
    path: MESSAGES,
    headers: anthropicKey,
    body: `{ "model": "anthropic/claude-sonnet-4-6", "max_tokens": 1024, "messages": [{ "role": "user", "content": "Hello!" }] }`,
    // AnyRouter's example answers `anthropic/claude-…`; ours is what Anthropic said.
    expects: {
      body: message("claude-sonnet-4-6", answeredBy("anthropic/claude-sonnet-4-6")),
      upstream: [{ model: "claude-sonnet-4-6", path: "/v1/messages" }],
    },
  }),
  messages("every documented field", {
    path: MESSAGES,
    headers: anthropicKey,
    body: `{ "model": "anthropic/claude-sonnet-4-6", "max_tokens": 64, "system": "Be kind.", "temperature": 1,
      "stop_sequences": ["END"], "stream": true, "tools": [{ "name": "clock", "input_schema": { "type": "object" } }],
      "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hello!" }] }] }`,
    expects: { stream: "message_stop", upstream: [{ model: "claude-sonnet-4-6", body: { system: "Be kind." } }] },
  }),
  // AnyRouter serves anthropic/* here and nothing else.
  messages("a message to another maker's model", {
    path: MESSAGES,
    headers: anthropicKey,
    body: `{ "model": "openai/gpt-5", "max_tokens": 64, "messages": [{ "role": "user", "content": "Hello!" }] }`,
    expects: { body: message("gpt-5") },
  }),
  chat("a chat", {
    path: CHAT,
    headers: bearer,
    body: `{
    "model": "anthropic/claude-sonnet-4.6",
    "messages": [
      {"role": "system", "content": "You are a concise assistant."},
      {"role": "user", "content": "Explain NAT in one sentence."}
    ],
    "max_tokens": 200
  }`,
    expects: { upstream: [{ model: "claude-sonnet-4-6" }] },
  }),
  chat("every documented field", {
    path: CHAT,
    headers: bearer,
    body: `{ "model": "openai/gpt-4-turbo", ${hi}, "temperature": 1, "top_p": 1, "max_tokens": 200, "stream": false, "stop": "END",
      "tools": [{ "type": "function", "function": { "name": "clock" } }], "tool_choice": "none",
      "response_format": { "type": "text" }, "seed": 1, "user": "u-1" }`,
    expects: {
      body: completion("gpt-4-turbo"),
      upstream: [{ model: "gpt-4-turbo", body: { seed: 1, stop: "END", user: "u-1" } }],
    },
  }),
  chat("attribution and trace headers are taken, and go no further", {
    path: CHAT,
    headers: {
      ...bearer,
      "x-anyrouter-title": "Examples",
      "x-anyrouter-source": "tests",
      "x-anyrouter-version": "1",
      "x-anyrouter-app": "examples",
      "x-anyrouter-trace-id": "t-1",
    },
    body: `{"model": "openai/gpt-4o", ${hi}}`,
    expects: {
      upstream: [{ model: "gpt-4o", headers: { "x-anyrouter-title": undefined, "x-anyrouter-trace-id": undefined } }],
    },
  }),
  overview("legacy completions", {
    path: "/api/v1/completions",
    headers: bearer,
    body: `{"model": "openai/gpt-3.5-turbo-instruct", "prompt": "Say this is a test", "max_tokens": 7, "temperature": 0}`,
    expects: {
      body: { object: "text_completion", choices: [{ index: 0, text: expect.any(String) }] },
      upstream: [{ model: "gpt-3.5-turbo-instruct", path: "/v1/completions" }],
    },
  }),
  overview("legacy completions of a model that converses", {
    path: "/api/v1/completions",
    headers: bearer,
    body: `{"model": "anthropic/claude-sonnet-4.6", "prompt": "Say this is a test", "max_tokens": 64}`,
    expects: {
      body: { object: "text_completion", choices: [{ index: 0, text: expect.any(String) }] },
      upstream: [{ model: "claude-sonnet-4-6", path: "/v1/messages" }],
    },
  }),
  overview("embeddings", {
    path: "/api/v1/embeddings",
    headers: bearer,
    body: `{"model": "openai/text-embedding-3-small", "input": ["hello", "world"]}`,
    expects: {
      body: {
        object: "list",
        data: [
          { object: "embedding", index: 0 },
          { object: "embedding", index: 1 },
        ],
      },
      upstream: [{ model: "text-embedding-3-small", path: "/v1/embeddings" }],
    },
  }),
  overview("embeddings of another maker", {
    path: "/api/v1/embeddings",
    headers: bearer,
    body: `{"model": "google-ai-studio/gemini-embedding-001", "input": ["hello", "world"], "dimensions": 4}`,
    expects: {
      body: { object: "list", data: [{ index: 0 }, { index: 1 }], usage: { prompt_tokens: expect.any(Number) } },
    },
  }),
  overview("pictures", {
    path: "/api/v1/images/generations",
    headers: bearer,
    body: `{"model": "openai/gpt-image-1", "prompt": "A signal box"}`,
    expects: { body: { data: [{ b64_json: expect.any(String) }] }, upstream: [{ model: "gpt-image-1" }] },
  }),
  overview("responses", {
    path: "/api/v1/responses",
    headers: bearer,
    body: `{"model": "anthropic/claude-sonnet-4.6", "input": "hi"}`,
    expects: { body: { object: "response", status: "completed" }, upstream: [{ model: "claude-sonnet-4-6" }] },
  }),
  routing("X-AnyRouter-Provider pins one upstream of a model that others have too", {
    path: CHAT,
    headers: { ...bearer, "x-anyrouter-provider": "openrouter" },
    body: `{"model": "openai/gpt-4-turbo", "messages": [{"role": "user", "content": "hi"}]}`,
    expects: {
      body: { metadata: answeredBy("openrouter/openai/gpt-4-turbo") },
      upstream: [{ model: "openai/gpt-4-turbo" }],
    },
  }),
  routing("X-AnyRouter-Provider pins one of several providers of a bare name", {
    path: CHAT,
    headers: { ...bearer, "x-anyrouter-provider": "cerebras" },
    body: `{"model": "gpt-oss-120b", ${hi}}`,
    expects: { body: { metadata: answeredBy("cerebras/gpt-oss-120b") } },
  }),
  routing("the provider object, at the root", {
    path: CHAT,
    headers: bearer,
    body: `{"model": "gpt-oss-120b", ${hi}, "provider": { "only": ["cerebras", "openrouter"], "ignore": ["groq"],
      "order": ["cerebras"], "sort": "latency", "allow_fallbacks": true, "preferred_max_latency": 900, "preferred_min_throughput": 20 } }`,
    expects: {
      body: { metadata: answeredBy("cerebras/gpt-oss-120b") },
      upstream: [{ model: "gpt-oss-120b", without: ["provider"] }],
    },
  }),
  routing("max_price below what the only target asks", {
    path: CHAT,
    headers: bearer,
    body: `{"model": "openai/gpt-4o", ${hi}, "provider": { "max_price": { "prompt": 0.001, "completion": 0.001 } } }`,
    expects: { status: 400, body: { error: { message: expect.stringContaining("price") } }, upstream: [] },
  }),
  routing("models at the root are fallbacks", {
    path: CHAT,
    headers: bearer,
    body: `{"model": "openai/gpt-4.1", ${hi}, "models": ["anthropic/claude-sonnet-4-6"] }`,
    faults: ["status=429;model=gpt-4.1;times=9"],
    expects: { body: { model: "claude-sonnet-4-6" } },
  }),
  presets("@preset/<name> calls a router", {
    path: CHAT,
    headers: bearer,
    body: `{"model": "@preset/my-router", ${hi}}`,
    expects: { body: completion("google-ai-studio/gemini-2.5-flash", answeredBy("google-ai-studio/gemini-2.5-flash")) },
  }),
  presets("@preset/<name> in a message", {
    path: MESSAGES,
    headers: anthropicKey,
    body: `{"model": "@preset/my-router", "max_tokens": 64, ${hi}}`,
    expects: { body: message("google-ai-studio/gemini-2.5-flash") },
  }),
  models("anyrouter/auto", {
    path: CHAT,
    headers: bearer,
    body: `{"model": "anyrouter/auto", ${hi}}`,
    expects: { body: completion(expect.stringMatching(/^[a-z-]+\/./)) },
  }),
  models("anyrouter/free", {
    path: CHAT,
    headers: bearer,
    body: `{"model": "anyrouter/free", ${hi}}`,
    expects: { body: completion(expect.stringMatching(/^[a-z-]+\/./)) },
  }),
  models("the list", {
    method: "GET",
    path: "/api/v1/models?privacy=0",
    headers: bearer,
    expects: {
      body: {
        data: expect.arrayContaining([
          expect.objectContaining({ id: "openai/gpt-4o", name: "GPT-4o", owned_by: "openai", context_length: 128_000 }),
        ]),
      },
    },
  }),
  models("one", {
    method: "GET",
    path: "/api/v1/models/openai/gpt-4o",
    headers: bearer,
    expects: { body: { id: "openai/gpt-4o", pricing: { prompt: expect.stringMatching(/^0\.\d+$/) } } },
  }),
  models("how many", {
    method: "GET",
    path: "/api/v1/models/count",
    headers: bearer,
    expects: { body: { data: { count: expect.any(Number) } } },
  }),
  models("providers", {
    method: "GET",
    path: "/api/v1/providers",
    headers: bearer,
    expects: {
      body: { data: expect.arrayContaining([expect.objectContaining({ slug: "anthropic", name: "Anthropic" })]) },
    },
  }),
  overview("what is left to spend, where no budget says how much that is", {
    method: "GET",
    path: "/api/v1/credits",
    headers: bearer,
    expects: {
      body: {
        data: { total_credits: null, total_usage: expect.any(Number) },
        balance: null,
        total_usage: expect.any(Number),
      },
    },
  }),
  overview("what is known of the key", {
    method: "GET",
    path: "/api/v1/auth/key",
    headers: bearer,
    expects: { body: { data: expect.objectContaining({ usage: expect.any(Number), limit: null }) } },
  }),
  overview("a generation that never was", {
    method: "GET",
    path: "/api/v1/generation/019a9e8f-9000-742c-ada3-e0b9b62809b3",
    headers: bearer,
    expects: { status: 404, body: { error: expect.objectContaining({ code: "not_found", param: null }) } },
  }),
  overview("what is left of a limit, in headers", {
    path: CHAT,
    headers: { ...json, authorization: `Bearer ${LIMITED_KEY}` },
    body: `{"model": "openai/gpt-4o", ${hi}}`,
    // Of several limits the one of which least is left; its reset is a time, in seconds since 1970.
    expects: {
      headers: {
        "x-ratelimit-limit": "600",
        "x-ratelimit-remaining": /^5\d\d$/,
        "x-ratelimit-reset": /^\d{10}$/,
      },
    },
  }),
  overview("a chat whose generation is looked up", {
    path: CHAT,
    headers: bearer,
    body: `{"model": "openai/gpt-4o", ${hi}}`,
    keeps: { generation: ["metadata", "generation_id"] },
    expects: { body: completion("gpt-4o") },
  }),
  ...["/api/v1/generation/{generation}", "/api/v1/generation?id={generation}"].map((path) =>
    overview(`tokens, cost and latency of a generation, at ${path}`, {
      method: "GET",
      path,
      headers: bearer,
      expects: {
        body: {
          data: {
            id: expect.any(String),
            model: "openai/gpt-4o",
            provider_name: "openai",
            tokens_prompt: expect.any(Number),
            tokens_completion: expect.any(Number),
            total_cost: expect.any(Number),
            latency: expect.any(Number),
            generation_time: expect.any(Number),
            streamed: false,
          },
        },
      },
    }),
  ),
  overview("a key is made, and shown this once", {
    path: "/api/v1/keys",
    headers: bearer,
    body: `{"name": "my-app"}`,
    keeps: { hash: ["data", "hash"], made: ["key"] },
    expects: { status: 201, body: { key: expect.stringMatching(/^sb_/), data: { name: "my-app" } } },
  }),
  overview("the list of keys", {
    method: "GET",
    path: "/api/v1/keys",
    headers: bearer,
    expects: {
      body: {
        data: expect.arrayContaining([
          expect.objectContaining({
            name: "my-app",
            hash: expect.stringMatching(/^[0-9a-f]{64}$/),
            label: expect.any(String),
            key_prefix: expect.stringMatching(/^sb_/),
            created_at: expect.any(String),
            disabled: false,
            can_reveal: false,
          }),
        ]),
      },
    },
  }),
  overview("a key that was made works", {
    path: CHAT,
    headers: { ...json, authorization: "Bearer {made}" },
    body: `{"model": "openai/gpt-4o", ${hi}}`,
    expects: { body: completion("gpt-4o") },
  }),
  overview("a key cannot be revealed", {
    path: "/api/v1/keys/{hash}/reveal",
    headers: bearer,
    body: "{}",
    expects: { status: 409, body: { error: { message: expect.any(String), param: null } } },
  }),
  overview("a key may not manage keys unless it has a role that does", {
    method: "GET",
    path: "/api/v1/keys",
    headers: { authorization: "Bearer {made}" },
    expects: { status: 403, body: { error: expect.objectContaining({ code: "permission_denied" }) } },
  }),
  overview("a key is deleted", {
    method: "DELETE",
    path: "/api/v1/keys/{hash}",
    headers: bearer,
    expects: { status: 200 },
  }),
  overview("and works no more", {
    path: CHAT,
    headers: { ...json, authorization: "Bearer {made}" },
    body: `{"model": "openai/gpt-4o", ${hi}}`,
    expects: { status: 401, body: { error: expect.objectContaining({ code: "invalid_api_key" }) }, upstream: [] },
  }),
];
