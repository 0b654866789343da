import type { ModelFacts } from "@signalbox/protocol";
import type { EndpointDialect, QuirksByDialect } from "./quirks.ts";
import type { Secret } from "./secret.ts";

/** Milliseconds. All are of one attempt, but `deadlineMs`, which spans every attempt of a request. */
export interface Timeouts {
  readonly connectMs: number;
  /** Until the first event with content of a stream. An answer that comes whole has `totalMs`. */
  readonly firstTokenMs: number;
  /** The longest silence between two reads from the upstream. */
  readonly idleMs: number;
  /** The longest time without content while bytes still come, and that a client may leave what we wrote unread. */
  readonly stallMs: number;
  /** Models that reason may be silent for as long, before the first content and between pieces of it. */
  readonly reasoningMs: number;
  readonly totalMs: number;
  readonly deadlineMs: number;
}

export type TimeoutOverrides = Partial<Timeouts>;

/** How a credential is put on the wire. `azure` is the `api-key` header, or Bearer for an Entra token. */
export type AuthScheme =
  | { readonly kind: "bearer" }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "query"; readonly name: string }
  | { readonly kind: "aws-sigv4"; readonly service: string; readonly region: string }
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
  readonly paths?: EndpointPaths;
  readonly headers?: ReadonlyMap<string, Secret>;
}

export type EndpointsSettings = { readonly [D in EndpointDialect]?: EndpointSettings<D> };

/** A model that a provider entry names, with whatever its author knows of it. */
export interface ProviderModel extends ModelFacts {
  readonly id: string;
}

export interface ProviderSettings {
  readonly name?: string;
  readonly credentials: readonly Secret[];
  readonly auth?: AuthScheme;
  readonly endpoints: EndpointsSettings;
  readonly models?: readonly ProviderModel[];
  readonly headers: ReadonlyMap<string, Secret>;
  readonly timeouts: TimeoutOverrides;
}

export interface TargetSettings {
  readonly provider: string;
  readonly model: string;
  readonly timeouts: TimeoutOverrides;
}

/** A name that the operator made, and what stands behind it, in order of preference. */
export interface PublicModelSettings {
  readonly name: string;
  readonly displayName?: string;
  readonly targets: readonly TargetSettings[];
  readonly timeouts: TimeoutOverrides;
}

/** A client key is kept as its digest from the moment that it was read. */
export interface ClientKey {
  readonly name: string;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug" | "trace";

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
}

export interface KeepAliveSettings {
  /** How long the client's status line waits for content before keep-alives start. */
  readonly afterMs: number;
  readonly everyMs: number;
}

export interface Limits {
  /** The largest request body, by the client's dialect. */
  readonly bodyBytes: { readonly [D in EndpointDialect]: number };
  readonly jsonDepth: number;
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
}

/** A configuration file that was read, checked and whose secrets were found; not yet merged with the built-in providers. */
export interface Config extends PlainSettings {
  readonly keys: readonly ClientKey[];
  /** Absent: take the providers whose keys are in the environment. */
  readonly providers: ReadonlyMap<string, ProviderSettings> | undefined;
  readonly models: ReadonlyMap<string, PublicModelSettings>;
}
