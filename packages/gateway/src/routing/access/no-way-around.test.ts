import { GatewayError } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AccessPolicy, KeyGroup, OwnCredential, OwnedPolicy } from "../../config/access.ts";
import type { Router } from "../../config/router.ts";
import type { ResolvedProvider } from "../../providers/resolved.ts";
import type { RoutingPreferences } from "../preferences.ts";
import type { Caller } from "../request-view.ts";
import type { Target } from "../target.ts";
import { groupWith, house, ownAccount, ownedBy, planFor } from "../testing/access-house.ts";

/** What may be asked here, as a client may write it, with names that nobody has and that pretend to be others. */
const NAMES = [
  "gpt-5",
  "gpt-5-mini",
  "o3",
  "llama-4",
  "house",
  "fast",
  "cheap",
  "auto",
  "auto:free",
  "gpt-5:floor",
  "gpt-5-thinking",
  "claude-via-fast",
  "models/gemini-2.5-pro",
  "openai/gpt-5",
  "openai/llama-4",
  "openai/house",
  "google/gemini-2.5-pro",
  "openrouter/openai/gpt-5",
  "openrouter/meta/llama-4",
  "meta/llama-4",
  "lab/llama-4",
  "lab/gpt-5",
  "any/openai/gpt-5",
  "any/nothing",
  "brought/llama-4",
  "router/split",
  "@preset/large",
  "inworld/nested",
  "routers/choosing",
  "router/made",
  "router/auto",
  "router/nothing",
  "nothing",
];
const PATTERNS = [
  "*",
  "gpt-*",
  "gpt-5",
  "openai/*",
  "*/llama-4",
  "llama-4",
  "fast",
  "cheap",
  "google/*",
  "auto",
  "router/large",
  "house",
  "x*",
];
const PROVIDERS = ["openai", "google", "google-ai-studio", "openrouter", "lab", "any", "brought"];
const ROUTERS = ["split", "router/large", "made", "nest*", "choosing", "auto", "*"];
const WISHES = [...PROVIDERS, "openai/gpt-5", "lab/llama-4", "nobody"];

const some = (values: readonly string[]) => fc.array(fc.constantFrom(...values), { maxLength: 3 });
/** Half the time, and less where it closes nearly everything. */
const half = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const seldom = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, value);

const policy: fc.Arbitrary<AccessPolicy> = fc
  .record({
    models: half(some(PATTERNS)),
    routers: half(some(ROUTERS)),
    providers: seldom(some(PROVIDERS)),
    privacy: seldom(
      fc.record({
        blockedProviders: seldom(some(PROVIDERS)),
        regions: seldom(some(["eu", "us"])),
        zeroRetention: seldom(fc.boolean()),
      }),
    ),
  })
  .map((made): AccessPolicy => JSON.parse(JSON.stringify(made)));

const channel = fc.tuple(
  fc.constantFrom(...PROVIDERS),
  fc.constantFrom("1", "main", "spare", "cred_1", "none"),
  fc.nat(3),
  fc.nat(3),
);
const caller: fc.Arbitrary<Partial<Caller>> = fc
  .record({
    policies: fc.array(
      fc
        .tuple(fc.constantFrom("key" as const, "team" as const, "org" as const), policy)
        .map(([kind, said]) => ownedBy(kind, said)),
      { maxLength: 3 },
    ),
    group: seldom(
      fc
        .tuple(fc.array(channel, { maxLength: 3 }), seldom(some(PATTERNS)))
        .map(([ways, models]) => groupWith(ways, models)),
    ),
    credentials: fc.array(
      fc.constantFrom(...PROVIDERS).map((provider) => ownAccount(provider, "cred_1")),
      { maxLength: 2 },
    ),
    refusesUnpriced: fc.constantFrom(false, false, false, true),
    thrift: fc.constantFrom(
      () => undefined,
      () => "there is little left",
    ),
  })
  .map(({ group, ...rest }) => ({ ...rest, ...(group === undefined ? {} : { group }) }));

const preferences: fc.Arbitrary<RoutingPreferences> = fc
  .record({
    models: half(some(NAMES)),
    ignore: seldom(some(WISHES)),
    sort: seldom(fc.constant([{ metric: "price" as const }])),
    costQuality: seldom(fc.constantFrom(0, 0.5, 1)),
    provider: seldom(
      fc.record({
        only: half(some(WISHES)),
        order: seldom(some(WISHES)),
        ignore: seldom(some(WISHES)),
        allowFallbacks: seldom(fc.boolean()),
        dataCollection: seldom(fc.constant("deny" as const)),
      }),
    ),
    metadata: fc.constant({ tier: "premium" }),
    promptVariables: fc.constant({}),
    unserved: fc.constant([]),
  })
  .map((made): RoutingPreferences => JSON.parse(JSON.stringify(made)));

/** The rules once more, as a reader of the documents would apply them: by regular expressions and by enumeration. */
const isLike = (name: string, pattern: string) =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((piece) => piece.replaceAll(/[.\\/]/g, "\\$&"))
      .join(".*")}$`,
  ).test(name);
const canonical = (provider: string) => (provider === "google" ? "google-ai-studio" : provider);
const plain = (name: string) =>
  name
    .replace(/^models\//, "")
    .replace(/^claude-via-/, "")
    .replace(/:floor$|:free$|-thinking$/, "");
const routerOf = (name: string) => /^(?:inworld|routers?|@preset)\/(.+)$/.exec(name)?.[1];

function listed(patterns: readonly string[], { provider, model }: Place): boolean {
  const names = [model, `${provider}/${model}`, model.slice(model.lastIndexOf("/") + 1)];
  const spelled = patterns.flatMap((pattern) => [pattern, pattern.replace(/^google\//, "google-ai-studio/")]);
  return spelled.some((pattern) => names.some((name) => isLike(name, pattern)));
}

interface Place {
  readonly provider: string;
  readonly model: string;
}

const STANDS_FOR: Readonly<Record<string, readonly string[]>> = {
  fast: ["openai/gpt-5-mini", "lab/llama-4"],
  cheap: ["lab/llama-4"],
};
/** As a fallback `auto` is a name like others, which a server that takes any name takes too. */
const POOL = ["openai/gpt-5", "openai/gpt-5-mini", "google-ai-studio/gemini-2.5-pro", "any/auto"];
const LEADS_TO: Readonly<Record<string, readonly string[]>> = {
  split: ["openai/gpt-5", "lab/llama-4"],
  large: ["openai/gpt-5"],
  made: ["any/openai/house"],
  nested: ["openai/gpt-5", "lab/llama-4"],
  choosing: POOL,
  auto: POOL,
};

/** Whether one of the names that the request says opens the target against this list of models. */
function opened({ models = [], routers = [] }: AccessPolicy, asked: readonly string[], place: Place): boolean {
  const at = `${place.provider}/${place.model}`;
  return asked.map(plain).some((name) => {
    const router = name === "auto" ? "auto" : routerOf(name);
    if (router === undefined)
      return (STANDS_FOR[name] ?? []).includes(at) && models.some((pattern) => isLike(name, pattern));
    const named = [
      ...models.flatMap((pattern) => (pattern === "auto" ? "auto" : (routerOf(pattern) ?? []))),
      ...routers.map((pattern) => routerOf(pattern) ?? pattern),
    ];
    const isAuto = router === "auto" || router === "choosing";
    const isListed =
      (isAuto && named.includes("auto")) ||
      named.some((pattern) => pattern !== "auto" && router !== "auto" && isLike(router, pattern));
    const leads = LEADS_TO[router] ?? [];
    // What stands on the way under a public name, or is `auto`'s choice, is open to who may ask for that.
    return (
      leads.includes(at) &&
      (isListed ||
        Object.entries(STANDS_FOR).some(
          ([alias, targets]) => targets.includes(at) && models.some((pattern) => isLike(alias, pattern)),
        ))
    );
  });
}

function allowsProvider(
  { providers, privacy = {} }: AccessPolicy,
  { id, region, zeroRetention }: ResolvedProvider,
): boolean {
  if (providers?.map(canonical).includes(id) === false) return false;
  if (privacy.blockedProviders?.map(canonical).includes(id) === true) return false;
  if (privacy.regions?.includes(region ?? "nowhere") === false) return false;
  return privacy.zeroRetention !== true || zeroRetention === true;
}

function allows(owned: OwnedPolicy, asked: readonly string[], { provider, model }: Target): boolean {
  const { policy: said } = owned;
  const place = { provider: provider.id, model };
  const onList = said.models === undefined || listed(said.models, place) || opened(said, asked, place);
  return onList && allowsProvider(said, provider);
}

const ownsAt = (credentials: readonly OwnCredential[], id: string) =>
  credentials.filter(({ provider }) => canonical(provider) === id).map((own) => `own:${own.id}`);

function accountsAllowed(
  { provider }: Target,
  group: KeyGroup | undefined,
  own: readonly OwnCredential[],
): readonly string[] {
  const brought = ownsAt(own, provider.id);
  const configured = provider.credentials.map(({ id }) => id);
  if (group === undefined) return brought.length > 0 ? brought : configured;
  const named = group.channels
    .filter((way) => canonical(way.provider) === provider.id)
    .map(({ credential }) => credential);
  return [...configured, ...brought].filter((id) =>
    named.some((name) => id === `own:${name}` || id === `${provider.id}#${name}`),
  );
}

test("no words of a request lead to what its key may not have", () => {
  let plans = 0;
  fc.assert(
    fc.property(
      caller,
      fc.constantFrom(...NAMES),
      fc.tuple(preferences, fc.constantFrom(0, 0.4, 0.99)),
      (who, model, [said, chance]) => {
        const asked = [model, ...(said.models ?? [])];
        const { policies = [], group, credentials = [], refusesUnpriced } = who;
        for (const target of targetsFor(model, who, { preferences: said, chance })) {
          plans += 1;
          const name = `${target.provider.id}/${target.model} for ${asked.join(", ")}`;
          for (const owned of policies) expect(allows(owned, asked, target), name).toBe(true);
          expect(
            group?.models === undefined || allows({ ...ownedBy("key", { models: group.models }) }, asked, target),
            name,
          ).toBe(true);
          expect(
            group?.channels.some((way) => canonical(way.provider) === target.provider.id),
            name,
          ).not.toBe(false);
          const used = (target.credentials ?? target.provider.credentials).map(({ id }) => id);
          expect(accountsAllowed(target, group, credentials), name).toEqual(expect.arrayContaining(used));
          expect(target.provider.callersBring !== true || used.length > 0, name).toBe(true);
          expect(refusesUnpriced === true && ["house", "nothing"].includes(target.model), name).toBe(false);
        }
      },
    ),
    { numRuns: 5000 },
  );
  // The property would hold of a gateway that answers nobody.
  expect(plans).toBeGreaterThan(1000);
});

function targetsFor(
  model: string,
  who: Partial<Caller>,
  wish: { preferences: RoutingPreferences; chance: number },
): readonly Target[] {
  try {
    return planFor(model, who, { ...wish, snapshot: house }).targets;
  } catch (error) {
    if (error instanceof GatewayError && error.code !== "internal") return [];
    throw error;
  }
}

test("no provider that a request pins calls a model by a name that only another's has", () => {
  const said = (pin: string): RoutingPreferences => ({ ...nothingSaid, provider: { only: [pin] } });
  for (const pattern of PATTERNS) {
    for (const policy of [{ models: [pattern] }, { models: [], routers: [pattern] }]) {
      const owned = ownedBy("key", policy);
      for (const model of NAMES) {
        for (const pin of PROVIDERS) {
          for (const target of targetsFor(model, { policies: [owned] }, { preferences: said(pin), chance: 0 })) {
            const name = `${target.provider.id}/${target.model} for ${model} at ${pin}`;
            expect(allows(owned, [model], target), name).toBe(true);
          }
        }
      }
    }
  }
});

const nothingSaid: RoutingPreferences = { metadata: {}, promptVariables: {}, unserved: [] };

test("routers that are not listed are not asked, whatever stands beside them", () => {
  const names = [...house.routers.values()].map(({ name }: Router) => name);
  fc.assert(
    fc.property(fc.constantFrom(...names), preferences, (name, said) => {
      const who = { policies: [ownedBy("key", { routers: ["other"] })] };
      const [first] = targetsFor(`router/${name}`, who, { preferences: said, chance: 0 });
      expect(first).toBeUndefined();
    }),
  );
});
