import { expect } from "vitest";
import { apiKey, bearer, type Example, from, json } from "./example.ts";
import { answeredBy, completion, message } from "./matchers.ts";
import { LIMITED_KEY, ONCE_A_MINUTE_KEY } from "./vendors.ts";

const messages = from("https://docs.routeway.ai/api-reference/messages");
const chat = from("https://docs.routeway.ai/core-concepts/chat-completions/request-and-response");
const overview = from("https://docs.routeway.ai/guides/chat-completions/overview");
const free = from("https://docs.routeway.ai/getting-started/models");
const limits = from("https://docs.routeway.ai");

const MESSAGES = "/v1/messages";
const CHAT = "/v1/chat/completions";

const hello = `"model": "claude-opus-4-5",
    "max_tokens": 1024,
    "messages": [
        {"role": "user", "content": "Hello, Claude!"}
    ]`;

const tools = `"tools": [{ "name": "clock", "description": "The time", "input_schema": { "type": "object", "properties": {} } }]`;

export const routeway: readonly Example[] = [
  messages("a message, by a bare model id", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello} }`,
    expects: {
      body: {
        ...message("claude-opus-4-5"),
        usage: {
          input_tokens: expect.any(Number),
          output_tokens: expect.any(Number),
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
          service_tier: "standard",
        },
      },
      upstream: [{ model: "claude-opus-4-5", path: MESSAGES }],
    },
  }),
  messages("the same with Bearer", {
    path: MESSAGES,
    headers: bearer,
    body: `{ ${hello} }`,
    expects: { body: message("claude-opus-4-5") },
  }),
  messages("every field of the body but thinking", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello}, "system": "Be kind.", "stream": false, "temperature": 0.5, "top_k": 5, "stop_sequences": ["END"],
      ${tools}, "tool_choice": { "type": "auto" }, "metadata": { "user_id": "u-1" } }`,
    expects: {
      body: message("claude-opus-4-5"),
      upstream: [
        {
          model: "claude-opus-4-5",
          body: {
            system: "Be kind.",
            temperature: 0.5,
            top_k: 5,
            stop_sequences: ["END"],
            tools: [{ name: "clock" }],
            tool_choice: { type: "auto" },
            metadata: { user_id: "u-1" },
          },
        },
      ],
    },
  }),
  messages("every optional field as null", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello}, "stream": null, "temperature": null, "top_p": null, "top_k": null, "stop_sequences": null, "tools": null }`,
    expects: { body: message("claude-opus-4-5") },
  }),
  messages("a system prompt in blocks", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello}, "system": [{ "type": "text", "text": "Be kind.", "cache_control": { "type": "ephemeral" } }] }`,
    expects: { upstream: [{ model: "claude-opus-4-5", body: { system: [{ cache_control: { type: "ephemeral" } }] } }] },
  }),
  messages("a choice of one tool", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello}, ${tools}, "tool_choice": { "type": "tool", "name": "clock" } }`,
    expects: {
      body: message("claude-opus-4-5"),
      upstream: [{ model: "claude-opus-4-5", body: { tool_choice: { type: "tool", name: "clock" } } }],
    },
  }),
  // Routeway's own field: Anthropic has it inside tool_choice, and refuses this one.
  messages("disable_parallel_tool_use at the root is taken out for an upstream that does not know it", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello}, ${tools}, "disable_parallel_tool_use": true }`,
    expects: { body: message("claude-opus-4-5"), headers: { "x-signalbox-dropped": "disable_parallel_tool_use" } },
  }),
  messages("thinking", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ "model": "claude-opus-4-5", "max_tokens": 4096, "thinking": { "type": "enabled", "budget_tokens": 1024 },
      "messages": [{ "role": "user", "content": "Hello, Claude! [[think Who is that?]]" }] }`,
    expects: {
      body: { content: [{ type: "thinking", thinking: "Who is that?" }, { type: "text" }] },
      upstream: [{ model: "claude-opus-4-5", body: { thinking: { type: "enabled", budget_tokens: 1024 } } }],
    },
  }),
  messages("a stream", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello}, "stream": true }`,
    expects: { stream: "message_stop", upstream: [{ model: "claude-opus-4-5" }] },
  }),
  messages("a message to another maker's model", {
    path: MESSAGES,
    headers: apiKey,
    body: `{ ${hello.replace("claude-opus-4-5", "gpt-4o")}, ${tools}, "top_p": 0.9 }`,
    expects: { body: message("gpt-4o") },
  }),
  chat("the smallest request", {
    path: CHAT,
    headers: bearer,
    body: `{
"model": "gpt-4o-mini",
"messages": [
{ "role": "user", "content": "What is 2 + 2?" }
]
}`,
    expects: { body: completion("gpt-4o-mini"), upstream: [{ model: "gpt-4o-mini", path: CHAT }] },
  }),
  chat("the full request", {
    path: CHAT,
    headers: bearer,
    body: `{ "model": "gpt-4o", "max_tokens": 150, "temperature": 0.3, "messages": [
      {"role": "system", "content": "You are a concise assistant."},
      {"role": "user", "content": "Name the planets in our solar system."} ] }`,
    expects: {
      body: completion("gpt-4o"),
      upstream: [{ model: "gpt-4o", body: { max_tokens: 150, temperature: 0.3 } }],
    },
  }),
  ...["low", "medium", "high"].map((effort) =>
    chat(`reasoning_effort ${effort}`, {
      path: CHAT,
      headers: bearer,
      body: `{ "model": "gpt-5", "reasoning_effort": "${effort}", "messages": [{ "role": "user", "content": "Hi" }] }`,
      expects: { upstream: [{ model: "gpt-5", body: { reasoning_effort: effort } }] },
    }),
  ),
  overview("response_format json_object", {
    path: CHAT,
    headers: bearer,
    body: `{ "model": "gpt-4o-mini", "response_format": { "type": "json_object" },
      "messages": [{ "role": "user", "content": "JSON, please." }] }`,
    expects: { body: { choices: [{ message: { content: expect.stringMatching(/^\{/) } }] } },
  }),
  overview("response_format json_schema", {
    path: CHAT,
    headers: bearer,
    body: `{ "model": "claude-opus-4-5", "messages": [{ "role": "user", "content": "The capital of France?" }],
      "response_format": { "type": "json_schema", "json_schema": { "name": "capital", "strict": true, "schema": { "type": "object",
        "properties": { "city": { "type": "string" } }, "required": ["city"], "additionalProperties": false } } } }`,
    expects: { body: { choices: [{ message: { content: expect.stringContaining("city") } }] } },
  }),
  overview("a stream that ends with its usage", {
    path: CHAT,
    headers: bearer,
    body: `{ "model": "gpt-4o-mini", "stream": true, "stream_options": { "include_usage": true },
      "messages": [{ "role": "user", "content": "Hi" }] }`,
    expects: { stream: '"total_tokens"' },
  }),
  free(":free asks those only who ask nothing", {
    path: CHAT,
    headers: bearer,
    body: `{ "model": "llama-3.3-70b-instruct:free", "messages": [{ "role": "user", "content": "Hi" }] }`,
    expects: { body: { metadata: answeredBy("free-lab/llama-3.3-70b-instruct") } },
  }),
  free(":free of a model that costs", {
    path: CHAT,
    headers: bearer,
    body: `{ "model": "gpt-4o-mini:free", "messages": [{ "role": "user", "content": "Hi" }] }`,
    expects: { status: 400, body: { error: { message: expect.stringContaining("price") } }, upstream: [] },
  }),
  limits("how the limits by minute and by day stand, in headers", {
    path: CHAT,
    headers: { ...json, authorization: `Bearer ${LIMITED_KEY}` },
    body: `{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}`,
    expects: {
      headers: {
        "x-ratelimit-limit-minute": "600",
        "x-ratelimit-remaining-minute": /^5\d\d$/,
        "x-ratelimit-reset-minute": /^\d+$/,
        "x-ratelimit-limit-day": "10000",
        "x-ratelimit-remaining-day": /^99\d\d$/,
        "x-ratelimit-reset-day": /^\d+$/,
      },
    },
  }),
  limits("the one request of a minute", {
    path: CHAT,
    headers: { ...json, "x-api-key": ONCE_A_MINUTE_KEY },
    body: `{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}`,
    once: true,
    expects: { headers: { "x-ratelimit-remaining-minute": "0" } },
  }),
  limits("a rate limit that is exceeded", {
    path: CHAT,
    headers: { ...json, "x-api-key": ONCE_A_MINUTE_KEY },
    body: `{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}`,
    expects: {
      status: 429,
      // Theirs says `60 RPM`, and where its documents and its chat are.
      body: {
        error: {
          message: expect.stringContaining("API key per-minute rate limit exceeded (1 "),
          type: "rate_limit_error",
          param: null,
          code: "rate_limit_exceeded",
          status_code: 429,
          id: expect.any(String),
        },
      },
      headers: {
        "retry-after": /^\d+$/,
        "x-ratelimit-limit-minute": "1",
        "x-ratelimit-remaining-minute": "0",
        "x-ratelimit-reset-minute": /^\d+$/,
      },
      upstream: [],
    },
  }),
];
