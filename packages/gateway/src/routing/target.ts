import type { MediaOutput } from "../catalogue/operations.ts";
import type {
  CachePolicy,
  Compression,
  GuardrailPolicy,
  PromptCachePolicy,
  WebSearch,
  WebSearchOptions,
} from "../config/features.ts";
import type { MessageTemplate, ReasoningSettings, TextGeneration } from "../config/router.ts";
import type { Timeouts } from "../config/timeouts.ts";
import type { Credential, ResolvedProvider } from "../providers/resolved.ts";
import type { Decision } from "./auto/decide.ts";
import type { CachedPlace, Pin } from "./stickiness.ts";

/** What a router or the request's own routing fields lay over the request on its way to a target. */
export interface RequestOverrides {
  readonly generation?: TextGeneration;
  readonly templates?: readonly MessageTemplate[];
  readonly promptVariables?: Readonly<Record<string, string>>;
  /** The request's own word, over that of `generation`. */
  readonly reasoning?: ReasoningSettings;
  /** Of templates that say nothing else. */
  readonly templateCompression?: Compression;
  readonly webSearch?: WebSearch;
  readonly webSearchOptions?: WebSearchOptions;
}

/** What the gateway's own features are to do for a request: its own word over that of its routers. */
export interface PlanFeatures {
  readonly cache?: CachePolicy;
  readonly promptCache?: PromptCachePolicy;
  /** Of what the request says itself. */
  readonly compression?: Compression;
  readonly middleOut?: true;
  readonly guardrails?: GuardrailPolicy;
  /** What would have answered without routers, as `provider/model`. */
  readonly baseline?: string;
  /** The routers, routes and variants on the way: what is kept of an answer belongs to this way. */
  readonly steps: readonly string[];
}

/** Where a request may go, and why this target stands in the plan. */
export interface Target {
  readonly provider: ResolvedProvider;
  /** The upstream's own name of the model. */
  readonly model: string;
  readonly timeouts: Timeouts;
  readonly reason: string;
  /** The request's own limit for the first token, which models that reason have to keep as well. */
  readonly firstTokenMs?: number;
  /** The caller's own accounts, or its group's, in the place of the provider's. */
  readonly credentials?: readonly Credential[];
  /** The credential to ask first, by its id: the conversation's prompt cache is there. */
  readonly credential?: string;
  /** Beside other targets of a public name: lower goes first, equals take turns. */
  readonly priority?: number;
  readonly weight?: number;
  readonly overrides?: RequestOverrides;
}

/** The ordered targets of a request, and why. */
export interface Plan {
  readonly targets: readonly Target[];
  /** What the client asked for: a router and `auto` are answered with the target's name. */
  readonly asked: "model" | "router" | "auto";
  /** The router that was asked for. */
  readonly router?: string;
  /** The way to these targets in words: `Router 'support': route 'premium' (tier == "premium"), variant 'primary' (100 %).` */
  readonly reasoning: string;
  /** Targets that were left out, and why. */
  readonly rejected: readonly Rejection[];
  readonly features: PlanFeatures;
  readonly continuation: boolean;
  readonly hedging: boolean;
  /** Wanted features that nothing here serves: reported as dropped. */
  readonly unserved: readonly string[];
  /** Where the conversation's place is remembered; absent where there is nothing to choose between. */
  readonly session?: string;
  /** Where the conversation's prompt cache lived when it was planned. */
  readonly place?: CachedPlace;
  /** Who would have been asked first, as `provider/model`, if the cheapest did not go first. */
  readonly usual?: string;
  /** A budget of the caller is nearly used up, and that had a say in the choice. */
  readonly isThrifty?: true;
  /** Why `auto` chose as it did, and what the conversation shall remember of it. */
  readonly decision?: Decision;
  readonly pin?: Pin;
}

export interface Rejection {
  /** `provider/model`. */
  readonly target: string;
  readonly why: string;
  /** What is asked for is nothing that it does. */
  readonly unable?: true;
  /** What it does not answer with, where that is why. */
  readonly lacks?: MediaOutput;
  /** Not this caller's to have: by its policies and accounts, or because the price is not known. */
  readonly refused?: { readonly by: "access" | "price"; readonly brief: string };
}

/** The accounts by which a target is called. */
export function accountsOf({ provider, credentials }: Target): readonly Credential[] {
  return credentials ?? provider.credentials;
}
