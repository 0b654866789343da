import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildSnapshot, type Snapshot } from "../../catalogue/snapshot.ts";
import { parseConfig } from "../../config/load.ts";
import { noPreferences } from "../../routing/preferences.ts";
import type { Plan, Target } from "../../routing/target.ts";
import { type ScopeSource, scopeOf, tenantOf } from "./answer-cache-scope.ts";

const router = (name: string, temperature: number) => ({
  name: `routers/${name}`,
  defaultRoute: {
    variants: [{ variant: { variant_id: "v", model_id: "p/m", text_generation_config: { temperature } }, weight: 100 }],
  },
});

function snapshotOf(more: Readonly<Record<string, unknown>> = {}): Snapshot {
  const config = {
    providers: {
      p: { auth: "none", models: ["m", "n"], endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:1/v1" } } },
    },
    models: { fast: { targets: ["p/m"] } },
    routers: [router("support", 0), router("sales", 0)],
    ...more,
  };
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "test.yaml", folder: ".", sources });
  return buildSnapshot(loaded, { environment: {}, keys: [] });
}

const base = snapshotOf();
const [provider] = [...base.providers.values()];
const target = (parts: Partial<Target> = {}): Target => {
  if (provider === undefined) throw new Error("There is no provider.");
  return { provider, model: "m", timeouts: base.timeouts, reason: "", ...parts };
};

/** One choice of each thing that an answer depends on. */
interface Choice {
  readonly key: { readonly id: string; readonly org?: string };
  readonly version: string;
  readonly surface: ScopeSource["surface"];
  readonly headers: Readonly<Record<string, string>>;
  readonly snapshot: Snapshot;
  readonly model: string;
  readonly preferences: object;
  readonly steps: readonly string[];
  readonly overrides: Target["overrides"];
  readonly features: Partial<Plan["features"]>;
}

const surface = { dialect: "openai-chat", operation: "generate", query: "" } as const;

const choices: { readonly [K in keyof Choice]: readonly Choice[K][] } = {
  key: [{ id: "a" }, { id: "b" }, { id: "a", org: "a" }, { id: "c", org: "b" }],
  version: ["1.0.0", "1.0.1"],
  surface: [
    surface,
    { ...surface, dialect: "gemini" },
    { ...surface, query: "beta=true" },
    { ...surface, cloud: { host: "vertex", stream: false } },
    { ...surface, answers: { whole: (body) => body, stream: () => () => [] } },
  ],
  headers: [
    {},
    { "anthropic-beta": "a" },
    { "anthropic-beta": "b" },
    { "x-signalbox-strict": "true" },
    { "openai-beta": "a" },
  ],
  snapshot: [
    base,
    snapshotOf({ guardrails: { pii: { action: "redact" } } }),
    snapshotOf({ routers: [router("support", 0.5), router("sales", 0)] }),
    snapshotOf({ models: { fast: { targets: ["p/n"] } }, routers: [router("support", 0), router("sales", 0.2)] }),
  ],
  model: ["fast", "p/m", "inworld/support"],
  preferences: [
    {},
    { costQuality: 0 },
    { costQuality: 1 },
    { models: ["p/n"] },
    { ignore: ["p/n"] },
    { provider: { only: ["p"] } },
  ],
  steps: [
    [],
    ["support/default/v"],
    ["sales/default/v"],
    ["support/default/v", "sales/default/v"],
    ["support/default/w"],
  ],
  overrides: [
    undefined,
    { generation: { temperature: 0 } },
    { promptVariables: { a: "b" } },
    { reasoning: { effort: "low" } },
  ],
  features: [
    {},
    { compression: { aggressiveness: 0.5 } },
    { middleOut: true },
    { guardrails: { pii: { action: "block" } } },
  ],
};

function scoped({ key, version, headers, model, preferences, steps, overrides, features, ...source }: Choice): string {
  const exchange = { ...source, request: { headers }, outcome: { key }, services: { cache: { version } } };
  const plan = { targets: [target(overrides === undefined ? {} : { overrides })], features: { ...features, steps } };
  return scopeOf(exchange, { model, preferences: { ...noPreferences, ...preferences } }, plan);
}

const choice = fc.record({
  key: fc.constantFrom(...choices.key),
  version: fc.constantFrom(...choices.version),
  surface: fc.constantFrom(...choices.surface),
  headers: fc.constantFrom(...choices.headers),
  snapshot: fc.constantFrom(...choices.snapshot),
  model: fc.constantFrom(...choices.model),
  preferences: fc.constantFrom(...choices.preferences),
  steps: fc.constantFrom(...choices.steps),
  overrides: fc.constantFrom(...choices.overrides),
  features: fc.constantFrom(...choices.features),
});

/** What two snapshots differ in for this request: its installation, its public model and the routers on its way. */
function seen({ snapshot, model, steps }: Choice): unknown {
  const names = new Set(steps.map((step) => step.split("/")[0] ?? ""));
  return [snapshot.guardrails, snapshot.models.get(model), [...names].map((name) => snapshot.routers.get(name))];
}

const { stringify } = JSON;
const told = (one: Choice): string =>
  stringify([{ ...one, snapshot: seen(one), key: tenantOf(one.key), answers: one.surface.answers !== undefined }]);

test("two requests share answers only where tenant, version, surface, router, model, settings and wishes are all the same", () => {
  fc.assert(
    fc.property(choice, choice, fc.constantFrom(...Object.keys(choices)), (one, other, kept) => {
      // Near ones are what could be taken for one another: they differ in one thing.
      for (const [left, right] of [
        [one, other],
        [one, { ...one, [kept]: Reflect.get(other, kept) }],
      ] as const) {
        expect(scoped(left) === scoped(right)).toBe(told(left) === told(right));
      }
    }),
    { numRuns: 5_000 },
  );
});

describe("a tenant", () => {
  test("is an organisation with all its keys, or one key", () => {
    expect(tenantOf({ id: "a", org: "o" })).toBe(tenantOf({ id: "b", org: "o" }));
    expect(tenantOf({ id: "a" })).not.toBe(tenantOf({ id: "b" }));
    expect(tenantOf({ id: "a" })).not.toBe(tenantOf({ id: "b", org: "a" }));
  });
});

test("how a stream is framed is not what is answered", () => {
  const [first] = fc.sample(choice, { numRuns: 1, seed: 1 });
  if (first === undefined) throw new Error("There is no choice.");
  const framed = (query: string) => scoped({ ...first, surface: { ...surface, dialect: "gemini", query } });
  expect(framed("alt=sse")).toBe(framed(""));
  expect(framed("alt=sse&a=b")).not.toBe(framed(""));
});

test("how a stream is framed and whose key stands in the query is no part of it", () => {
  const scoped = (query: string): string => {
    const exchange = {
      surface: { dialect: "gemini", operation: "generate", query },
      snapshot: base,
      request: { headers: {} },
      outcome: { key: { id: "a", org: "o" } },
      services: { cache: { version: "1" } },
    } as const;
    const plan = { targets: [target()], features: { steps: [] } };
    return scopeOf(exchange, { model: "p/m", preferences: noPreferences }, plan);
  };
  expect(scoped("alt=sse&key=one")).toBe(scoped("key=two"));
  expect(scoped("fields=a")).not.toBe(scoped(""));
});
