import { expect } from "vitest";
import { basic, bearer, type Example, from } from "./example.ts";
import { completion } from "./matchers.ts";

const search = from("https://docs.inworld.ai/router/capabilities/web-search");
const perRequest = from("https://dev.docs.inworld.ai/router/capabilities/web-search");
const compression = from("https://docs.inworld.ai/router/capabilities/prompt-compression");
const caching = from("https://docs.inworld.ai/router/capabilities/caching");

const path = "/v1/chat/completions";
const ROUTERS = "/router/v1/routers";
const NEWS = "What are the latest AI news?";

/** The page's question to a model that looks for it and says so. */
const looked = `${NEWS}[[tool web_search {\\"query\\":\\"AI news\\"}]][[then]][[say They are good [1].]]`;
const wish = `{ "engine": "exa", "max_results": 3, "max_steps": 1 }`;
const news = (content: string, more = "") => `{
  "model": "openai/gpt-4o",
  "messages": [{ "role": "user", "content": "${content}" }],
  "extra_body": {
    "web_search": ${wish}
  }${more}
}`;

const searchTool = { type: "function", function: { name: "web_search" } };
const citation = {
  type: "url_citation",
  url_citation: {
    url: "https://pages.example.org/ai-news/1",
    title: "AI news, page 1",
    content: expect.stringContaining("Fact"),
    start_index: 14,
    end_index: 17,
  },
};
const rounds = [
  { model: "gpt-4o", path, body: { tools: [searchTool] }, without: ["web_search", "extra_body"] },
  { model: "exa", path: "/search", body: { query: "AI news", numResults: 3 } },
  { model: "gpt-4o", path, without: ["web_search", "extra_body"] },
];

/** A router whose one variant is what the page shows. */
const routerOf = (name: string, variant: string) =>
  `{ "name": "routers/${name}", "default_route": { "route_id": "default", "variants": [{ "weight": 100, "variant": ${variant} }] } }`;

const SEARCH_GROUNDED = `{
  "variant_id": "search-grounded",
  "model_id": "openai/gpt-4o",
  "web_search": {
    "engine": "exa",
    "max_results": 5,
    "max_steps": 2
  }
}`;
const NATIVE_SEARCH = `{
  "variant_id": "native-search",
  "model_id": "openai/gpt-4o-search-preview",
  "web_search_options": {
    "search_context_size": "medium"
  }
}`;

const INSTRUCTIONS =
  "You are a helpful assistant with deep expertise in world history, geopolitics, and international relations. Your primary responsibility is to provide detailed, engaging answers";
/** Longer than the 250 tokens below which nothing is compressed. */
const LONG = Array.from(
  { length: 30 },
  (_, at) => `${INSTRUCTIONS} to whoever asks for them in year ${at} of the long reign of the old king.`,
).join(" ");

const compressed = (name: string, content: string) => `{
  "name": "routers/${name}",
  "display_name": "Compressed prompts",
  "default_route": {
    "route_id": "default",
    "variants": [{
      "weight": 100,
      "variant": {
        "variant_id": "v1",
        "model_id": "openai/gpt-4o",
        "compression": {
          "aggressiveness": 0.7
        },
        "message_templates": [
          {
            "role": "system",
            "content": "${content}"
          }
        ]
      }
    }]
  }
}`;

const saved = {
  original_tokens: expect.any(Number),
  compressed_tokens: expect.any(Number),
  saved_tokens: expect.any(Number),
};
const hello = `"messages": [{ "role": "user", "content": "Hello!" }]`;

const made = (body: string, name: string): Omit<Example, "name" | "source"> => ({
  path: ROUTERS,
  headers: basic,
  body,
  once: true,
  expects: { body: { done: true, response: { name: `routers/${name}` } } },
});

export const inworldFeatures: readonly Example[] = [
  perRequest("web_search of a request: the model may search", {
    path,
    headers: bearer,
    body: news(NEWS),
    expects: { body: completion("gpt-4o"), upstream: rounds.slice(0, 1) },
  }),
  perRequest("web_search of a request: its answer names its sources", {
    path,
    headers: bearer,
    body: news(looked),
    expects: {
      body: {
        choices: [{ message: { content: "They are good [1].", annotations: [citation] }, finish_reason: "stop" }],
        metadata: { web_search: { engine: "exa", queries: ["AI news"], steps: 1 } },
      },
      upstream: rounds,
    },
  }),
  perRequest("annotations of a stream stand in its last chunk, beside finish_reason", {
    path,
    headers: bearer,
    body: news(looked, `, "stream": true`),
    once: true,
    expects: {
      stream: `"title":"AI news, page 1","content":"Fact`,
      upstream: rounds,
    },
  }),
  perRequest("web_search_options of a request to a model that searches in another API of its vendor", {
    path,
    headers: bearer,
    body: `{
  "model": "openai/gpt-4o",
  "messages": [{ "role": "user", "content": "${NEWS}" }],
  "web_search_options": {
    "search_context_size": "low"
  }
}`,
    expects: {
      upstream: [
        {
          model: "gpt-4o",
          path: "/v1/responses",
          body: { tools: [{ type: "web_search", search_context_size: "low" }] },
          without: ["web_search_options"],
        },
      ],
    },
  }),
  perRequest("web_search_options of a request to a model that searches", {
    path,
    headers: bearer,
    body: `{
  "model": "openai/gpt-4o-search-preview",
  "messages": [{ "role": "user", "content": "${NEWS}" }],
  "web_search_options": {
    "search_context_size": "low"
  }
}`,
    expects: {
      upstream: [
        {
          model: "gpt-4o-search-preview",
          body: { web_search_options: { search_context_size: "low" } },
          without: ["tools"],
        },
      ],
    },
  }),
  search("a variant that is grounded by searches", made(routerOf("grounded", SEARCH_GROUNDED), "grounded")),
  search("a request to it", {
    path,
    headers: basic,
    body: `{ "model": "inworld/grounded", "messages": [{ "role": "user", "content": "${looked}" }] }`,
    expects: {
      body: {
        choices: [{ message: { annotations: [citation] } }],
        metadata: { web_search: { results: 5, steps: 1 } },
      },
      upstream: [{ model: "gpt-4o" }, { model: "exa", body: { numResults: 5 } }, { model: "gpt-4o" }],
    },
  }),
  search("a variant whose model searches itself", made(routerOf("native", NATIVE_SEARCH), "native")),
  search("a request to that", {
    path,
    headers: basic,
    body: `{ "model": "inworld/native", ${hello} }`,
    expects: {
      upstream: [{ model: "gpt-4o-search-preview", body: { web_search_options: { search_context_size: "medium" } } }],
    },
  }),
  compression("a router with compression", made(compressed("compressed", LONG), "compressed")),
  compression("its templates are compressed, and the reply tells what was saved", {
    path,
    headers: basic,
    body: `{ "model": "inworld/compressed", ${hello} }`,
    expects: {
      body: { metadata: { compression: saved } },
      upstream: [{ model: "gpt-4o", body: { messages: [{ role: "system" }, { content: "Hello!" }] } }],
    },
  }),
  compression("a router with a template that is too short", made(compressed("brief", `${INSTRUCTIONS}...`), "brief")),
  compression("what is too short is skipped with a warning", {
    path,
    headers: basic,
    body: `{ "model": "inworld/brief", ${hello} }`,
    expects: {
      body: { metadata: { warnings: [expect.stringContaining("250")] } },
      upstream: [{ model: "gpt-4o", body: { messages: [{ content: `${INSTRUCTIONS}...` }, { content: "Hello!" }] } }],
    },
  }),
  compression("compression of a message", {
    path,
    headers: bearer,
    body: `{ "model": "openai/gpt-4o", "messages": [
      { "role": "user", "content": "${LONG}", "compression": { "aggressiveness": 0.5 } },
      { "role": "assistant", "content": "Ask." },
      { "role": "user", "content": "Hello!" } ] }`,
    expects: {
      body: { metadata: { compression: saved } },
      headers: { "x-signalbox-dropped": undefined },
      upstream: [{ model: "gpt-4o", body: { messages: [{ content: expect.not.stringContaining(LONG) }, {}, {}] } }],
    },
  }),
  compression("compression of a message that is too short", {
    path,
    headers: bearer,
    body: `{ "model": "openai/gpt-4o", "messages": [
      { "role": "user", "content": "Hello!", "compression": { "aggressiveness": 0.5 } } ] }`,
    expects: {
      body: { ...completion("gpt-4o"), metadata: { warnings: [expect.stringContaining("250")] } },
      upstream: [{ model: "gpt-4o", body: { messages: [{ role: "user", content: "Hello!" }] } }],
    },
  }),
  caching("cache_control on a part of the system prompt", {
    path,
    headers: bearer,
    body: `{
  "model": "anthropic/claude-opus-4-6",
  "messages": [
    {
      "role": "system",
      "content": [
        {
          "type": "text",
          "text": "You are a historian studying the fall of the Roman Empire. Below is an extensive reference book:"
        },
        {
          "type": "text",
          "text": "HUGE TEXT BODY HERE",
          "cache_control": {
            "type": "ephemeral",
            "ttl": "1h"
          }
        }
      ]
    },
    {
      "role": "user",
      "content": [
        {
          "type": "text",
          "text": "What triggered the collapse?"
        }
      ]
    }
  ]
}`,
    expects: {
      body: { usage: { prompt_tokens_details: { cached_tokens: expect.any(Number) } } },
      upstream: [
        {
          model: "claude-opus-4-6",
          path: "/v1/messages",
          body: { system: [{ type: "text" }, { cache_control: { type: "ephemeral", ttl: "1h" } }] },
        },
      ],
    },
  }),
  caching("the same to Google, whose API has it explicitly, later", {
    path,
    headers: bearer,
    body: `{ "model": "google-ai-studio/gemini-2.5-pro", "messages": [
      { "role": "system", "content": [
        { "type": "text", "text": "HUGE TEXT BODY HERE", "cache_control": { "type": "ephemeral", "ttl": "1h" } } ] },
      { "role": "user", "content": [{ "type": "text", "text": "What triggered the collapse?" }] } ] }`,
    expects: { upstream: [{ model: "gemini-2.5-pro", path: ":generateContent", without: ["cache_control"] }] },
  }),
];
