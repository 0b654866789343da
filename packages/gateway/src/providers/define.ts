import type { ClaudeHost } from "@signalbox/protocol";
import type { OperationEndpoint, OperationId } from "../config/operations.ts";
import type { EndpointDialect, QuirksByDialect } from "../config/quirks.ts";
import type { ResourceId } from "../config/resources.ts";
import type { AuthScheme, EndpointPaths } from "../config/settings.ts";

export interface EndpointDefinition<D extends EndpointDialect> {
  /**
   * What the vendor's own SDK takes: `…/v1` for OpenAI's dialects, the root for Anthropic's and Gemini's. Left out where
   * every customer has an address of their own; the configuration then says it.
   */
  readonly baseUrl?: string;
  readonly quirks: QuirksByDialect[D];
  /** Only of `anthropic-messages`: the cloud whose form of it this is. */
  readonly host?: ClaudeHost;
  /** Where this endpoint is authenticated otherwise than its dialect is by its inventor. */
  readonly auth?: AuthScheme;
  readonly paths?: EndpointPaths;
  readonly headers?: Readonly<Record<string, string>>;
  /** The models that are served here, where the provider's other endpoints serve others. */
  readonly only?: RegExp;
}

export type EndpointDefinitions = { readonly [D in EndpointDialect]?: EndpointDefinition<D> };

export type OperationDefinitions = { readonly [O in OperationId]?: OperationEndpoint<O> };

/** What an address may be made of where every customer has one of their own. Written in the configuration, or in the environment. */
export const addressParts = ["region", "project", "location", "resource", "apiVersion"] as const;

export type AddressPart = (typeof addressParts)[number];

/**
 * What a provider is for who has said all of `needs`: in base URLs, paths and the region to sign for, `{region}` and the like are
 * replaced. `{locationHost}` is Vertex AI's host name for a location.
 */
export interface AddressForm {
  readonly needs: readonly AddressPart[];
  readonly endpoints: EndpointDefinitions;
  readonly operations?: OperationDefinitions;
}

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
  /** For all endpoints. Left out: as each dialect's inventor does it (see `dialectAuth`). */
  readonly auth?: AuthScheme;
  readonly endpoints: EndpointDefinitions;
  /** What it does beside conversations. */
  readonly operations?: OperationDefinitions;
  /** The files and batches that it keeps for its clients. */
  readonly resources?: readonly ResourceId[];
  /** The first whose needs are met stands in the place of `endpoints`. */
  readonly forms?: readonly AddressForm[];
  /** Which environment variables say a part of the address, where the configuration says nothing of it and has no endpoints. */
  readonly addressVariables?: { readonly [P in AddressPart]?: readonly string[] };
  /** The environment variables of an account that is more than a key: by its fields, those that must be set and those that may. */
  readonly accountVariables?: {
    readonly required: Readonly<Record<string, string>>;
    readonly optional?: Readonly<Record<string, string>>;
  };
  /** For vendors with an address per customer: what to write under `endpoints`, shown when it is missing. */
  readonly baseUrlExample?: string;
  /** A server of one's own: it needs no key and joins only when it is named, or its variable says where it is. */
  readonly local?: { readonly hostVariable?: string };
}

/** How the inventor of each dialect takes the key. */
export const dialectAuth: { readonly [D in EndpointDialect]: AuthScheme } = {
  "openai-chat": { kind: "bearer" },
  "openai-responses": { kind: "bearer" },
  "anthropic-messages": { kind: "header", name: "x-api-key" },
  gemini: { kind: "header", name: "x-goog-api-key" },
  // A Bedrock API key; signatures are for those who have none.
  "bedrock-converse": { kind: "aws-sigv4" },
};
