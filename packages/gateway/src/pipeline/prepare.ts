import { GatewayError, type LossReport, serverStateFeatures, splicePieces } from "@signalbox/protocol";
import { modelFacts } from "../catalogue/catalogue.ts";
import type { EndpointDialect } from "../config/quirks.ts";
import type { ResolvedEndpoint } from "../providers/resolved.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { UpstreamRequest } from "../upstream/dispatch.ts";
import { forwardedRequestHeaders } from "../upstream/headers.ts";
import { dialectOf } from "./dialects.ts";
import type { Exchange } from "./exchange.ts";
import type { ClientRequest } from "./receive.ts";

export interface Prepared extends LossReport {
  readonly upstream: UpstreamRequest;
}

/** The upstream's request for one attempt. Throws `unsupported_feature` in strict mode when something would be dropped. */
export function prepare(exchange: Exchange, request: ClientRequest, planned: PlannedAttempt): Prepared {
  return planned.lane === "passthrough"
    ? passThrough(exchange, request, planned)
    : translate(exchange, request, planned);
}

function passThrough(exchange: Exchange, request: ClientRequest, planned: PlannedAttempt): Prepared {
  const { surface, request: http } = exchange;
  const { target, endpoint, credential } = planned;
  const renamed = surface.model === undefined && target.model !== request.model;
  const body = renamed
    ? splicePieces(request.bytes, request.scan, { model: JSON.stringify(target.model) })
    : request.bytes;
  const call = { operation: surface.operation, model: target.model, stream: request.stream, query: surface.query };
  const headers = withVersion(endpoint, forwardedRequestHeaders(endpoint.dialect, http.headers));
  return { upstream: { endpoint, credential, call, headers, body }, dropped: [], adapted: [] };
}

function translate(exchange: Exchange, request: ClientRequest, planned: PlannedAttempt): Prepared {
  const { target, endpoint, credential } = planned;
  refuseLostState(request, endpoint);
  const encoded = encode(endpoint, request, planned);
  if (isStrict(exchange) && encoded.dropped.length > 0) throw unsupported(encoded, planned);
  const call = { operation: exchange.surface.operation, model: target.model, stream: request.stream };
  const headers = withVersion(endpoint, mergedHeaders(exchange, endpoint, encoded.headers ?? {}));
  return {
    upstream: { endpoint, credential, call, headers, body: JSON.stringify(encoded.body) },
    dropped: encoded.dropped,
    adapted: encoded.adapted,
  };
}

/** A request that points to what OpenAI's servers hold would mean something else without it: strict or not, it is refused. */
function refuseLostState(request: ClientRequest, endpoint: ResolvedEndpoint): void {
  const features = endpoint.dialect === "openai-responses" ? [] : serverStateFeatures(request.canonical());
  if (features.length === 0) return;
  throw new GatewayError(
    "unsupported_feature",
    `${features.join(", ")}: the provider behind this model keeps no state of earlier responses. Send the whole conversation, with store: false.`,
  );
}

function encode<D extends EndpointDialect>(
  endpoint: ResolvedEndpoint<D>,
  request: ClientRequest,
  planned: PlannedAttempt,
) {
  const { provider, model } = planned.target;
  const facts = modelFacts(provider, model);
  return dialectOf(endpoint.dialect).encodeRequest(request.canonical(), {
    provider: provider.id,
    model,
    quirks: endpoint.quirks,
    facts,
  });
}

/** A translation within one dialect keeps the client's headers too; lists of betas are joined. */
function mergedHeaders(
  { surface, request }: Exchange,
  endpoint: ResolvedEndpoint,
  encoded: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (endpoint.dialect !== surface.dialect) return encoded;
  const forwarded = forwardedRequestHeaders(endpoint.dialect, request.headers);
  const betas = [forwarded["anthropic-beta"], encoded["anthropic-beta"]].filter((list) => list !== undefined);
  const joined = [...new Set(betas.flatMap((list) => list.split(",").map((beta) => beta.trim())))].join(",");
  return { ...forwarded, ...encoded, ...(joined === "" ? {} : { "anthropic-beta": joined }) };
}

/** Anthropic refuses requests without a version; a client that speaks another dialect has none to forward. */
function withVersion(
  endpoint: ResolvedEndpoint,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (endpoint.dialect !== "anthropic-messages" || headers["anthropic-version"] !== undefined) return headers;
  return { ...headers, "anthropic-version": "2023-06-01" };
}

function isStrict(exchange: Exchange): boolean {
  return exchange.snapshot.strict || exchange.request.headers["x-signalbox-strict"] === "true";
}

function unsupported({ dropped }: LossReport, { target, endpoint }: PlannedAttempt): GatewayError {
  const details = dropped.map(({ feature, detail }) => `${feature}: ${detail}`).join(" ");
  return new GatewayError(
    "unsupported_feature",
    `${target.provider.id} (${endpoint.dialect}) cannot be told all of this request. ${details}`,
  );
}
