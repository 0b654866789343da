import { expect } from "vitest";
import { basic, bearer, type Example, from, json } from "./example.ts";
import { answeredAfter, answeredBy, completion, message } from "./matchers.ts";
import { KEY } from "./vendors.ts";

const chat = from("https://docs.inworld.ai/api-reference/routerAPI/chat-completions");
const requestLevel = from("https://docs.inworld.ai/router/capabilities/request-level");
const extraBody = from("https://docs.inworld.ai/router/usage/extra-body-parameters");
const anthropic = from("https://docs.inworld.ai/router/anthropic-compatibility");
const caching = from("https://docs.inworld.ai/router/capabilities/caching");
const openapi = from("https://github.com/api-evangelist/inworld-ai, openapi/inworld-router-api-openapi.yml");

const path = "/v1/chat/completions";
const hello = `"messages": [{ "role": "user", "content": "Hello!" }]`;
const gpt4o = { model: "gpt-4o", path };

export const inworldChat: readonly Example[] = [
  chat("a chat with Basic and a key that is base64 already", {
    path,
    headers: basic,
    body: `{
  "model": "openai/gpt-4o",
  "messages": [{"role": "user", "content": "Hello!"}]
}`,
    expects: {
      // The vendor answers `openai/gpt-4o`; we hand on what the upstream said, which `responseModel: target` changes.
      body: completion("gpt-4o", answeredBy("openai/gpt-4o", "Using specified model: 'openai/gpt-4o' - success")),
      upstream: [gpt4o],
    },
  }),
  chat("standard fields in their documented ranges", {
    path,
    headers: bearer,
    body: `{ "model": "openai/gpt-4o", ${hello}, "temperature": 2, "top_p": 1, "max_tokens": 1, "presence_penalty": -2,
      "frequency_penalty": 2, "seed": 7, "stop": ["a", "b", "c", "d"], "logit_bias": { "50256": -100 }, "user": "user-1" }`,
    expects: {
      upstream: [
        {
          ...gpt4o,
          body: {
            temperature: 2,
            top_p: 1,
            max_tokens: 1,
            presence_penalty: -2,
            frequency_penalty: 2,
            seed: 7,
            stop: ["a", "b", "c", "d"],
            logit_bias: { "50256": -100 },
            user: "user-1",
          },
        },
      ],
    },
  }),
  chat("a stream", {
    path,
    headers: bearer,
    body: `{ "model": "openai/gpt-4o", "stream": true, ${hello} }`,
    expects: { stream: "[DONE]", headers: { "content-type": /^text\/event-stream/ }, upstream: [gpt4o] },
  }),
  ...["none", "minimal", "low", "medium", "high", "xhigh"].map((effort) =>
    chat(`reasoning_effort ${effort}`, {
      path,
      headers: bearer,
      body: `{ "model": "openai/gpt-5.2", ${hello}, "reasoning_effort": "${effort}" }`,
      expects: { upstream: [{ model: "gpt-5.2", body: { reasoning_effort: effort } }] },
    }),
  ),
  openapi("auto, with web_search off", {
    path,
    headers: basic,
    body: `{ "model": "auto",
      "messages": [ { "role": "system", "content": "You are a concise customer support assistant." },
        { "role": "user", "content": "Can you summarize my order in one sentence?" } ],
      "stream": false, "temperature": 0.3, "max_completion_tokens": 256, "web_search": false }`,
    expects: {
      body: completion(expect.stringMatching(/^[a-z-]+\/./), { reasoning: expect.stringMatching(/^Auto/) }),
      headers: { "x-signalbox-dropped": undefined },
    },
  }),
  openapi("web_search as true or false at the root", {
    path,
    headers: basic,
    body: `{ "model": "openai/gpt-4o", ${hello}, "web_search": true }`,
    expects: {
      headers: { "x-signalbox-dropped": undefined },
      upstream: [{ ...gpt4o, body: { tools: [{ function: { name: "web_search" } }] }, without: ["web_search"] }],
    },
  }),
  chat("web_search and web_search_options together are an error", {
    path,
    headers: basic,
    body: `{ "model": "openai/gpt-4o", ${hello}, "extra_body": { "web_search": { "engine": "exa" } },
      "web_search_options": { "search_context_size": "medium" } }`,
    expects: { status: 400, body: { error: { message: expect.stringContaining("exclude each other") } }, upstream: [] },
  }),
  requestLevel("a model by provider/model, with Bearer", {
    path,
    headers: bearer,
    body: `{
    "model": "openai/gpt-5.2",
    "messages": [{ "role": "user", "content": "Hello!" }]
  }`,
    expects: { body: completion("gpt-5.2", answeredBy("openai/gpt-5.2")), upstream: [{ model: "gpt-5.2", path }] },
  }),
  requestLevel("fallbacks that are not needed", {
    path,
    headers: bearer,
    body: `{
    "model": "openai/gpt-5.2",
    "messages": [{ "role": "user", "content": "Hello!" }],
    "extra_body": {
      "models": ["anthropic/claude-opus-4-6", "google-ai-studio/gemini-2.5-pro"]
    }
  }`,
    expects: {
      body: completion("gpt-5.2", answeredBy("openai/gpt-5.2")),
      upstream: [{ model: "gpt-5.2", without: ["extra_body", "models"] }],
    },
  }),
  requestLevel("fallbacks, the first of which is needed", {
    path,
    headers: bearer,
    // Of a model that no other example asks for, since its failures are remembered.
    body: `{ "model": "openai/gpt-5.1", ${hello},
      "extra_body": { "models": ["anthropic/claude-opus-4-6", "google-ai-studio/gemini-2.5-pro"] } }`,
    faults: ["status=503;model=gpt-5.1;times=9"],
    expects: {
      body: completion("claude-opus-4-6", {
        attempts: expect.arrayContaining(answeredAfter("openai/gpt-5.1", "anthropic/claude-opus-4-6")),
      }),
    },
  }),
  requestLevel("fallback when the first token is late", {
    path,
    headers: bearer,
    body: `{ "model": "openai/gpt-5.4", "stream": true,
      "messages": [{ "role": "user", "content": "Hello!" }],
      "extra_body": { "models": ["anthropic/claude-opus-4-6"], "fallback": { "ttft_timeout": "300ms" } } }`,
    faults: ["slow-first-token=3000;model=gpt-5.4"],
    expects: { stream: "[DONE]", upstream: [{ model: "gpt-5.4" }, { model: "claude-opus-4-6" }] },
  }),
  ...["price", "latency", "throughput", "intelligence", "math", "coding"].map((metric) =>
    requestLevel(`auto, sorted by ${metric}`, {
      path,
      headers: bearer,
      body: `{ "model": "auto", ${hello}, "extra_body": { "sort": ["${metric}"] } }`,
      expects: {
        body: completion(expect.stringMatching(/^[a-z-]+\/./), { reasoning: expect.stringContaining(metric) }),
      },
    }),
  ),
  extraBody("models are the candidates of auto", {
    path,
    headers: bearer,
    body: `{ "model": "auto", ${hello}, "extra_body": { "sort": ["price"], "models": [
      "anthropic/claude-opus-4-6",
      "google-ai-studio/gemini-2.5-pro",
      "openai/gpt-5"
    ] } }`,
    expects: { body: completion(expect.stringMatching(/^(google-ai-studio\/gemini-2.5-pro|openai\/gpt-5)$/)) },
  }),
  extraBody("ignore takes out providers and exact models", {
    path,
    headers: bearer,
    body: `{ "model": "auto", ${hello}, "extra_body": { "sort": ["price"],
      "models": ["groq/llama-3.3-70b-versatile", "groq/openai/gpt-oss-20b", "openai/gpt-5", "openai/gpt-4o"],
      "ignore": ["groq", "groq/llama-3.3-70b-versatile", "openai/gpt-4o"] } }`,
    expects: { body: completion("openai/gpt-5") },
  }),
  extraBody("the order of providers of a model that is named without one", {
    path,
    headers: bearer,
    body: `{ "model": "gpt-oss-120b", ${hello},
      "extra_body": { "provider": {"order":["groq","fireworks"], "allow_fallbacks": true} } }`,
    expects: { body: { metadata: answeredBy("groq/openai/gpt-oss-120b") } },
  }),
  extraBody("allow_fallbacks: false", {
    path,
    headers: bearer,
    body: `{ "model": "gpt-oss-120b", ${hello},
      "extra_body": { "provider": { "order": ["cerebras"], "allow_fallbacks": false } } }`,
    faults: ["status=400"],
    expects: { status: 400 },
  }),
  extraBody("every parameter at once", {
    path,
    headers: bearer,
    body: `{ "model": "auto", ${hello},
      "extra_body": {
        "models":  ["anthropic/claude-opus-4-6","google-ai-studio/gemini-2.5-pro"],
        "ignore":  ["groq", "groq/llama-3.3-70b-versatile"],
        "sort":    ["coding","price","latency"],
        "provider": {"order":["anthropic","google-ai-studio"], "allow_fallbacks": true},
        "metadata": {"tier":"premium","language":"es"},
        "prompt_variables": {"name":"Ada"},
        "reasoning": {"effort":"low", "exclude":true},
        "web_search": {"engine":"exa","max_results":3,"max_steps":1}
      } }`,
    expects: {
      body: completion(expect.stringMatching(/^(anthropic|google-ai-studio)\//)),
      headers: { "x-signalbox-dropped": undefined },
    },
  }),
  caching("cache_control on a part of a chat reaches Claude", {
    path,
    headers: bearer,
    body: `{ "model": "anthropic/claude-opus-4-6", "messages": [{ "role": "user", "content": [
      { "type": "text", "text": "A long text.", "cache_control": { "type": "ephemeral", "ttl": "1h" } } ] }] }`,
    expects: {
      upstream: [
        {
          model: "claude-opus-4-6",
          path: "/v1/messages",
          body: { messages: [{ content: [{ cache_control: { type: "ephemeral", ttl: "1h" } }] }] },
        },
      ],
    },
  }),
  anthropic("a message to a router, with auth_token", {
    path: "/v1/messages",
    headers: bearer,
    body: `{ "model": "inworld/my-router", "max_tokens": 1024,
      "messages": [ {"role": "user", "content": "Explain how neural networks learn."} ] }`,
    expects: {
      body: message("google-ai-studio/gemini-2.5-flash", answeredBy("google-ai-studio/gemini-2.5-flash")),
      upstream: [{ model: "gemini-2.5-flash" }],
    },
  }),
  ...["openai/gpt-5", "anthropic/claude-opus-4-6"].map((model) =>
    anthropic(`a message to ${model}`, {
      path: "/v1/messages",
      headers: bearer,
      body: `{ "model": "${model}", "max_tokens": 1024, "messages": [{ "role": "user", "content": "Hello" }] }`,
      expects: { body: message(model.split("/").at(1), answeredBy(model)) },
    }),
  ),
  anthropic("a message to auto", {
    path: "/v1/messages",
    headers: bearer,
    body: `{ "model": "auto", "max_tokens": 1024, "messages": [{ "role": "user", "content": "Hello" }] }`,
    expects: { body: message(expect.stringMatching(/^[a-z-]+\/./)) },
  }),
  chat("a key that is none", {
    path,
    headers: { ...json, authorization: `Basic ${KEY}x` },
    body: `{ "model": "openai/gpt-4o", ${hello} }`,
    expects: { status: 401, body: { error: { code: "invalid_api_key" } }, upstream: [] },
  }),
];
