/** How alike two requests must be for one answer to serve both. */
export const cacheMatches = ["exact", "normalised", "semantic"] as const;

export type CacheMatch = (typeof cacheMatches)[number];

/** A year, as HTTP's caches go. */
export const LONGEST_TTL_SECONDS = 31_536_000;

/**
 * Whether answers are kept and given again. The configuration, the key, the router and the request each may say some of it; what is
 * said nearer to the request stands over the rest.
 */
export interface CachePolicy {
  readonly enabled?: boolean;
  readonly ttlSeconds?: number;
  readonly match?: CacheMatch;
  /** Answers that call tools are kept too. */
  readonly toolCalls?: boolean;
}

export interface SemanticCacheSettings {
  /** The model that embeds, as `provider/model`; absent: hashed n-grams, which need nobody. */
  readonly embeddings?: string;
  /** A model that has the last word on whether an answer serves, as `provider/model`. Where it cannot be asked, no answer serves. */
  readonly judge?: string;
  /** How many of a thousand hits may be wrong, as a share: 0.01. */
  readonly errorRate: number;
  /** The share of hits, in per cent, for which the model is asked all the same, to measure how many would have been wrong. */
  readonly shadowPercent: number;
}

export interface CacheSettings extends Required<CachePolicy> {
  /** Of all entries in this process; with Redis its own `maxmemory` rules. */
  readonly memoryBytes: number;
  /** A longer answer is not kept. */
  readonly entryBytes: number;
  readonly semantic: SemanticCacheSettings;
}

/** Breakpoints of the provider's prompt cache that the gateway sets, where the client has set none there. */
export interface PromptCachePolicy {
  readonly enabled?: boolean;
  readonly ttl?: "5m" | "1h";
}

export const compressionEngines = ["extractive", "llmlingua-2"] as const;

export interface CompressionSettings {
  readonly engine: (typeof compressionEngines)[number];
  /** What `llmlingua-2` loads: an absolute path to a folder of the user's own, or a model's name that its library knows. */
  readonly model?: string;
  /** Of the configuration: what its user has installed beside it is found from there. Only with `llmlingua-2`. */
  readonly folder?: string;
  /** Prompts are sent as they are, and what would have been saved is told. */
  readonly audit: boolean;
}

/** What is compressed, and how eagerly, from 0 (nothing is lost) to 1. */
export interface Compression {
  readonly aggressiveness: number;
}

export const searchEngines = ["searxng", "brave", "tavily", "exa"] as const;

export type SearchEngineId = (typeof searchEngines)[number];

/** `native` is the target's own search, `google` is Gemini's. */
export const askableEngines = [...searchEngines, "google", "native"] as const;

/** A search that the gateway runs: Inworld's `web_search`. */
export interface WebSearch {
  readonly engine?: (typeof askableEngines)[number];
  /** 1 to 20. */
  readonly maxResults?: number;
  /** 1 to 5: how often the model may search. */
  readonly maxSteps?: number;
}

/** The target's own search: OpenAI's `web_search_options`. */
export interface WebSearchOptions {
  readonly searchContextSize?: "low" | "medium" | "high";
}

export const guardActions = ["off", "flag", "block"] as const;

export type GuardAction = (typeof guardActions)[number];

export interface ModerationPolicy {
  /** Who judges, as `provider/model`. */
  readonly model: string;
  readonly input?: GuardAction;
  readonly output?: GuardAction;
  /** Only these of the judge's categories count; absent: all. */
  readonly categories?: readonly string[];
  /** What becomes of a text that nobody could judge. */
  readonly onFailure?: "allow" | "block";
}

export const piiKinds = ["email", "phone", "card", "iban", "ssn", "ip", "secret"] as const;

export type PiiKind = (typeof piiKinds)[number];

export interface PiiPolicy {
  /** `redact`: the upstream reads placeholders, and the client its own words again. */
  readonly action: "off" | "flag" | "block" | "redact";
  /** Absent: all of them. */
  readonly kinds?: readonly PiiKind[];
}

export interface GuardrailPolicy {
  readonly moderation?: ModerationPolicy;
  readonly pii?: PiiPolicy;
}
