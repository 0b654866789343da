import { GatewayError, type JsonObject, scanObject, spliceTopLevel } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SurfaceDialect } from "../config/quirks.ts";
import { noPreferences } from "./preferences.ts";
import { readPreferences } from "./read-preferences.ts";

const dialects = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;

interface Sent {
  readonly dialect?: SurfaceDialect;
  readonly headers?: Readonly<Record<string, string>>;
}

function read(body: JsonObject, { dialect = "openai-chat", headers = {} }: Sent = {}) {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const scan = scanObject(bytes);
  const { preferences, strip } = readPreferences({ bytes, scan, dialect, headers });
  const upstream: unknown = JSON.parse(new TextDecoder().decode(spliceTopLevel(bytes, scan, strip ?? {})));
  return { preferences, strip, upstream };
}

function refusal(run: () => unknown): GatewayError {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error("was not refused");
}

describe("a request without wishes", () => {
  test.each(dialects)("costs nothing and stays as it is on %s", (dialect) => {
    const { preferences, strip } = read({ model: "m", messages: [], temperature: 1 }, { dialect });
    expect(preferences).toBe(noPreferences);
    expect(strip).toBeUndefined();
  });

  test("may hold Anthropic's user_id, which stays", () => {
    const { preferences, strip } = read({ metadata: { user_id: "u" } }, { dialect: "anthropic-messages" });
    expect(preferences).toBe(noPreferences);
    expect(strip).toBeUndefined();
  });

  test.each(["openai-chat", "openai-responses", "anthropic-messages"] as const)(
    "may hold other metadata on %s",
    (dialect) => {
      expect(read({ metadata: null }, { dialect })).toMatchObject({ preferences: noPreferences, strip: undefined });
    },
  );
});

const wishes = {
  models: ["anthropic/claude-opus-4-6", "google-ai-studio/gemini-2.5-pro"],
  ignore: ["groq", "groq/llama-3.3-70b-versatile"],
  sort: ["coding", "price", "latency"],
  provider: {
    order: ["groq", "fireworks"],
    only: ["groq"],
    ignore: ["xai"],
    allow_fallbacks: true,
    sort: "throughput",
    require_parameters: true,
    data_collection: "deny",
    max_price: { prompt: 1, completion: 2 },
    preferred_max_latency: 800,
    preferred_min_throughput: 40,
  },
  prompt_variables: { name: "Ada", age: 36, member: true, nothing: null },
  cost_quality: 0.5,
  fallback: { ttft_timeout: "1.5s" },
};

const expected = {
  models: wishes.models,
  ignore: wishes.ignore,
  sort: [{ metric: "coding" }, { metric: "price" }, { metric: "latency" }],
  provider: {
    order: ["groq", "fireworks"],
    only: ["groq"],
    ignore: ["xai"],
    allowFallbacks: true,
    sort: [{ metric: "throughput" }],
    requireParameters: true,
    dataCollection: "deny",
    maxPrice: { prompt: 1, completion: 2 },
    preferredMaxLatencyMs: 800,
    preferredMinThroughput: 40,
  },
  promptVariables: { name: "Ada", age: "36", member: "true" },
  costQuality: 0.5,
  firstTokenMs: 1500,
  unserved: [],
};

const reasoning = { effort: "high", max_tokens: 123, exclude: true };
const alsoNested = { ...wishes, reasoning, metadata: { tier: "premium" } };
const expectedNested = {
  ...expected,
  reasoning: { effort: "high", maxTokens: 123, exclude: true },
  metadata: { tier: "premium" },
};

describe("wishes in the body", () => {
  test.each(dialects)("may stand in extra_body on %s, and do not go on", (dialect) => {
    const { preferences, upstream } = read({ model: "m", extra_body: alsoNested, stream: true }, { dialect });
    expect(preferences).toEqual(expectedNested);
    expect(upstream).toEqual({ model: "m", stream: true });
  });

  test.each(dialects)("may stand at the root on %s, where SDKs put extra_body's members", (dialect) => {
    const { preferences, upstream } = read({ ...wishes, model: "m" }, { dialect });
    expect(preferences).toEqual({ ...expected, metadata: {} });
    expect(upstream).toEqual({ model: "m" });
  });

  test("may stand in Gemini's extensions", () => {
    const { preferences, upstream } = read({ contents: [], extensions: alsoNested }, { dialect: "gemini" });
    expect(preferences).toEqual(expectedNested);
    expect(upstream).toEqual({ contents: [] });
  });

  test("leave `extensions` of other dialects alone", () => {
    expect(read({ extensions: { any: 1 } }).upstream).toEqual({ extensions: { any: 1 } });
  });

  test("may stand beside user_id in Anthropic's metadata", () => {
    const metadata = { user_id: "u", tier: "premium", extra_body: { sort: "price" } };
    const { preferences, upstream } = read({ model: "m", metadata }, { dialect: "anthropic-messages" });
    expect(preferences).toMatchObject({ metadata: { tier: "premium" }, sort: [{ metric: "price" }] });
    expect(upstream).toEqual({ model: "m", metadata: { user_id: "u" } });
  });

  test("take Anthropic's metadata away where nothing of Anthropic's is in it", () => {
    const { upstream } = read({ model: "m", metadata: { tier: "free" } }, { dialect: "anthropic-messages" });
    expect(upstream).toEqual({ model: "m" });
  });

  test.each(["openai-chat", "openai-responses"] as const)(
    "leave %s its own metadata, for conditions too",
    (dialect) => {
      const { preferences, strip } = read({ metadata: { tier: "premium" } }, { dialect });
      expect(preferences.metadata).toEqual({ tier: "premium" });
      expect(strip).toBeUndefined();
    },
  );

  test("leave the dialects' own reasoning and web_search_options at the root", () => {
    const body = { reasoning: { effort: "low", enabled: true }, web_search_options: {} };
    expect(read(body)).toMatchObject({ preferences: noPreferences, upstream: body });
    expect(read({ reasoning: { summary: "auto" } }, { dialect: "openai-responses" }).strip).toBeUndefined();
  });

  test("are read in camelCase as in snake_case", () => {
    const snake = { provider: { allow_fallbacks: false, max_price: { prompt: 3 } }, prompt_variables: { a: "b" } };
    const camel = { provider: { allowFallbacks: false, maxPrice: { prompt: 3 } }, promptVariables: { a: "b" } };
    expect(read({ extra_body: camel }).preferences).toEqual(read({ extra_body: snake }).preferences);
    expect(read({ model: "m", ...camel })).toEqual({ ...read({ model: "m", ...snake }), strip: expect.anything() });
  });

  test("may sort by objects with a direction", () => {
    const sort = [{ metric: "SORT_METRIC_PRICE", direction: "descending" }, { metric: "latency" }];
    const by = [{ metric: "price", direction: "descending" }, { metric: "latency" }];
    expect(read({ extra_body: { sort } }).preferences.sort).toEqual(by);
  });
});

describe("wishes in headers", () => {
  test("hold the same fields as JSON", () => {
    const headers = { "x-signalbox-routing": JSON.stringify(alsoNested) };
    expect(read({ model: "m" }, { headers })).toEqual({
      preferences: expectedNested,
      strip: undefined,
      upstream: { model: "m" },
    });
  });

  test.each(["x-signalbox-provider", "x-anyrouter-provider"])("pin a provider with %s", (name) => {
    const { preferences } = read({ provider: { order: ["openai"] } }, { headers: { [name]: " groq " } });
    expect(preferences.provider).toEqual({ order: ["openai"], only: ["groq"], allowFallbacks: false });
  });

  test("must be a JSON object", () => {
    const refused = refusal(() => read({}, { headers: { "x-signalbox-routing": "sort=price" } }));
    expect(refused).toMatchObject({ code: "invalid_request", detail: { param: "x-signalbox-routing" } });
  });
});

test("the header goes before extra_body, and that before the root, field by field", () => {
  const { preferences } = read(
    {
      metadata: { from: "root", root: 1 },
      sort: "price",
      ignore: ["a"],
      provider: { order: ["a"], only: ["a"] },
      prompt_variables: { a: "root" },
      extra_body: { metadata: { from: "body", body: 1 }, sort: "latency", provider: { order: ["b"] } },
    },
    { headers: { "x-signalbox-routing": '{"metadata":{"from":"header"},"provider":{"allow_fallbacks":false}}' } },
  );
  expect(preferences).toEqual({
    metadata: { from: "header", root: 1, body: 1 },
    sort: [{ metric: "latency" }],
    ignore: ["a"],
    provider: { order: ["b"], only: ["a"], allowFallbacks: false },
    promptVariables: { a: "root" },
    unserved: [],
  });
});

describe("the wait for the first token", () => {
  test.each([
    ["300ms", 300],
    ["0.3s", 300],
    ["1s", 1000],
    ["1.5s", 1500],
    ["450.6ms", 451],
  ])("%s is %i ms, in either spelling", (written, ms) => {
    const { preferences } = read({ extra_body: { fallback: { ttft_timeout: written } } });
    expect(preferences.firstTokenMs).toBe(ms);
    expect(read({ fallback: { ttftTimeout: written } })).toMatchObject({
      preferences: { firstTokenMs: ms },
      upstream: {},
    });
  });

  test("may be left unsaid", () => {
    for (const fallback of [{}, null, { ttft_timeout: null }]) {
      expect(read({ extra_body: { fallback } }).preferences).toEqual(noPreferences);
    }
  });
});

describe("what is not served", () => {
  test("is named, not lost", () => {
    const provider = { quantizations: ["fp8"], zdr: true, enforceDistillableText: false, order: ["groq"] };
    const { preferences } = read({ extra_body: { web_search: { engine: "exa" }, plugins: ["file-parser"], provider } });
    expect(preferences.unserved).toEqual(["plugins.file-parser", "provider.quantizations", "provider.zdr"]);
    expect(preferences.webSearch).toEqual({ engine: "exa" });
    expect(preferences.provider).toEqual({ order: ["groq"] });
  });

  test("is not named when it is switched off", () => {
    expect(read({ web_search: false }).preferences.unserved).toEqual([]);
  });
});

describe("bad wishes", () => {
  test.each([
    [{ extra_body: { provider: { ordr: ["a"] } } }, "extra_body.provider.ordr", "did you mean order"],
    [{ extra_body: { modells: ["a"] } }, "extra_body.modells", "did you mean models"],
    [{ extra_body: { temperature: 1 } }, "extra_body.temperature", "unknown field"],
    [{ extra_body: [] }, "extra_body", "must be an object"],
    [{ provider: { onyl: ["a"] } }, "provider.onyl", "did you mean only"],
    [{ provider: "groq" }, "provider", "must be an object"],
    [{ models: ["a", 7] }, "models[1]", "must be text"],
    [{ sort: "beauty" }, "sort", "must be one of price"],
    [{ provider: { max_price: { prompt: -1 } } }, "provider.max_price.prompt", "at least 0"],
    [{ extra_body: { reasoning: { effort: "wild" } } }, "extra_body.reasoning.effort", "must be one of none"],
    [{ extra_body: { cost_quality: 2 } }, "extra_body.cost_quality", "from 0 to 1"],
    [{ extra_body: { fallback: { ttft_timeout: "299ms" } } }, "extra_body.fallback.ttft_timeout", "at least 300ms"],
    [{ fallback: { ttftTimeout: "0.2s" } }, "fallback.ttftTimeout", "at least 300ms"],
    [{ fallback: { ttft_timeout: "soon" } }, "fallback.ttft_timeout", 'such as "300ms"'],
    [{ fallback: { ttft_timeout: "-1s" } }, "fallback.ttft_timeout", "must be a duration"],
    [{ fallback: { ttft_timeout: 300 } }, "fallback.ttft_timeout", "must be text"],
    [{ fallback: { timeout: "1s" } }, "fallback.timeout", "unknown field"],
    [{ prompt_variables: { a: {} } }, "prompt_variables.a", "must be text"],
    [{ prompt_variables: {}, promptVariables: {} }, "promptVariables", "says the same as prompt_variables"],
  ])("%j is refused, naming %s", (body, param, message) => {
    const refused = refusal(() => read(body));
    expect(refused).toMatchObject({ code: "invalid_request", detail: { param } });
    expect(refused.message).toContain(message);
  });

  test("are named where Anthropic and Gemini clients say them", () => {
    const anthropic = { metadata: { extra_body: { sortt: "price" } } };
    const gemini = { extensions: { provider: { ordr: [] } } };
    const header = { "x-signalbox-routing": '{"provider":{"sort":7}}' };
    expect(refusal(() => read(anthropic, { dialect: "anthropic-messages" })).detail.param).toBe(
      "metadata.extra_body.sortt",
    );
    expect(refusal(() => read(gemini, { dialect: "gemini" })).detail.param).toBe("extensions.provider.ordr");
    expect(refusal(() => read({}, { headers: header })).detail.param).toBe("x-signalbox-routing.provider.sort");
  });

  test.each([
    { extra_body: { web_search: {}, web_search_options: {} } },
    { web_search: true, web_search_options: { search_context_size: "low" } },
    { extra_body: { web_search: true }, web_search_options: {} },
  ])("%j is refused: two ways of searching", (body) => {
    expect(refusal(() => read(body)).message).toContain("exclude each other");
  });

  test("never end in anything but wishes or invalid_request", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const keys = fc.constantFrom("extra_body", "provider", "models", "sort", "metadata", "extensions", "__proto__");
    fc.assert(
      fc.property(fc.dictionary(keys, value), fc.constantFrom(...dialects), (body, dialect) => {
        const bytes = new TextEncoder().encode(JSON.stringify(body));
        const scan = scanObject(bytes);
        try {
          readPreferences({ bytes, scan, dialect, headers: {} });
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid_request" });
        }
      }),
    );
  });
});
