import { expect } from "vitest";
import { basic, type Example, from } from "./example.ts";
import { answeredBy, completion, operation } from "./matchers.ts";

const create = from("https://docs.inworld.ai/api-reference/routerAPI/routerservice/create-router");
const others = from("https://docs.inworld.ai/api-reference/routerAPI/routerservice/list-routers");
const conditional = from("https://docs.inworld.ai/router/capabilities/conditional-routing");
const userAware = from("https://inworld.ai/router");
const quickstart = from("https://docs.inworld.ai/router/quickstart");
const variables = from("https://docs.inworld.ai/router/capabilities/prompt-variables");
const openapi = from("https://github.com/api-evangelist/inworld-ai, openapi/inworld-router-api-openapi.yml");

const ROUTERS = "/router/v1/routers";
const CHAT = "/v1/chat/completions";
const headers = basic;

const myRouter = `{
  "name": "routers/my-router",
  "routes": [
    { "route": { "route_id": "premium-tier", "variants": [
        { "variant": { "variant_id": "premium-gpt5", "model_id": "openai/gpt-5.2" }, "weight": 100 } ] },
      "condition": { "cel_expression": "tier == \\"premium\\"" } },
    { "route": { "route_id": "free-tier", "variants": [
        { "variant": { "variant_id": "free-flash", "model_id": "google-ai-studio/gemini-2.5-flash" }, "weight": 100 } ] },
      "condition": { "cel_expression": "tier == \\"free\\"" } }
  ],
  "defaultRoute": { "route_id": "default", "variants": [
      { "variant": { "variant_id": "default-variant", "model_id": "google-ai-studio/gemini-2.5-flash" }, "weight": 100 } ] }
}`;

const aware = `{
  "displayName": "User-Aware",
  "routes": [
    { "condition": { "cel_expression": "language == \\"es\\"" },
      "route": { "variants": [ { "variant": { "modelId": "openai/gpt-5.2" }, "weight": 100 } ] } },
    { "condition": { "cel_expression": "plan == \\"free\\"" },
      "route": { "variants": [ { "variant": { "modelId": "anthropic/claude-haiku-4-5" }, "weight": 100 } ] } }
  ],
  "defaultRoute": { "variants": [ { "variant": { "modelId": "anthropic/claude-sonnet-4-6" }, "weight": 100 } ] }
}`;

const frontier = `{
  "name": "routers/compare-frontier-models",
  "displayName": "Compare frontier models",
  "defaultRoute": { "route_id": "default", "variants": [
    { "variant": { "variant_id": "opus", "model_id": "anthropic/claude-opus-4-6" }, "weight": 34 },
    { "variant": { "variant_id": "gemini", "model_id": "google-ai-studio/gemini-3.1-pro-preview" }, "weight": 33 },
    { "variant": { "variant_id": "gpt", "model_id": "openai/gpt-5.2" }, "weight": 33 } ] }
}`;

const persona = `{
  "name": "routers/persona",
  "defaults": { "optimize_prompt": true,
    "text_generation_config": { "max_new_tokens": 512, "temperature": 0.7 },
    "message_templates": [ { "role": "system", "content": "You are {{persona}}" } ] },
  "default_route": { "route_id": "default", "variants": [
    { "variant": { "variant_id": "v", "model_id": "openai/gpt-4o" }, "weight": 100 } ] }
}`;

const made = (document: string, response: object) => ({
  path: ROUTERS,
  headers,
  body: document,
  expects: { body: operation(response), upstream: [] },
});

const asked = (model: string, metadata: string, answered: string): Omit<Example, "name" | "source"> => ({
  path: CHAT,
  headers,
  body: `{ "model": "${model}", "messages": [{"role": "user", "content": "Hola, necesito ayuda"}],
    "extra_body": { "metadata": ${metadata} } }`,
  expects: { body: completion(answered, answeredBy(answered)), upstream: [{ model: answered.split("/").at(1) ?? "" }] },
});

const example = `{
  "name": "routers/example-router",
  "displayName": "Example Router",
  "defaults": { "message_templates": [ { "role": "system", "content": "You are a helpful assistant." } ] },
  "routes": [ { "route": { "route_id": "support", "variants": [
      { "variant": { "variant_id": "primary", "model_id": "openai/gpt-4o" }, "weight": 100 } ] },
    "condition": { "cel_expression": "use_case == 'support'" } } ],
  "defaultRoute": { "route_id": "default", "variants": [
    { "variant": { "variant_id": "default", "model_id": "openai/gpt-4o-mini" }, "weight": 100 } ] }
}`;

const everyField = (unspecified: string) => `{
  "name": "routers/every-field",
  "displayName": "Every field",
  "routes": [ { "route": { "route_id": "r", "variants": [ { "variant": {
    "variant_id": "v", "model_id": "auto",
    "model_selection": { "models": ["openai/gpt-4o", "anthropic/claude-opus-4-6"],
      "sort": [{ "metric": "SORT_METRIC_PRICE", "direction": "SORT_DIRECTION_UNSPECIFIED" }],
      "ignore": ["groq"], "provider": { "order": ["openai"], "allow_fallbacks": true } },
    "text_generation_config": { "max_tokens": 123, "top_p": 0.5, "temperature": 1, "repetition_penalty": 1.1,
      "frequency_penalty": 0.2, "presence_penalty": 0.1, "stop_sequences": ["END"], "seed": 123,
      "logit_bias": [{ "token_id": "50256", "bias_value": -100 }],
      "reasoning": { "effort": "${unspecified}", "max_tokens": 123, "exclude": true } },
    "message_templates": [ { "role": "system", "content": "Be brief." },
      { "role": "user", "content_items": [{ "text": "What is the time?" }] },
      { "role": "assistant", "tool_calls": [{ "id": "c1", "name": "clock", "args": "{}" }] },
      { "role": "tool", "content": "Noon.", "tool_call_id": "c1" } ],
    "web_search": { "engine": "exa", "max_results": 3, "max_steps": 1 },
    "compression": { "aggressiveness": 0.7 } }, "weight": 100 } ] },
    "condition": { "cel_expression": "messages.size() > 0" } } ]
}`;

const plain = `{ "name": "plain", "description": "Plain", "rules": [], "defaultModel": "openai/gpt-4o",
  "cache": { "enabled": true, "ttlSeconds": 60 }, "promptCompression": { "enabled": false }, "webSearch": { "enabled": false } }`;

/** The routers that examples call. */
export const documented: readonly string[] = [
  example,
  everyField("unspecified"),
  myRouter,
  aware,
  frontier,
  persona,
  plain,
];

const rulesRouter = { name: expect.stringMatching(/plain$/), defaultModel: "openai/gpt-4o" };

/** In an order in which each finds what the ones before it made. */
export const inworldRouters: readonly Example[] = [
  create("create", made(example, { name: "routers/example-router", displayName: "Example Router" })),
  create("the router is called, and its condition is true", {
    ...asked("inworld/example-router", `{ "use_case": "support" }`, "openai/gpt-4o"),
  }),
  create("the router is called, and the default route answers", {
    ...asked("inworld/example-router", "{}", "openai/gpt-4o-mini"),
  }),
  others("get", {
    method: "GET",
    path: `${ROUTERS}/example-router`,
    headers,
    expects: {
      body: {
        name: "routers/example-router",
        routes: [{ route: { route_id: "support" }, condition: { cel_expression: "use_case == 'support'" } }],
        defaultRoute: { route_id: "default" },
      },
    },
  }),
  others("list", {
    method: "GET",
    path: `${ROUTERS}?page_size=10`,
    headers,
    expects: {
      body: { routers: expect.arrayContaining([expect.objectContaining({ name: "routers/example-router" })]) },
    },
  }),
  others("update of one field by mask", {
    method: "PATCH",
    path: `${ROUTERS}/example-router?update_mask=displayName`,
    headers,
    body: `{ "displayName": "Renamed", "routes": [] }`,
    expects: { body: operation({ displayName: "Renamed", routes: [{ route: { route_id: "support" } }] }) },
  }),
  create("weights of 99 are an error with the field's path", {
    path: ROUTERS,
    headers,
    body: example.replace("example-router", "light").replace('"weight": 100', '"weight": 99'),
    expects: { status: 400, body: { code: 3, message: expect.stringContaining("exactly 100") } },
  }),
  create("both kinds of web search in a variant are an error", {
    path: ROUTERS,
    headers,
    body: everyField("low").replace(
      '"compression"',
      '"web_search_options": {"search_context_size": "medium"}, "compression"',
    ),
    expects: { status: 400, body: { code: 3, message: expect.stringContaining("exclude each other") } },
  }),
  create("a variant with every field", {
    ...made(everyField("unspecified"), {
      routes: [
        {
          route: {
            variants: [
              {
                variant: {
                  model_selection: { sort: [{ metric: "SORT_METRIC_PRICE" }] },
                  compression: { aggressiveness: 0.7 },
                },
              },
            ],
          },
        },
      ],
    }),
  }),
  create("no route matches, and there is no default", {
    path: CHAT,
    headers,
    body: `{ "model": "inworld/every-field", "messages": [] }`,
    expects: {
      status: 400,
      body: {
        error: {
          message: expect.stringContaining("No route matched. Configure a default route or adjust conditions."),
        },
      },
    },
  }),
  create("what its variant lays over a request", {
    path: CHAT,
    headers,
    body: `{ "model": "inworld/every-field", "messages": [{ "role": "user", "content": "Hello" }] }`,
    expects: {
      // OpenAI does not know a repetition_penalty; what is refused so is left out from then on.
      upstream: [
        { model: "gpt-4o", body: { repetition_penalty: 1.1 } },
        {
          model: "gpt-4o",
          body: {
            top_p: 0.5,
            seed: 123,
            stop: ["END"],
            frequency_penalty: 0.2,
            tools: [{ function: { name: "web_search" } }],
          },
          without: ["repetition_penalty"],
        },
      ],
    },
  }),
  conditional("create", made(myRouter, { name: "routers/my-router" })),
  conditional("premium", { ...asked("inworld/my-router", `{"tier": "premium"}`, "openai/gpt-5.2") }),
  conditional("free", { ...asked("inworld/my-router", `{"tier": "free"}`, "google-ai-studio/gemini-2.5-flash") }),
  conditional("no metadata at all", { ...asked("inworld/my-router", "{}", "google-ai-studio/gemini-2.5-flash") }),
  userAware("create, in camelCase and without a name", made(aware, { name: "routers/user-aware" })),
  userAware("a call by language", {
    ...asked("inworld/user-aware", `{"language": "es", "country": "MX", "plan": "free"}`, "openai/gpt-5.2"),
  }),
  userAware("a call by plan", {
    ...asked("inworld/user-aware", `{"plan": "free"}`, "anthropic/claude-haiku-4-5"),
  }),
  quickstart("create", made(frontier, { name: "routers/compare-frontier-models" })),
  quickstart("a call that is split among three", {
    path: CHAT,
    headers,
    body: `{
    "model": "inworld/compare-frontier-models",
    "messages": [
      {"role": "user", "content": "Who created you?"}
    ]
  }`,
    expects: {
      body: completion(
        expect.stringMatching(
          /^(anthropic\/claude-opus-4-6|google-ai-studio\/gemini-3.1-pro-preview|openai\/gpt-5.2)$/,
        ),
      ),
    },
  }),
  variables("create", made(persona, { name: "routers/persona" })),
  variables("variables fill templates, and the request's messages follow untouched", {
    path: CHAT,
    headers,
    body: `{ "model": "inworld/persona", "messages": [{ "role": "user", "content": "Who is {{persona}}?" }],
      "extra_body": { "prompt_variables": { "persona": "Ada" } } }`,
    expects: {
      upstream: [
        {
          model: "gpt-4o",
          body: {
            temperature: 0.7,
            messages: [
              { role: expect.stringMatching(/^(system|developer)$/), content: "You are Ada" },
              { role: "user", content: "Who is {{persona}}?" },
            ],
          },
        },
      ],
    },
  }),
  others("delete", { method: "DELETE", path: `${ROUTERS}/example-router`, headers, expects: { body: operation() } }),
  others("what was deleted is gone", {
    method: "GET",
    path: `${ROUTERS}/example-router`,
    headers,
    expects: { status: 404, body: { code: 5, message: expect.any(String) } },
  }),
  openapi("create", {
    path: "/v1/routers",
    headers,
    body: plain,
    expects: { body: { ...rulesRouter, cache: { enabled: true, ttlSeconds: 60 } } },
  }),
  openapi("the router is called", { ...asked("inworld/plain", "{}", "openai/gpt-4o"), once: true }),
  openapi("the router is called again within its ttlSeconds", {
    ...asked("inworld/plain", "{}", "openai/gpt-4o"),
    once: true,
    expects: { headers: { "x-cache": "HIT-exact" }, body: { metadata: { attempts: [] } }, upstream: [] },
  }),
  openapi("update", {
    method: "PATCH",
    path: "/v1/routers/plain",
    headers,
    body: `{ "description": "Plainer" }`,
    expects: { body: { ...rulesRouter, description: "Plainer" } },
  }),
  openapi("list", { method: "GET", path: "/v1/routers", headers, expects: { body: { routers: expect.any(Array) } } }),
  openapi("delete", { method: "DELETE", path: "/v1/routers/plain", headers, expects: { status: 204 } }),
];
