import type { ClaudeHost, ModelFacts } from "@signalbox/protocol";
import type { KeyGroup, KeyMetadata, OwnCredential, OwnedPolicy, Role } from "./access.ts";
import type {
  CachePolicy,
  CacheSettings,
  CompressionSettings,
  GuardrailPolicy,
  PromptCachePolicy,
  SearchEngineId,
} from "./features.ts";
import type { PathStep } from "./issues.ts";
import type { OperationId, OperationSettings } from "./operations.ts";
import type { WrittenPrice } from "./price.ts";
import type { EndpointDialect, QuirksByDialect, SurfaceDialect } from "./quirks.ts";
import type { ResourceId } from "./resources.ts";
import type { Router } from "./router.ts";
import type { Secret } from "./secret.ts";
import type { TimeoutOverrides, Timeouts } from "./timeouts.ts";

/**
 * How a credential is put on the wire. The clouds take several kinds: `azure` a key (`api-key`), an Entra token (Bearer) or an app that
 * is exchanged for one; `google-oauth` a key (`x-goog-api-key`), an access token or an account that is exchanged for one; `aws-sigv4` a
 * Bedrock key (Bearer) or AWS keys that sign. What is left out of `aws-sigv4` is said by the host's name.
 */
export type AuthScheme =
  | { readonly kind: "bearer" }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "query"; readonly name: string }
  | { readonly kind: "aws-sigv4"; readonly service?: string; readonly region?: string }
  | { readonly kind: "google-oauth" }
  | { readonly kind: "azure" }
  | { readonly kind: "none" };

/** Where an endpoint leaves its dialect's own paths. Appended to the base URL; `{model}` is replaced. */
export interface EndpointPaths {
  readonly generate?: string;
  /** Only where streaming has a path of its own (Gemini). */
  readonly stream?: string;
  readonly countTokens?: string;
}

/** What a person may write of an endpoint: `baseUrl` may be left out where a built-in provider has one. */
export interface EndpointSettings<D extends EndpointDialect> {
  readonly baseUrl?: string;
  readonly auth?: AuthScheme;
  readonly quirks?: QuirksByDialect[D];
  readonly host?: ClaudeHost;
  readonly paths?: EndpointPaths;
  readonly headers?: ReadonlyMap<string, Secret>;
}

export type EndpointsSettings = { readonly [D in EndpointDialect]?: EndpointSettings<D> };

/** A model that a provider entry names, with whatever its author knows of it. */
export interface ProviderModel extends ModelFacts {
  readonly id: string;
  readonly price?: WrittenPrice;
  readonly tools?: boolean;
  readonly images?: boolean;
  readonly documents?: boolean;
  readonly audio?: boolean;
  readonly jsonSchema?: boolean;
  /** All that it may be asked for; `generate` are conversations. Absent: what is known of its family. */
  readonly operations?: readonly ("generate" | OperationId)[];
  /** Benchmark results, 0 to 100, by which `sort` and `auto` compare. */
  readonly scores?: { readonly intelligence?: number; readonly math?: number; readonly coding?: number };
}

/** An account at a provider. Of several the lowest `priority` is taken, then the least recently used, then one by `weight`. */
export interface CredentialSettings {
  readonly secret: Secret;
  readonly name?: string;
  readonly priority?: number;
  readonly weight?: number;
}

export interface ProviderSettings {
  readonly name?: string;
  readonly credentials: readonly CredentialSettings[];
  /** An empty list of credentials was written: whoever asks brings an account of their own. */
  readonly callersBring?: true;
  /** Whether the vendor keeps what it is sent, as the operator knows it. */
  readonly dataCollection?: "allow" | "deny";
  /** Where it processes what it is sent, as the operator knows it: `eu`, `us`. */
  readonly region?: string;
  /** What of a cloud's address every customer has of their own; a region is a part of Bedrock's. */
  readonly project?: string;
  readonly location?: string;
  readonly resource?: string;
  readonly apiVersion?: string;
  /** The operator has an agreement that nothing at all is kept. */
  readonly zeroRetention?: boolean;
  readonly auth?: AuthScheme;
  readonly endpoints: EndpointsSettings;
  readonly operations?: OperationSettings;
  /** Files and batches that it keeps, in the place of what its data say. */
  readonly resources?: readonly ResourceId[];
  readonly models?: readonly ProviderModel[];
  readonly headers: ReadonlyMap<string, Secret>;
  readonly timeouts: TimeoutOverrides;
}

export interface TargetSettings {
  readonly provider: string;
  readonly model: string;
  readonly timeouts: TimeoutOverrides;
  /** Where any target says one, the lowest goes first, and equals take turns by `weight`. */
  readonly priority?: number;
  readonly weight?: number;
}

/** A name that the operator made, and what stands behind it, in order of preference. */
export interface PublicModelSettings {
  readonly name: string;
  readonly displayName?: string;
  readonly targets: readonly TargetSettings[];
  readonly timeouts: TimeoutOverrides;
}

/** Who asks, as far as the gateway knows: a key is kept as its digest from the moment that it was read. */
export interface ClientKey {
  /** Not secret: `local`, `config:ci`, or the id that stands in a stored key. */
  readonly id: string;
  readonly name: string;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** Absent: it asks models and reads of itself only. */
  readonly role?: Role;
  readonly org?: string;
  readonly team?: string;
  readonly group?: KeyGroup;
  /** Of the key and of those it belongs to; all of them hold. */
  readonly policies: readonly OwnedPolicy[];
  /** Provider accounts that it brings along; they stand in the place of the configuration's at those providers. */
  readonly credentials: readonly OwnCredential[];
  /** What conditions see, over what a request says of itself. */
  readonly metadata: KeyMetadata;
  /** Over the configuration's own, for this key. */
  readonly metadataMode?: MetadataMode;
  /** Over the configuration's own, for this key. */
  readonly cache?: CachePolicy;
  readonly disabled: boolean;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}

/** Where an answer tells of its way: `body` is a field of JSON answers, and headers always. */
export type MetadataMode = "body" | "headers" | "off";

/** Which name an answer's `model` carries: the upstream's word, `provider/model`, or what the client sent. */
export type ResponseModel = "upstream" | "target" | "requested";

export interface RetrySettings {
  /** Retries of one request on top of its first attempt, on whatever targets. */
  readonly maxPerRequest: number;
  /** Retries and fallbacks may be this share of all requests, */
  readonly budgetPercent: number;
  /** and this many a second regardless. */
  readonly budgetFloorPerSecond: number;
}

export interface HedgingSettings {
  readonly enabled: boolean;
  /** How long the first attempt may wait for its first token; absent: the target's own 95th percentile. */
  readonly afterMs?: number;
  /** Hedges may be this share of all requests. */
  readonly budgetPercent: number;
}

/** The defaults of `auto`. */
export interface AutoSettings {
  /** 0 takes the cheapest that may do, 1 the best whatever it costs. */
  readonly costQuality: number;
  /** The candidates; absent: every model that is known to be good at something and whose provider is configured. */
  readonly models?: readonly string[];
}

/** What becomes of a request whose price nobody knows. */
export type UnpricedPolicy = "allow" | "refuse" | "refuse-under-budget";

/** What holds while the database or Redis is away. */
export interface OutageSettings {
  /** Keys that were seen lately keep working for so long, then all are refused. */
  readonly keysMinutes: number;
  /** How many replicas share a limit: each keeps to its part of it meanwhile. */
  readonly replicas: number;
  /** Nano-dollars that each budget may still spend meanwhile; 0 refuses. */
  readonly budgetAllowanceNano: number;
}

export interface LedgerSettings {
  /** How long rows wait to be written together. */
  readonly flushMs: number;
  /** How often the spool is forced to the disk: what a loss of power may cost. */
  readonly syncMs: number;
  /** When the spool cannot be written (a full disk): go on and keep rows in memory, or refuse. */
  readonly onFullDisk: "continue" | "refuse";
  readonly retainRequestsDays: number;
  readonly retainDailyDays: number;
}

export interface ResponsesSettings {
  /** Whether `/v1/responses` may be spoken over a WebSocket; else an upgrade is answered 426. */
  readonly webSocket: boolean;
  /** Whether answers, conversations and background runs are kept here for upstreams that keep none. */
  readonly keep: boolean;
  /** For how long. */
  readonly ttlDays: number;
}

/** A search engine that the gateway asks itself. */
export interface SearchEngineSettings {
  /** Absent: the vendor's own. SearXNG has none. */
  readonly baseUrl?: string;
  readonly key?: Secret;
  /** US dollars for a thousand searches; absent: the vendor's list price, where one is known. */
  readonly pricePerThousand?: number;
}

export interface WebSearchSettings {
  /** The engine where nobody asks for another; absent: the first that is configured. */
  readonly engine?: SearchEngineId;
  readonly engines: ReadonlyMap<SearchEngineId, SearchEngineSettings>;
  readonly maxResults: number;
  readonly maxSteps: number;
  /** For one search. */
  readonly timeoutMs: number;
  /** What of all results of one search the model reads at most. */
  readonly resultBytes: number;
}

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug" | "trace";

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  /** Whose `X-Forwarded-For` is believed, in CIDR notation. */
  readonly trustedProxies: readonly string[];
}

export interface KeepAliveSettings {
  /** How long the client's status line waits for content before keep-alives start. */
  readonly afterMs: number;
  readonly everyMs: number;
}

export interface Limits {
  /** The largest request body, by the client's dialect. */
  readonly bodyBytes: { readonly [D in SurfaceDialect]: number };
  readonly jsonDepth: number;
  /** The largest form with files, in whole. */
  readonly formBytes: number;
}

/** The settings that have no secrets in them and need no other file to be understood. */
export interface PlainSettings {
  readonly server: ServerSettings;
  readonly timeouts: Timeouts;
  /** The data folder, absolute. */
  readonly data: string;
  readonly strict: boolean;
  readonly keepAlive: KeepAliveSettings;
  readonly limits: Limits;
  readonly logLevel: LogLevel;
  readonly retries: RetrySettings;
  readonly hedging: HedgingSettings;
  readonly continuation: boolean;
  readonly responses: ResponsesSettings;
  readonly metadata: MetadataMode;
  /** Absent: the upstream's word where a model was asked for, the target's name where a router or `auto` was. */
  readonly responseModel?: ResponseModel;
  readonly auto: AutoSettings;
  readonly unpriced: UnpricedPolicy;
  readonly outage: OutageSettings;
  readonly ledger: LedgerSettings;
  readonly cache: CacheSettings;
  readonly promptCache: PromptCachePolicy;
  readonly compression: CompressionSettings;
  readonly webSearch: WebSearchSettings;
  /** For every request whose router says nothing else. */
  readonly guardrails: GuardrailPolicy;
}

/** A configuration file that was read, checked and whose secrets were found; not yet merged with the built-in providers. */
export interface Config extends PlainSettings {
  readonly keys: readonly ClientKey[];
  /** Absent: take the providers whose keys are in the environment. */
  readonly providers: ReadonlyMap<string, ProviderSettings> | undefined;
  readonly models: ReadonlyMap<string, PublicModelSettings>;
  /** PostgreSQL's URL; absent: SQLite in the data folder. */
  readonly database: Secret | undefined;
  /** `redis://…`; absent: limits and budgets are counted in this process. */
  readonly redis: Secret | undefined;
  /** Encrypts what must be read again (provider credentials, kept bodies); absent: a key file in the data folder. */
  readonly encryptionKey: Secret | undefined;
  readonly routers: readonly ConfiguredRouter[];
}

export interface ConfiguredRouter {
  readonly router: Router;
  /** Where in the file a place of the router was written. */
  readonly written: (place: readonly PathStep[]) => readonly PathStep[];
}
