import { priceOf } from "../../packages/gateway/src/catalogue/prices.ts";
import type { Price } from "../../packages/gateway/src/catalogue/profile.ts";
import { buildSnapshot, type Snapshot } from "../../packages/gateway/src/catalogue/snapshot.ts";
import { parseConfig } from "../../packages/gateway/src/config/load.ts";
import { minimumPrefix } from "../../packages/gateway/src/features/prompt-cache/minimums.ts";
import type { AnyEndpoint, PlannedAttempt } from "../../packages/gateway/src/routing/plan.ts";

/** Vendors by what they do with prompts: Anthropic keeps what is marked, OpenAI and Gemini keep by themselves. */
export const kinds = ["anthropic", "openai", "gemini"] as const;

export type Kind = (typeof kinds)[number];

const MODELS = {
  anthropic: {
    provider: "anthropic",
    model: "claude-sonnet-4-6",
    minimumTokens: minimumPrefix("anthropic", "claude-sonnet-4-6"),
  },
  openai: { provider: "openai", model: "gpt-5.1", minimumTokens: 1024 },
  gemini: {
    provider: "google-ai-studio",
    model: "gemini-2.5-flash",
    minimumTokens: minimumPrefix("gemini", "gemini-2.5-flash"),
  },
} as const satisfies Readonly<Record<Kind, { provider: string; model: string; minimumTokens: number }>>;

const DIALECTS = { anthropic: "anthropic-messages", openai: "openai-chat", gemini: "gemini" } as const;

/** The configuration of a gateway that sets breakpoints, or none. */
export function snapshotOf(promptCache: { readonly enabled: boolean; readonly ttl?: "5m" | "1h" }): Snapshot {
  const credentials = ["a-credential-of-the-replays"];
  const config = {
    keys: [{ name: "replays", key: "a-key-for-the-replays" }],
    providers: { anthropic: { credentials }, openai: { credentials }, "google-ai-studio": { credentials } },
    promptCache,
  };
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "replay.yaml", folder: ".", sources });
  return buildSnapshot(loaded, { environment: {}, keys: [] });
}

export interface Place {
  readonly kind: Kind;
  readonly planned: PlannedAttempt;
  readonly price: Price;
  readonly minimumTokens: number;
}

export function placeOf(kind: Kind, snapshot: Snapshot): Place {
  const { provider: id, model, minimumTokens } = MODELS[kind];
  const provider = snapshot.providers.get(id);
  const endpoint: AnyEndpoint | undefined = provider?.endpoints[DIALECTS[kind]];
  const price = provider === undefined ? undefined : priceOf(provider, model);
  if (provider === undefined || endpoint === undefined || price === undefined) throw new Error(`No ${id}/${model}.`);
  const target = { provider, model, timeouts: snapshot.timeouts, reason: "It is replayed." };
  return { kind, planned: { target, endpoint, credential: undefined, lane: "translate" }, price, minimumTokens };
}
