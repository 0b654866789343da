import type { JsonObject } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { formatPath } from "../issues.ts";
import { parseRouter } from "../router-document.ts";

function complaints(value: unknown): readonly string[] {
  const parsed = parseRouter(value);
  return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

const variant = (id: string, model: string, more: JsonObject = {}) => ({ variant_id: id, model_id: model, ...more });
const one = (model: string) => [{ variant: { model_id: model }, weight: 100 }];

const withVariants = (...variants: readonly unknown[]) => ({ name: "r", defaultRoute: { variants } });
const weighted = (...weights: readonly unknown[]) =>
  withVariants(...weights.map((weight, index) => ({ variant: variant(`v${index}`, "a/b"), weight })));
const conditional = (...variants: readonly unknown[]) => ({
  name: "r",
  routes: [{ condition: { cel_expression: "true" }, route: { route_id: "x", variants } }],
});

describe("what is wrong is said with the path that the author wrote", () => {
  test.each<readonly [string, unknown, string]>([
    [
      "weights of 99",
      conditional({ variant: { model_id: "a/b" }, weight: 60 }, { variant: { model_id: "a/b" }, weight: 39 }),
      "routes[0].route.variants: the weights of a route must add up to exactly 100, these add up to 99",
    ],
    [
      "weights of 101",
      weighted(50, 51),
      "defaultRoute.variants: the weights of a route must add up to exactly 100, these add up to 101",
    ],
    ["a weight of a half", weighted(99.5, 1), "defaultRoute.variants[0].weight: must be a whole number from 0 to 100"],
    ["a weight below 0", weighted(-1, 100), "defaultRoute.variants[0].weight: must be a whole number from 0 to 100"],
    [
      "a weight as text",
      weighted("100"),
      "defaultRoute.variants[0].weight: must be a whole number from 0 to 100, not text",
    ],
    ["a weight that is missing", weighted(50, undefined), "defaultRoute.variants[1].weight: is missing"],
    [
      "no variant",
      { name: "r", default_route: { variants: [] } },
      "default_route.variants: needs at least one variant",
    ],
    [
      "both ways to search",
      withVariants({ variant: { modelId: "a/b", webSearch: {}, webSearchOptions: {} } }),
      "defaultRoute.variants[0].variant.webSearchOptions: web_search and web_search_options exclude each other: write one of them",
    ],
    ["an unknown field", { name: "r", wieght: 1 }, "wieght: unknown field"],
    ["a misspelt field", { name: "r", default_rout: {} }, "default_rout: unknown field; did you mean default_route?"],
    [
      "an unknown field deep inside",
      withVariants({ variant: { model_id: "a/b", model_selection: { provider: { odrer: [] } } } }),
      "defaultRoute.variants[0].variant.model_selection.provider.odrer: unknown field; did you mean order?",
    ],
    ["a prototype", JSON.parse('{"name":"r","__proto__":{"x":1}}'), "__proto__: unknown field"],
    [
      "the same field twice",
      { name: "r", displayName: "a", display_name: "b" },
      "display_name: says the same as displayName: write one of them",
    ],
    [
      "both limits of tokens",
      { name: "r", defaults: { text_generation_config: { max_tokens: 1, max_new_tokens: 2 } } },
      "defaults.text_generation_config.max_new_tokens: says the same as max_tokens: write one of them",
    ],
    ["no name", { defaultRoute: { variants: one("a/b") } }, "name: is missing"],
    ["a name with a space", { name: "a b" }, "name: must be 1 to 64 letters, digits, dashes and underscores"],
    ["a name with a path", { name: "routers/a/b" }, "name: must be 1 to 64"],
    ["a name that is too long", { name: "a".repeat(65) }, "name: must be 1 to 64"],
    ["no object", "routers/x", ": must be an object, not text"],
    ["a list", [], ": must be an object, not a list"],
    [
      "a route without condition",
      { name: "r", routes: [{ route: { variants: one("a/b") } }] },
      "routes[0].condition: is missing",
    ],
    [
      "an empty condition",
      { name: "r", routes: [{ condition: { cel_expression: " " }, route: { variants: one("a/b") } }] },
      "routes[0].condition.cel_expression: must not be empty",
    ],
    [
      "a variant without model",
      withVariants({ variant: { variant_id: "x" } }),
      "defaultRoute.variants[0].variant.model_id: is missing",
    ],
    [
      "two variants of one id",
      withVariants({ variant: variant("a", "a/b"), weight: 50 }, { variant: variant("a", "c/d"), weight: 50 }),
      "defaultRoute.variants[1].variant.variant_id: another one has this id",
    ],
    [
      "two routes of one id",
      { ...conditional(...one("a/b")), default_route: { routeId: "x", variants: one("a/b") } },
      "default_route.routeId: another one has this id",
    ],
    [
      "a router that names itself",
      withVariants({ variant: { model_id: "inworld/r" } }),
      "defaultRoute.variants[0].variant.model_id: a router cannot name itself",
    ],
    [
      "itself among candidates",
      withVariants({ variant: { model_id: "auto", model_selection: { models: ["a/b", "@preset/r"] } } }),
      "defaultRoute.variants[0].variant.model_selection.models[1]: a router cannot name itself",
    ],
    [
      "a metric that there is not",
      { name: "r", provider: { sort: ["price", "beauty"] } },
      "provider.sort[1]: must be one of price, latency, throughput, intelligence, math, coding",
    ],
    [
      "a direction that there is not",
      { name: "r", provider: { sort: [{ metric: "price", direction: "up" }] } },
      "provider.sort[0].direction: must be ascending or descending",
    ],
    [
      "too much compression",
      withVariants({ variant: { model_id: "a/b", compression: { aggressiveness: 1.1 } } }),
      "defaultRoute.variants[0].variant.compression.aggressiveness: must be a number from 0 to 1",
    ],
    [
      "an engine that there is not",
      withVariants({ variant: { model_id: "a/b", web_search: { engine: "bing" } } }),
      "web_search.engine: must be one of searxng, brave, tavily, exa, google, native",
    ],
    [
      "21 results",
      withVariants({ variant: { model_id: "a/b", web_search: { max_results: 21 } } }),
      "web_search.max_results: must be a whole number from 1 to 20",
    ],
    [
      "6 steps",
      withVariants({ variant: { model_id: "a/b", webSearch: { maxSteps: 6 } } }),
      "webSearch.maxSteps: must be a whole number from 1 to 5",
    ],
    [
      "a context that there is not",
      withVariants({ variant: { model_id: "a/b", web_search_options: { search_context_size: "huge" } } }),
      "search_context_size: must be one of low, medium, high",
    ],
    [
      "a role that there is not",
      { name: "r", defaults: { message_templates: [{ role: "wizard", content: "" }] } },
      "defaults.message_templates[0].role: must be one of system, developer, user, assistant, tool",
    ],
    [
      "a template without content",
      { name: "r", defaults: { message_templates: [{ role: "user" }] } },
      "defaults.message_templates[0]: needs content, content_items or tool_calls",
    ],
    [
      "a timeout of nothing",
      { name: "r", timeouts: { totalMs: 0 } },
      "timeouts.totalMs: must be a whole number from 1 to 86400000",
    ],
    ["both shapes", { name: "r", routes: [], rules: [] }, "rules: unknown field"],
    ["a rule of no kind", { name: "r", rules: [{}] }, "rules[0]: is no provider, conditional or split rule"],
    [
      "a rule of another kind",
      { name: "r", rules: [{ type: "random", condition: "true", model: "a/b" }] },
      "rules[0].type: must be one of provider, conditional, split",
    ],
    [
      "a conditional rule without condition",
      { name: "r", rules: [{ model: "a/b" }] },
      "rules[0].condition: is missing",
    ],
    [
      "a rule with two ends",
      { name: "r", rules: [{ condition: "true", model: "a/b", variants: [] }] },
      "rules[0]: needs either model or variants",
    ],
    [
      "a provider inside a route",
      { name: "r", rules: [{ condition: "true", model: "a/b", provider: {} }] },
      "rules[0].provider: belongs in a rule of its own",
    ],
    [
      "two provider rules",
      { name: "r", rules: [{ provider: {} }, { provider: {} }] },
      "rules[1]: a router has one provider rule",
    ],
    [
      "two defaults",
      { name: "r", defaultModel: "a/b", rules: [{ variants: [{ model: "a/b" }] }] },
      "rules[0]: a router has one default",
    ],
    [
      "weights of a rule",
      { name: "r", rules: [{ provider: {} }, { condition: "true", variants: [{ model: "a/b", weight: 1 }] }] },
      "rules[1].variants: the weights of a route must add up to exactly 100, these add up to 1",
    ],
    ["an id that is not the name", { id: "a", name: "b", rules: [] }, "id: must be the router's name, or left out"],
    [
      "a default that is the router",
      { name: "r", defaultModel: "router/r" },
      "defaultModel: a router cannot name itself",
    ],
    [
      "a model of a rule that is the router",
      { name: "r", rules: [{ condition: "true", model: "router/r" }] },
      "rules[0].model: a router cannot name itself",
    ],
  ])("%s", (_what, value, expected) => {
    expect(complaints(value)).toEqual([expect.stringContaining(expected)]);
  });

  test("all of it at once", () => {
    expect(complaints({ name: "a b", x: 1, defaults: { y: 2 } })).toHaveLength(3);
  });

  test("never with the value itself", () => {
    const secret = "sk very secret";
    const wrong = { name: secret, cache: secret, provider: { sort: secret, data_collection: secret }, hedging: secret };
    expect(complaints(wrong)).toHaveLength(5);
    expect(complaints(wrong).join()).not.toContain("secret");
  });
});
