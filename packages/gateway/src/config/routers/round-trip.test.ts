import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type MessageTemplate,
  type ModelSelection,
  type ProviderPreferences,
  type Route,
  type Router,
  type SortBy,
  sortMetrics,
  type TextGeneration,
  type Variant,
} from "../router.ts";
import { parseRouter, type RouterShape, renderRouter } from "../router-document.ts";

const none = { requiredKeys: [] } satisfies { requiredKeys: [] };
const words = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_./:-]{0,12}$/);
const names = fc.array(words, { maxLength: 3 });
const share = fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const count = fc.integer({ min: 1, max: 1000 });

const sort: fc.Arbitrary<SortBy> = fc.record(
  { metric: fc.constantFrom(...sortMetrics), direction: fc.constantFrom("ascending" as const, "descending" as const) },
  { requiredKeys: ["metric"] },
);
const provider: fc.Arbitrary<ProviderPreferences> = fc.record(
  {
    order: names,
    only: names,
    ignore: names,
    allowFallbacks: fc.boolean(),
    sort: fc.array(sort, { maxLength: 2 }),
    requireParameters: fc.boolean(),
    dataCollection: fc.constantFrom("allow" as const, "deny" as const),
    maxPrice: fc.record({ prompt: count, completion: share }, none),
    preferredMaxLatencyMs: count,
    preferredMinThroughput: count,
  },
  none,
);
const selection: fc.Arbitrary<ModelSelection> = fc.record(
  { models: names, sort: fc.array(sort, { maxLength: 2 }), ignore: names, provider, costQuality: share },
  none,
);
const generation: fc.Arbitrary<TextGeneration> = fc.record(
  {
    maxOutputTokens: count,
    temperature: share,
    topP: share,
    repetitionPenalty: share,
    frequencyPenalty: share,
    presencePenalty: share,
    stopSequences: names,
    seed: count,
    logitBias: fc.array(fc.record({ tokenId: words, biasValue: share }), { maxLength: 2 }),
    reasoning: fc.record(
      { effort: fc.constantFrom("none" as const, "xhigh" as const), maxTokens: count, exclude: fc.boolean() },
      none,
    ),
  },
  none,
);
const compression = fc.record({ aggressiveness: share });
const templates: fc.Arbitrary<readonly MessageTemplate[]> = fc.array(
  fc.record(
    {
      role: fc.constantFrom("system" as const, "tool" as const),
      content: fc.string(),
      contentItems: fc.array(fc.record({ text: fc.string() }), { maxLength: 2 }),
      toolCalls: fc.array(fc.record({ id: words, name: words, args: fc.json({ maxDepth: 1 }) }), { maxLength: 2 }),
      toolCallId: words,
      compression,
    },
    { requiredKeys: ["role", "content"] },
  ),
  { maxLength: 2 },
);
const search: fc.Arbitrary<Pick<Variant, "webSearch" | "webSearchOptions">> = fc.oneof(
  fc.constant({}),
  fc.record({
    webSearch: fc.record(
      { engine: fc.constantFrom("exa" as const, "native" as const), maxResults: fc.constant(3) },
      none,
    ),
  }),
  fc.record({ webSearchOptions: fc.record({ searchContextSize: fc.constant("low" as const) }, none) }),
);
const modelAndMore: fc.Arbitrary<Omit<Variant, "id">> = fc
  .tuple(
    fc.record({ model: words, selection, generation, templates, compression }, { requiredKeys: ["model"] }),
    search,
  )
  .map(([variant, searching]) => ({ ...variant, ...searching }));

const ids = (length: number) =>
  fc.uniqueArray(fc.oneof(words, fc.constant("variant-1")), { minLength: length, maxLength: length });

const variants: fc.Arbitrary<Route["variants"]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 2 })
  .chain((cuts) => {
    const bounds = [0, ...cuts.toSorted((a, b) => a - b), 100];
    const weights = bounds.slice(1).map((bound, index) => bound - (bounds[index] ?? 0));
    return fc.tuple(ids(weights.length), fc.tuple(...weights.map(() => modelAndMore))).map(([names, all]) =>
      weights.map((weight, index) => ({
        variant: { id: "x", model: "auto", ...all[index], ...(names[index] === undefined ? {} : { id: names[index] }) },
        weight,
      })),
    );
  });

const router: fc.Arbitrary<Router> = fc
  .tuple(
    fc.record(
      {
        name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/),
        displayName: fc.string(),
        description: fc.string(),
        defaults: fc.record({ optimizePrompt: fc.boolean(), generation, templates }, none),
        provider,
        cache: fc.record({ enabled: fc.boolean(), ttlSeconds: count }, none),
        promptCompression: fc.record({ enabled: fc.boolean() }, none),
        webSearch: fc.record({ enabled: fc.boolean() }, none),
        timeouts: fc.record({ connectMs: count, firstTokenMs: count, deadlineMs: count, stallMs: count }, none),
        continuation: fc.boolean(),
        hedging: fc.boolean(),
      },
      { requiredKeys: ["name"] },
    ),
    fc.uniqueArray(fc.oneof(words, fc.constant("default")), { maxLength: 3 }),
    fc.array(fc.tuple(variants, words), { minLength: 3, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([own, routeIds, bodies, hasDefault]) => {
    const routes = routeIds.flatMap((id, index) => {
      const [list, condition] = bodies[index] ?? [];
      return list === undefined || condition === undefined ? [] : [{ id, condition, variants: list }];
    });
    const [last, ...others] = routes;
    if (!hasDefault || last === undefined) return { ...own, routes };
    return { ...own, routes: others, defaultRoute: { id: last.id, variants: last.variants } };
  });

test.each<RouterShape>(["vendor", "rules"])("what a router says is not lost in the %s shape", (shape) => {
  fc.assert(
    fc.property(router, (value) => {
      const document: unknown = JSON.parse(JSON.stringify(renderRouter(value, shape)));
      const parsed = parseRouter(document);
      expect(parsed).toMatchObject({ ok: true });
      expect(parsed.ok && parsed.router).toEqual(value);
    }),
  );
});
