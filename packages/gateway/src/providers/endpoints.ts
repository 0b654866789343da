import type { ClaudeHost } from "@signalbox/protocol";
import type { PathStep } from "../config/issues.ts";
import type { EndpointDialect } from "../config/quirks.ts";
import { type Secret, secret } from "../config/secret.ts";
import type { AuthScheme, ProviderSettings } from "../config/settings.ts";
import type { Problems } from "../config/source.ts";
import { dialectAuth, type ProviderDefinition } from "./define.ts";
import type { ResolvedEndpoint, ResolvedEndpoints } from "./resolved.ts";

export interface EndpointSources {
  readonly definition: ProviderDefinition | undefined;
  readonly settings: ProviderSettings;
  readonly path: readonly PathStep[];
  /** No credential was found: a local server is then called without one. */
  readonly keyless: boolean;
}

/**
 * Every dialect that the vendor, the configuration or both declare. The configuration's word is the last on what an endpoint
 * is, the vendor's data on which comes first: the first is the one for clients of dialects that the provider does not speak.
 */
export function mergeEndpoints(sources: EndpointSources, problems: Problems): ResolvedEndpoints {
  const merged: ResolvedEndpoints = {
    "openai-chat": mergeEndpoint("openai-chat", sources, problems),
    "openai-responses": mergeEndpoint("openai-responses", sources, problems),
    "anthropic-messages": mergeEndpoint("anthropic-messages", sources, problems),
    gemini: mergeEndpoint("gemini", sources, problems),
    "bedrock-converse": mergeEndpoint("bedrock-converse", sources, problems),
  };
  const order = [...Object.keys(sources.definition?.endpoints ?? {}), ...Object.keys(sources.settings.endpoints)];
  const place = ([dialect]: readonly [string, unknown]) => order.indexOf(dialect);
  const declared = Object.entries(merged).filter(([, endpoint]) => endpoint !== undefined);
  return Object.fromEntries(declared.toSorted((a, b) => place(a) - place(b)));
}

/** The API version that every Messages endpoint asks for. https://platform.claude.com/docs/en/api/versioning */
export const anthropicVersion = "2023-06-01";

function mergeEndpoint<D extends EndpointDialect>(
  dialect: D,
  sources: EndpointSources,
  problems: Problems,
): ResolvedEndpoint<D> | undefined {
  const written = sources.settings.endpoints[dialect];
  const known = sources.definition?.endpoints[dialect];
  const baseUrl = written?.baseUrl ?? known?.baseUrl;
  const host = written?.host ?? known?.host;
  if (baseUrl === undefined) {
    if (written !== undefined) problems.add([...sources.path, "endpoints", dialect], "needs a baseUrl", "key");
    return undefined;
  }
  return {
    dialect,
    baseUrl,
    auth: authOf(dialect, sources),
    quirks: { ...known?.quirks, ...written?.quirks },
    paths: { ...known?.paths, ...written?.paths },
    ...(host === undefined ? {} : { host }),
    ...(known?.only === undefined ? {} : { only: known.only }),
    headers: headersOf(dialect, sources, host),
    privateAllowed: written?.baseUrl !== undefined || sources.definition?.local !== undefined,
  };
}

function authOf(dialect: EndpointDialect, sources: EndpointSources): AuthScheme {
  const { definition, settings, keyless } = sources;
  const declared = settings.endpoints[dialect]?.auth ?? settings.auth;
  if (declared !== undefined) return declared;
  if (keyless && definition?.local !== undefined) return { kind: "none" };
  return definition?.endpoints[dialect]?.auth ?? definition?.auth ?? dialectAuth[dialect];
}

function headersOf(
  dialect: EndpointDialect,
  sources: EndpointSources,
  host: ClaudeHost | undefined,
): ReadonlyMap<string, Secret> {
  const known = sources.definition?.endpoints[dialect]?.headers ?? {};
  return new Map([
    // At a cloud the version stands in the body.
    ...(dialect === "anthropic-messages" && host === undefined
      ? [["anthropic-version", secret(anthropicVersion)] as const]
      : []),
    ...Object.entries(known).map(([name, value]) => [name.toLowerCase(), secret(value)] as const),
    ...sources.settings.headers,
    ...(sources.settings.endpoints[dialect]?.headers ?? []),
  ]);
}
