import type {
  CachePolicy,
  Compression,
  GuardrailPolicy,
  PromptCachePolicy,
  WebSearch,
  WebSearchOptions,
} from "./features.ts";
import type { TimeoutOverrides } from "./timeouts.ts";

/** By what candidates are put in order. */
export const sortMetrics = ["price", "latency", "throughput", "intelligence", "math", "coding"] as const;
export type SortMetric = (typeof sortMetrics)[number];

export interface SortBy {
  readonly metric: SortMetric;
  /** Absent: the metric's own sense, cheap and fast and clever first. */
  readonly direction?: "ascending" | "descending";
}

/** Which providers may answer a model that was named without one, and in which order. */
export interface ProviderPreferences {
  readonly order?: readonly string[];
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  /** Default true. False: no provider but those in `order` (or, without it, the first). */
  readonly allowFallbacks?: boolean;
  readonly sort?: readonly SortBy[];
  /** Only endpoints that can be told every parameter of the request. */
  readonly requireParameters?: boolean;
  /** `deny`: only providers that are declared not to keep data. */
  readonly dataCollection?: "allow" | "deny";
  /** US dollars per million tokens. */
  readonly maxPrice?: { readonly prompt?: number; readonly completion?: number };
  /** Milliseconds to the first token. What is slower moves behind, it is not left out. */
  readonly preferredMaxLatencyMs?: number;
  /** Output tokens a second. What is slower moves behind, it is not left out. */
  readonly preferredMinThroughput?: number;
}

/** How the model of a variant, or of `auto`, is chosen. */
export interface ModelSelection {
  /** The candidates of `auto`; for a model that is named, its fallbacks in order. */
  readonly models?: readonly string[];
  readonly sort?: readonly SortBy[];
  /** Providers, or exact `provider/model`. */
  readonly ignore?: readonly string[];
  readonly provider?: ProviderPreferences;
  /** The dial of `auto`: 0 takes the cheapest that may do, 1 the best whatever it costs. */
  readonly costQuality?: number;
}

export interface ReasoningSettings {
  readonly effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh";
  readonly maxTokens?: number;
  /** Think, but do not show it. */
  readonly exclude?: boolean;
}

/** Sampling that a router lays over a request. */
export interface TextGeneration {
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly repetitionPenalty?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly stopSequences?: readonly string[];
  readonly seed?: number;
  readonly logitBias?: readonly { readonly tokenId: string; readonly biasValue: number }[];
  readonly reasoning?: ReasoningSettings;
}

export interface TemplateToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly args: string;
}

/** A message that stands before those of the request. `{{name}}` in its texts is filled from the request's prompt variables. */
export interface MessageTemplate {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content?: string;
  readonly contentItems?: readonly { readonly text: string }[];
  readonly toolCalls?: readonly TemplateToolCall[];
  readonly toolCallId?: string;
  /** Over the variant's, for this message. */
  readonly compression?: Compression;
}

export interface Variant {
  readonly id: string;
  /** `provider/model`, a model's name, another router (`inworld/<name>`), or `auto`. */
  readonly model: string;
  readonly selection?: ModelSelection;
  readonly generation?: TextGeneration;
  readonly templates?: readonly MessageTemplate[];
  readonly webSearch?: WebSearch;
  readonly webSearchOptions?: WebSearchOptions;
  /** Of its templates. */
  readonly compression?: Compression;
}

export interface WeightedVariant {
  readonly variant: Variant;
  /** Whole per cent; those of a route add up to 100. */
  readonly weight: number;
}

export interface Route {
  readonly id: string;
  /** A CEL expression. The default route has none. */
  readonly condition?: string;
  readonly variants: readonly WeightedVariant[];
}

/** What holds for every variant that does not say otherwise. */
export interface RouterDefaults {
  readonly optimizePrompt?: boolean;
  readonly generation?: TextGeneration;
  readonly templates?: readonly MessageTemplate[];
}

/** A named, stored policy: ordered routes, each a condition and weighted variants. Immutable: a change makes another one. */
export interface Router {
  /** Without the `routers/` before it. */
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly defaults?: RouterDefaults;
  readonly routes: readonly Route[];
  readonly defaultRoute?: Route;
  /** For every variant whose selection does not say otherwise (a provider rule of the OpenAPI shape). */
  readonly provider?: ProviderPreferences;
  readonly cache?: CachePolicy;
  readonly promptCache?: PromptCachePolicy;
  /** Of what requests say, beside the templates of variants. */
  readonly promptCompression?: { readonly enabled?: boolean; readonly aggressiveness?: number };
  readonly webSearch?: { readonly enabled?: boolean };
  readonly guardrails?: GuardrailPolicy;
  /** What its savings are reckoned against, as `provider/model`: what would have answered without it. */
  readonly baseline?: string;
  readonly timeouts?: TimeoutOverrides;
  /** After a cut stream another attempt may go on with the text (opt-in). */
  readonly continuation?: boolean;
  /** A second attempt may be started before the first token of a slow one (opt-in). */
  readonly hedging?: boolean;
}
