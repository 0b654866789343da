import {
  type CanonicalRequest,
  GatewayError,
  type Loss,
  type LossReport,
  scanObject,
  serverStateFeatures,
  splicePieces,
} from "@signalbox/protocol";
import { modelFacts } from "../catalogue/catalogue.ts";
import type { EndpointDialect } from "../config/quirks.ts";
import type { ResolvedEndpoint } from "../providers/resolved.ts";
import { once } from "../routing/once.ts";
import { applyOverrides } from "../routing/overrides.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { UpstreamRequest } from "../upstream/dispatch.ts";
import { type Call, callUrl, type Operation } from "../upstream/endpoint-url.ts";
import { forwardedRequestHeaders } from "../upstream/headers.ts";
import { isUsageWish, USAGE_WISH, usageWish } from "./ask-usage.ts";
import type { ClientRequest } from "./client-request.ts";
import { withConverseBetas } from "./converse-betas.ts";
import { egressOf } from "./dialects.ts";
import type { Exchange, Surface } from "./exchange.ts";
import { cacheWishIn, withPromptCache } from "./features/prompt-cache.ts";
import { type ExplicitCache, encodeCached } from "./features/prompt-cache-gemini.ts";
import { fitEndpoint } from "./fit-endpoint.ts";
import { withoutStore } from "./responses/served.ts";
import { rework } from "./rework.ts";

export interface Prepared extends LossReport {
  readonly upstream: UpstreamRequest;
  /** The stream's usage is asked for by the gateway, and not by the client. */
  readonly asksUsage?: true;
  /** Fields of the gateway's own that are left out because the upstream does not know them. */
  readonly withheld?: readonly string[];
  /** Gemini's explicit cache that it stands behind, or that may be made of it. */
  readonly cache?: ExplicitCache;
}

/** The upstream's request for one attempt. Throws `unsupported_feature` in strict mode when something would be dropped. */
export function prepare(exchange: Exchange, request: ClientRequest, planned: PlannedAttempt): Prepared {
  return planned.lane === "passthrough"
    ? passThrough(exchange, request, planned)
    : translate(exchange, request, planned);
}

function passThrough(exchange: Exchange, request: ClientRequest, planned: PlannedAttempt): Prepared {
  const { surface, request: http, services } = exchange;
  const { target, endpoint, credential } = planned;
  const renamed = surface.model === undefined && target.model !== request.model;
  const call = { operation: conversing(surface), model: target.model, stream: request.stream, query: surface.query };
  const learned = services.learned.of(planned);
  const { bytes, scan } = request;
  const written = { bytes, scan: () => scan, headers: forwardedRequestHeaders(endpoint.dialect, http.headers) };
  const fitted = fitEndpoint(written, { endpoint, call, learned });
  const wish = usageWish(request, planned, fitted.edits);
  const caching = cacheWishIn(exchange, request, planned);
  const unwanted = wish === undefined ? [] : learned.filter(isUsageWish);
  const asksUsage = wish !== undefined && unwanted.length === 0;
  const edits = {
    ...(renamed ? { model: JSON.stringify(target.model) } : {}),
    ...fitted.edits,
    ...caching.fields,
    ...(asksUsage ? { [USAGE_WISH]: wish } : {}),
  };
  const body = Object.keys(edits).length > 0 ? splicePieces(bytes, scan, edits) : bytes;
  const dropped = [...unserved(exchange), ...fitted.dropped];
  if (isStrict(exchange) && dropped.length > 0) throw unsupported(dropped, planned);
  return {
    upstream: {
      place: endpoint,
      credential,
      url: callUrl(endpoint, call),
      headers: { ...fitted.headers, ...accept(call) },
      body,
    },
    dropped,
    adapted: [],
    ...(asksUsage ? { asksUsage } : {}),
    withheld: [...unwanted, ...caching.withheld],
  };
}

function translate(exchange: Exchange, request: ClientRequest, planned: PlannedAttempt): Prepared {
  const { target, endpoint, credential } = planned;
  const wanted = applyOverrides(request.canonical(), target.overrides ?? {});
  refuseLostState(wanted.request, endpoint);
  const changed = rework(request.reworks ?? [], request.continued?.(wanted.request) ?? wanted.request, planned);
  const wished = withPromptCache(exchange, changed.request, planned);
  const asked = withConverseBetas(withoutStore(wished.request, endpoint.dialect, exchange), exchange, endpoint);
  const { encoded, cache } = encodeCached(exchange, asked, {
    planned,
    encode: (request) => encode(endpoint, request, planned),
  });
  const call = { operation: conversing(exchange.surface), model: target.model, stream: request.stream };
  const bytes = Buffer.from(JSON.stringify(encoded.body));
  const scan = once(() => scanObject(bytes, UNBOUNDED));
  const headers = mergedHeaders(exchange, endpoint, encoded.headers ?? {});
  const learned = exchange.services.learned.of(planned);
  const fitted = fitEndpoint({ bytes, scan, headers }, { endpoint, call, learned });
  const isChanged = Object.keys(fitted.edits).length > 0;
  // The gateway asks every stream for its usage. To a client that has not asked it is no loss.
  const isWish = wanted.request.streamUsage === true ? () => false : isUsageWish;
  const lost = fitted.dropped.filter(({ feature }) => !isWish(feature));
  const dropped = [...unserved(exchange), ...wanted.dropped, ...changed.dropped, ...encoded.dropped, ...lost];
  if (isStrict(exchange) && dropped.length > 0) throw unsupported(dropped, planned);
  return {
    upstream: {
      place: endpoint,
      credential,
      url: callUrl(endpoint, call),
      headers: { ...fitted.headers, ...accept(call) },
      body: isChanged ? splicePieces(bytes, scan(), fitted.edits) : bytes,
    },
    dropped,
    adapted: [...wanted.adapted, ...changed.adapted, ...encoded.adapted],
    withheld: [...fitted.dropped.map(({ feature }) => feature).filter(isWish), ...wished.withheld],
    ...(cache === undefined ? {} : { cache }),
  };
}

/** What was decoded within the client's limits has passed them. */
const UNBOUNDED = { maxDepth: 1000, maxNodes: Number.POSITIVE_INFINITY };

const conversing = ({ operation }: Surface): Operation => (operation === "count-tokens" ? operation : "generate");

const accept = ({ stream }: Call) => ({ accept: stream ? "text/event-stream" : "application/json" });

/** What was asked of the gateway itself, and nothing here serves. */
function unserved({ outcome }: Exchange): readonly Loss[] {
  return (outcome.plan?.unserved ?? []).map((feature) => ({ feature, detail: "This gateway does not serve it." }));
}

/** A request that points to what OpenAI's servers hold would mean something else without it: strict or not, it is refused. */
function refuseLostState(request: CanonicalRequest, endpoint: ResolvedEndpoint): void {
  const features = endpoint.dialect === "openai-responses" ? [] : serverStateFeatures(request);
  if (features.length === 0) return;
  throw new GatewayError(
    "unsupported_feature",
    `${features.join(", ")}: the provider behind this model keeps no state of earlier responses. Send the whole conversation, with store: false.`,
  );
}

function encode<D extends EndpointDialect>(
  endpoint: ResolvedEndpoint<D>,
  request: CanonicalRequest,
  planned: PlannedAttempt,
) {
  const { provider, model } = planned.target;
  const facts = modelFacts(provider, model);
  return egressOf(endpoint.dialect).encodeRequest(request, {
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

/** Where it is said whether a loss is an error. */
interface StrictSource {
  readonly snapshot: Pick<Exchange["snapshot"], "strict">;
  readonly request: Pick<Exchange["request"], "headers">;
}

export function isStrict({ snapshot, request }: StrictSource): boolean {
  return snapshot.strict || request.headers["x-signalbox-strict"] === "true";
}

function unsupported(dropped: readonly Loss[], { target, endpoint }: PlannedAttempt): GatewayError {
  const details = dropped.map(({ feature, detail }) => `${feature}: ${detail}`).join(" ");
  return new GatewayError(
    "unsupported_feature",
    `${target.provider.id} (${endpoint.dialect}) cannot be told all of this request. ${details}`,
  );
}
