import { buildSnapshot, type Snapshot } from "../../catalogue/snapshot.ts";
import type { AccessPolicy, KeyGroup, OwnCredential, OwnedPolicy, OwnerKind } from "../../config/access.ts";
import { parseConfig } from "../../config/load.ts";
import { secret } from "../../config/secret.ts";
import { makePlan } from "../make-plan.ts";
import { nothingObserved } from "../rank.ts";
import type { Caller } from "../request-view.ts";
import { createSessionMemory, type SessionMemory } from "../stickiness.ts";
import type { Plan } from "../target.ts";
import { requestView, type ViewWish } from "./request-view.ts";

const endpoints = { "openai-chat": { baseUrl: "http://127.0.0.1:1/v1" } };
const priced = (id: string, price: number) => ({ id, price: { input: price, output: price } });
const variants = (...models: readonly (readonly [string, number])[]) =>
  models.map(([model, weight]) => ({ variant: { variant_id: model, model_id: model }, weight }));
const router = (name: string, models: readonly (readonly [string, number])[]) => ({
  name,
  defaultRoute: { variants: variants(...models) },
});

/** Several providers of a model, a public name, and routers that lead to allowed and other places. */
const config = {
  providers: {
    openai: { credentials: ["k-openai"], models: [priced("gpt-5", 8), priced("gpt-5-mini", 1), "o3"], region: "us" },
    google: { credentials: ["k-google"], models: [priced("gemini-2.5-pro", 6)], region: "eu", dataCollection: "deny" },
    openrouter: {
      credentials: [
        { key: "k-main", name: "main" },
        { key: "k-spare", name: "spare" },
      ],
      models: [priced("openai/gpt-5", 9), priced("google/gemini-2.5-pro", 7), priced("meta/llama-4", 2)],
    },
    lab: { auth: "none", endpoints, models: [priced("llama-4", 1), "house"], region: "eu", zeroRetention: true },
    any: { auth: "none", endpoints },
    brought: { auth: "bearer", credentials: [], endpoints, models: [priced("llama-4", 3)] },
  },
  models: {
    fast: { targets: ["openai/gpt-5-mini", "lab/llama-4"] },
    cheap: { targets: ["lab/llama-4"] },
  },
  routers: [
    router("routers/split", [
      ["openai/gpt-5", 80],
      ["lab/llama-4", 20],
    ]),
    router("routers/large", [["openai/gpt-5", 100]]),
    router("routers/nested", [
      ["router/large", 50],
      ["cheap", 50],
    ]),
    router("routers/choosing", [["auto", 100]]),
    // A name that one provider takes as it is, and another by its end, where a request pins it.
    router("routers/made", [["openai/house", 100]]),
  ],
  auto: { models: ["openai/gpt-5", "openai/gpt-5-mini", "google/gemini-2.5-pro"] },
};

export function accessHouse(more: Readonly<Record<string, unknown>> = {}): Snapshot {
  const sources = { environment: {}, readFile: () => "" };
  const written = JSON.stringify({ ...config, ...more });
  const loaded = parseConfig(written, { name: "signalbox.yaml", folder: "/", sources });
  return buildSnapshot(loaded, { environment: {}, keys: [] });
}

export const house = accessHouse();

export const ownedBy = (kind: OwnerKind, policy: AccessPolicy): OwnedPolicy => ({ kind, id: "research", policy });

export const withPolicy = (policy: AccessPolicy): Partial<Caller> => ({ policies: [ownedBy("team", policy)] });

export const groupWith = (
  channels: readonly (readonly [string, string, number?, number?])[],
  models?: readonly string[],
) => {
  const group: KeyGroup = {
    id: "group_1",
    name: "vip",
    channels: channels.map(([provider, credential, priority = 0, weight = 1]) => ({
      provider,
      credential,
      priority,
      weight,
    })),
    ...(models === undefined ? {} : { models }),
  };
  return group;
};

export const ownAccount = (provider: string, id: string, priority = 0): OwnCredential => ({
  id,
  provider,
  secret: secret(`sk-own-${id}`),
  priority,
  weight: 1,
});

export interface Wish extends ViewWish {
  readonly snapshot?: Snapshot;
  readonly chance?: number;
  /** In its place: one after the other. */
  readonly chances?: () => number;
  readonly sessions?: SessionMemory;
}

export function planFor(model: string, caller: Partial<Caller>, wish: Wish = {}): Plan {
  const { snapshot = house, chance = 0, chances, sessions = createSessionMemory(), ...view } = wish;
  return makePlan(snapshot, requestView({ ...view, model, caller }), {
    now: 0,
    chance: chances ?? (() => chance),
    health: nothingObserved,
    sessions,
  });
}

export const targetsOf = ({ targets }: Plan): readonly string[] =>
  targets.map(({ provider, model }) => `${provider.id}/${model}`);

/** What a request says of its own routing. */
export const asking = (preferences: Partial<ReturnType<typeof requestView>["preferences"]>): Wish => ({
  preferences: { metadata: {}, promptVariables: {}, unserved: [], ...preferences },
});
