import type { JsonObject } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { formatPath } from "./issues.ts";
import type { Router } from "./router.ts";
import { parseRouter, renderRouter } from "./router-document.ts";

function read(value: unknown): Router {
  const parsed = parseRouter(value);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.router;
}

const variant = (id: string, model: string, more: JsonObject = {}) => ({ variant_id: id, model_id: model, ...more });
const one = (model: string) => [{ variant: { model_id: model }, weight: 100 }];

const example = {
  name: "routers/example-router",
  displayName: "Example Router",
  defaults: {
    optimize_prompt: true,
    text_generation_config: { max_new_tokens: 512, temperature: 0.7 },
    message_templates: [{ role: "system", content: "You are {{persona}}" }],
  },
  routes: [
    {
      route: { route_id: "support", variants: [{ variant: variant("primary", "openai/gpt-4o"), weight: 100 }] },
      condition: { cel_expression: "use_case == 'support'" },
    },
  ],
  defaultRoute: { route_id: "default", variants: [{ variant: variant("main", "openai/gpt-4o-mini"), weight: 100 }] },
};

const fullVariant = {
  variant_id: "full",
  model_id: "auto",
  model_selection: {
    models: ["openai/gpt-4o", "groq/llama-3.3-70b-versatile"],
    sort: [{ metric: "SORT_METRIC_PRICE", direction: "SORT_DIRECTION_UNSPECIFIED" }],
    ignore: ["groq"],
    provider: { order: ["openai"], allow_fallbacks: true },
  },
  text_generation_config: {
    max_tokens: 100,
    top_p: 0.9,
    temperature: 1,
    repetition_penalty: 1.1,
    frequency_penalty: 0.5,
    presence_penalty: -0.5,
    stop_sequences: ["END"],
    seed: 7,
    logit_bias: [{ token_id: "50256", bias_value: -100 }],
    reasoning: { effort: "unspecified", max_tokens: 1000, exclude: true },
  },
  message_templates: [
    {
      role: "assistant",
      content: "",
      content_items: [{ text: "Hello {{name}}" }],
      tool_calls: [{ id: "call_1", name: "lookup", args: '{"q":1}' }],
      tool_call_id: "",
    },
  ],
  compression: { aggressiveness: 0.7 },
};

describe("the vendor's shape", () => {
  test("is read as its own page shows it", () => {
    expect(read(example)).toEqual({
      name: "example-router",
      displayName: "Example Router",
      defaults: {
        optimizePrompt: true,
        generation: { maxOutputTokens: 512, temperature: 0.7 },
        templates: [{ role: "system", content: "You are {{persona}}" }],
      },
      routes: [
        {
          id: "support",
          condition: "use_case == 'support'",
          variants: [{ variant: { id: "primary", model: "openai/gpt-4o" }, weight: 100 }],
        },
      ],
      defaultRoute: {
        id: "default",
        variants: [{ variant: { id: "main", model: "openai/gpt-4o-mini" }, weight: 100 }],
      },
    });
  });

  test.each([
    [
      "web_search",
      { engine: "exa", max_results: 3, max_steps: 1 },
      { webSearch: { engine: "exa", maxResults: 3, maxSteps: 1 } },
    ],
    ["web_search_options", { search_context_size: "medium" }, { webSearchOptions: { searchContextSize: "medium" } }],
  ])("is read with a full variant that searches by %s", (field, search, kept) => {
    const route = { variants: [{ variant: { ...fullVariant, [field]: search }, weight: 100 }] };
    const router = read({ name: "full", defaultRoute: route });
    expect(router.defaultRoute?.variants[0]?.variant).toEqual({
      id: "full",
      model: "auto",
      selection: {
        models: ["openai/gpt-4o", "groq/llama-3.3-70b-versatile"],
        sort: [{ metric: "price" }],
        ignore: ["groq"],
        provider: { order: ["openai"], allowFallbacks: true },
      },
      generation: {
        maxOutputTokens: 100,
        topP: 0.9,
        temperature: 1,
        repetitionPenalty: 1.1,
        frequencyPenalty: 0.5,
        presencePenalty: -0.5,
        stopSequences: ["END"],
        seed: 7,
        logitBias: [{ tokenId: "50256", biasValue: -100 }],
        reasoning: { maxTokens: 1000, exclude: true },
      },
      templates: [
        {
          role: "assistant",
          content: "",
          contentItems: [{ text: "Hello {{name}}" }],
          toolCalls: [{ id: "call_1", name: "lookup", args: '{"q":1}' }],
          toolCallId: "",
        },
      ],
      compression: { aggressiveness: 0.7 },
      ...kept,
    });
  });

  test("is read in camelCase, in snake_case and in both at once", () => {
    const camel = {
      name: "mixed",
      display_name: "Mixed",
      default_route: {
        routeId: "default",
        variants: [
          {
            variant: {
              variantId: "a",
              modelId: "auto",
              modelSelection: { sort: ["latency"], provider: { allowFallbacks: false, max_price: { prompt: 1 } } },
              text_generation_config: { maxTokens: 5, topP: 1 },
            },
            weight: 100,
          },
        ],
      },
    };
    const router = read(camel);
    expect(router.displayName).toBe("Mixed");
    expect(router.defaultRoute).toEqual({
      id: "default",
      variants: [
        {
          variant: {
            id: "a",
            model: "auto",
            selection: {
              sort: [{ metric: "latency" }],
              provider: { allowFallbacks: false, maxPrice: { prompt: 1 } },
            },
            generation: { maxOutputTokens: 5, topP: 1 },
          },
          weight: 100,
        },
      ],
    });
  });

  test("makes the name from the display name, as the vendor's front page relies on, and ids for what has none", () => {
    const router = read({
      displayName: "User-Aware",
      routes: [
        { condition: { cel_expression: 'language == "es"' }, route: { variants: one("openai/gpt-5.2") } },
        { condition: { cel_expression: 'plan == "free"' }, route: { variants: one("anthropic/claude-haiku-4-5") } },
      ],
      defaultRoute: {
        variants: [
          { variant: { modelId: "anthropic/claude-sonnet-4-6" }, weight: 50 },
          { variant: { modelId: "openai/gpt-5.2", variantId: "variant-1" }, weight: 50 },
        ],
      },
    });
    expect(router.name).toBe("user-aware");
    expect(router.routes.map(({ id }) => id)).toEqual(["route-1", "route-2"]);
    expect(router.defaultRoute?.id).toBe("default");
    expect(router.defaultRoute?.variants.map(({ variant: { id } }) => id)).toEqual(["variant-1-2", "variant-1"]);
  });

  test("takes an answer of the API as it came", () => {
    const answer = { ...example, createTime: "2026-01-01T00:00:00Z", updateTime: "x", etag: '"1"', readOnly: false };
    expect(read(answer)).toEqual(read(example));
  });

  test("holds what only Signalbox has", () => {
    const router = read({
      name: "own",
      timeouts: { firstTokenMs: 500, deadline_ms: 9000 },
      continuation: true,
      hedging: true,
      provider: { sort: "latency", preferred_max_latency: 300 },
      defaultRoute: { variants: [{ variant: { model_id: "auto", model_selection: { cost_quality: 0.2 } } }] },
    });
    expect(router).toMatchObject({
      timeouts: { firstTokenMs: 500, deadlineMs: 9000 },
      continuation: true,
      hedging: true,
      provider: { sort: [{ metric: "latency" }], preferredMaxLatencyMs: 300 },
    });
    expect(router.defaultRoute?.variants[0]).toMatchObject({
      weight: 100,
      variant: { selection: { costQuality: 0.2 } },
    });
  });
});

describe("the OpenAPI document's shape", () => {
  test("is read with every kind of rule, with and without its type", () => {
    const rules = [
      { provider: { order: ["groq"], allow_fallbacks: true } },
      { type: "conditional", condition: 'tier == "premium"', model: "openai/gpt-5" },
      { condition: { cel_expression: "has_tools" }, variants: [{ model: "auto", weight: 100 }] },
      {
        type: "split",
        id: "ab",
        condition: "input_tokens > 10",
        variants: [
          { model: "a/b", weight: 30, id: "x" },
          { modelId: "c/d", weight: 70 },
        ],
      },
    ];
    expect(read({ name: "support", description: "For support", rules, defaultModel: "openai/gpt-5-mini" })).toEqual({
      name: "support",
      description: "For support",
      provider: { order: ["groq"], allowFallbacks: true },
      routes: [
        {
          id: "route-1",
          condition: 'tier == "premium"',
          variants: [{ variant: { id: "variant-1", model: "openai/gpt-5" }, weight: 100 }],
        },
        {
          id: "route-2",
          condition: "has_tools",
          variants: [{ variant: { id: "variant-1", model: "auto" }, weight: 100 }],
        },
        {
          id: "ab",
          condition: "input_tokens > 10",
          variants: [
            { variant: { id: "x", model: "a/b" }, weight: 30 },
            { variant: { id: "variant-2", model: "c/d" }, weight: 70 },
          ],
        },
      ],
      defaultRoute: {
        id: "default",
        variants: [{ variant: { id: "variant-1", model: "openai/gpt-5-mini" }, weight: 100 }],
      },
    });
  });

  test("takes a split without condition for the default", () => {
    const router = read({
      name: "ab",
      rules: [
        {
          type: "split",
          variants: [
            { model: "a/b", weight: 50 },
            { model: "c/d", weight: 50 },
          ],
        },
      ],
    });
    expect(router.routes).toEqual([]);
    expect(router.defaultRoute?.variants.map(({ weight }) => weight)).toEqual([50, 50]);
  });

  test("needs only a name, and is named by its id too", () => {
    expect(read({ name: "bare", rules: [] })).toEqual({ name: "bare", routes: [] });
    expect(read({ id: "by-id", defaultModel: "a/b" }).name).toBe("by-id");
  });

  test("carries cache, compression and search", () => {
    const document = {
      id: "x",
      name: "x",
      rules: [],
      cache: { enabled: true, ttlSeconds: 60 },
      promptCompression: { enabled: true },
      webSearch: { enabled: false },
    };
    expect(renderRouter(read(document), "rules")).toEqual(document);
  });

  test("shows the simple as simple", () => {
    const shown = renderRouter(
      read({ name: "s", rules: [{ condition: "has_tools", model: "a/b" }], default_model: "c/d" }),
      "rules",
    );
    expect(shown).toEqual({
      id: "s",
      name: "s",
      rules: [{ type: "conditional", id: "route-1", condition: "has_tools", model: "a/b" }],
      defaultModel: "c/d",
    });
  });
});

test("one router is shown in both shapes", () => {
  const router = read(example);
  expect(renderRouter(router, "vendor")).toMatchObject({
    ...example,
    defaults: { ...example.defaults, text_generation_config: { max_tokens: 512, temperature: 0.7 } },
  });
  expect(renderRouter(router, "rules")).toMatchObject({
    id: "example-router",
    displayName: "Example Router",
    rules: [
      { type: "conditional", id: "support", condition: "use_case == 'support'", variants: undefined },
      { type: "split", id: "default", variants: [{ id: "main", model: "openai/gpt-4o-mini", weight: 100 }] },
    ].map(({ variants, ...rule }) => (variants === undefined ? rule : { ...rule, variants })),
  });
});

test("a place in the router is found in what the author wrote", () => {
  const vendor = parseRouter({
    name: "r",
    routes: [{ condition: { celExpression: "true" }, route: { variants: one("a/b") } }],
    default_route: { variants: one("a/b") },
  });
  if (!vendor.ok) throw new Error("not read");
  expect(formatPath(vendor.written(["routes", 0, "condition"]))).toBe("routes[0].condition.celExpression");
  expect(formatPath(vendor.written(["defaultRoute", "variants", 0, "variant", "model"]))).toBe(
    "default_route.variants[0].variant.model_id",
  );
  const rules = parseRouter({
    name: "r",
    rules: [{ provider: {} }, { condition: "true", variants: [{ modelId: "a/b" }] }, { variants: [{ model: "c/d" }] }],
  });
  if (!rules.ok) throw new Error("not read");
  expect(formatPath(rules.written(["routes", 0, "condition"]))).toBe("rules[1].condition");
  expect(formatPath(rules.written(["routes", 0, "variants", 0, "variant", "model"]))).toBe(
    "rules[1].variants[0].modelId",
  );
  expect(formatPath(rules.written(["defaultRoute", "variants", 0, "variant", "model"]))).toBe(
    "rules[2].variants[0].model",
  );
});
