import type { ClaudeHost } from "@signalbox/protocol";
import type { FieldNames, OperationFormat, OperationId } from "../config/operations.ts";
import type { EndpointDialect, QuirksByDialect } from "../config/quirks.ts";
import type { ResourceId } from "../config/resources.ts";
import type { Secret } from "../config/secret.ts";
import type { AuthScheme, EndpointPaths, ProviderModel } from "../config/settings.ts";
import type { TimeoutOverrides } from "../config/timeouts.ts";

export interface Credential extends Secret {
  /** Stable and not secret: `openai#1`. What logs, cooldowns and metrics call it. */
  readonly id: string;
  /** Lower goes first. */
  readonly priority: number;
  readonly weight: number;
  /** It is a caller's own, not the operator's: it may not make use of this machine's identity or network. */
  readonly brought?: true;
}

/** Where calls of a provider go, and how they are let in there. */
export interface UpstreamPlace {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly auth: AuthScheme;
  /** Sent with every call, unless the client's own header of that (lower-case) name is; may hold secrets. */
  readonly headers: ReadonlyMap<string, Secret>;
  /** The operator wrote this address, or it is a local server's: it may be private. */
  readonly privateAllowed: boolean;
}

/** Where a provider is asked for conversations. */
export interface ResolvedEndpoint<D extends EndpointDialect = EndpointDialect> extends UpstreamPlace {
  readonly dialect: D;
  readonly quirks: QuirksByDialect[D];
  /** Only of `anthropic-messages`: the cloud whose form of it this is. */
  readonly host?: ClaudeHost;
  readonly paths: EndpointPaths;
  /** The models that are served here, where the provider's other endpoints serve others. */
  readonly only?: RegExp;
}

/** Where a provider is asked for something beside conversations. */
export interface ResolvedOperation<O extends OperationId = OperationId> extends UpstreamPlace {
  readonly operation: O;
  readonly format: OperationFormat<O>;
  /** Other formats, by how a model's name begins. */
  readonly formats: Readonly<Record<string, OperationFormat<O>>>;
  readonly path?: string;
  readonly fields: FieldNames;
}

export type ResolvedOperations = { readonly [O in OperationId]?: ResolvedOperation<O> | undefined };

/** In the order in which they were declared: the first is for clients of dialects that are not among them. */
export type ResolvedEndpoints = { readonly [D in EndpointDialect]?: ResolvedEndpoint<D> | undefined };

/** A provider as it is called: the built-in data with the configuration laid over it. */
export interface ResolvedProvider {
  readonly id: string;
  readonly name: string;
  /** Signalbox knows this vendor; otherwise the operator declared it. */
  readonly builtIn: boolean;
  /** Empty only where every endpoint's auth is `none`, or callers bring their own. */
  readonly credentials: readonly Credential[];
  /** The configuration has no account here on purpose: only a caller with one of its own may come here. */
  readonly callersBring?: true;
  readonly endpoints: ResolvedEndpoints;
  readonly operations: ResolvedOperations;
  /** Files and batches that it keeps; absent: none. */
  readonly resources?: readonly ResourceId[];
  /** The model ids known of it. With `anyModel`, others are passed on as well. */
  readonly models: ReadonlyMap<string, ProviderModel>;
  readonly anyModel: boolean;
  readonly timeouts: TimeoutOverrides;
  /** Whether the vendor keeps what it is sent; absent: nobody said. */
  readonly dataCollection?: "allow" | "deny";
  /** Where it processes what it is sent; absent: nobody said. */
  readonly region?: string;
  readonly zeroRetention?: boolean;
}
