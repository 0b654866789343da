import { type OperationEndpoint, type OperationFormat, type OperationId, operationIds } from "../config/operations.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import { dialectAuth } from "./define.ts";
import type { EndpointSources } from "./endpoints.ts";
import type { ResolvedEndpoints, ResolvedOperation, ResolvedOperations, UpstreamPlace } from "./resolved.ts";

/** Whose address, headers and credentials an API goes by, where nothing else is said. */
const HOME: Readonly<Record<OperationFormat, SurfaceDialect>> = {
  openai: "openai-chat",
  cohere: "openai-chat",
  voyage: "openai-chat",
  gemini: "gemini",
  imagen: "gemini",
};

/** A server of one's own that speaks OpenAI's chat is asked for the rest of OpenAI's API too: what it lacks it says itself. */
const OWN_SERVER: { readonly [O in OperationId]: OperationEndpoint<O> } = {
  embeddings: { format: "openai" },
  rerank: { format: "cohere", path: "/rerank" },
  images: { format: "openai" },
  "image-edits": { format: "openai" },
  speech: { format: "openai" },
  transcription: { format: "openai" },
  translation: { format: "openai" },
  moderation: { format: "openai" },
  completions: { format: "openai" },
};

/** All of them, at one address. */
export function everyOperation(place: UpstreamPlace): ResolvedOperations {
  return Object.fromEntries(
    operationIds.map((operation) => [
      operation,
      { ...place, operation, formats: {}, ...OWN_SERVER[operation], fields: {} },
    ]),
  );
}

/** What the vendor, the configuration, or both say that a provider does beside conversations. */
export function mergeOperations(sources: EndpointSources, endpoints: ResolvedEndpoints): ResolvedOperations {
  const merged = operationIds.map((operation) => [operation, mergeOperation(operation, sources, endpoints)] as const);
  return Object.fromEntries(merged.filter(([, resolved]) => resolved !== undefined));
}

function mergeOperation<O extends OperationId>(
  operation: O,
  sources: EndpointSources,
  endpoints: ResolvedEndpoints,
): ResolvedOperation<O> | undefined {
  const said: OperationEndpoint<O> | false | undefined = sources.settings.operations?.[operation];
  const declared = said ?? declaredBy(operation, sources);
  if (declared === false || declared === undefined) return undefined;
  const place = placeFor(declared, sources, endpoints);
  if (place === undefined) return undefined;
  const { format, formats = {}, path, fields = {} } = declared;
  return { ...place, operation, format, formats, fields, ...(path === undefined ? {} : { path }) };
}

function declaredBy<O extends OperationId>(operation: O, { definition, settings }: EndpointSources) {
  if (definition !== undefined && definition.local === undefined) return definition.operations?.[operation];
  const isOpenAi =
    settings.endpoints["openai-chat"] !== undefined || definition?.endpoints["openai-chat"] !== undefined;
  return definition?.operations?.[operation] ?? (isOpenAi ? OWN_SERVER[operation] : undefined);
}

/** An address of its own has the provider's credentials, too; its headers are the conversation endpoint's where there is one. */
function placeFor(
  { format, baseUrl }: OperationEndpoint,
  { definition, settings }: EndpointSources,
  endpoints: ResolvedEndpoints,
): UpstreamPlace | undefined {
  const home = HOME[format];
  const endpoint: UpstreamPlace | undefined = endpoints[home];
  const address = baseUrl?.replace(/\/+$/, "") ?? endpoint?.baseUrl;
  if (address === undefined) return undefined;
  const isOwn = baseUrl !== undefined && settings.operations !== undefined;
  return {
    baseUrl: address,
    auth: endpoint?.auth ?? settings.auth ?? definition?.auth ?? dialectAuth[home],
    headers: endpoint?.headers ?? settings.headers,
    privateAllowed: isOwn || endpoint?.privateAllowed === true,
  };
}
