import type { EndpointDialect, QuirksByDialect } from "../config/quirks.ts";
import type { AuthScheme, EndpointPaths } from "../config/settings.ts";

export interface EndpointDefinition<D extends EndpointDialect> {
  /** What the vendor's own SDK takes: `…/v1` for OpenAI's dialects, the root for Anthropic's and Gemini's. */
  readonly baseUrl: string;
  readonly quirks: QuirksByDialect[D];
  /** Where this endpoint is authenticated otherwise than its provider. */
  readonly auth?: AuthScheme;
  readonly paths?: EndpointPaths;
  readonly headers?: Readonly<Record<string, string>>;
}

export type EndpointDefinitions = { readonly [D in EndpointDialect]?: EndpointDefinition<D> };

/** A vendor or server that runs models: data, never code. */
export interface ProviderDefinition {
  readonly id: string;
  /** Other names that clients and configurations may use for it. */
  readonly aliases?: readonly string[];
  readonly name: string;
  readonly docsUrl: string;
  /** The day on which the facts of this file were compared with the vendor's documents. */
  readonly checked: string;
  /** The environment variables that may hold its key; the first that is set is taken. */
  readonly keyVariables: readonly string[];
  readonly auth: AuthScheme;
  readonly endpoints: EndpointDefinitions;
  /** For vendors with an address per customer: what to write under `endpoints`, shown when it is missing. */
  readonly baseUrlExample?: string;
  /** A server of one's own: it joins only when the configuration names it, and may stand on a private address. */
  readonly local?: true;
  /** Model ids to list when the catalogue knows none of this provider. */
  readonly models?: readonly string[];
}

export function defineProvider<const P extends ProviderDefinition>(provider: P): P {
  return provider;
}
