import {
  type CanonicalRequest,
  GatewayError,
  type JsonValue,
  type Loss,
  type LossReport,
  serverStateFeatures,
  splicePieces,
  valueAt,
} from "@signalbox/protocol";
import { modelFacts } from "../catalogue/catalogue.ts";
import type { EndpointDialect } from "../config/quirks.ts";
import type { ResolvedEndpoint } from "../providers/resolved.ts";
import { applyOverrides } from "../routing/overrides.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { UpstreamRequest } from "../upstream/dispatch.ts";
import { type Call, callUrl, type Operation } from "../upstream/endpoint-url.ts";
import { forwardedRequestHeaders } from "../upstream/headers.ts";
import { isUsageWish, USAGE_WISH, usageWish } from "./ask-usage.ts";
import { egressOf } from "./dialects.ts";
import type { Exchange, Surface } from "./exchange.ts";
import type { ClientRequest } from "./receive.ts";
import { stripFields, withoutBetas } from "./strip-fields.ts";

export interface Prepared extends LossReport {
  readonly upstream: UpstreamRequest;
  /** The stream's usage is asked for by the gateway, and not by the client. */
  readonly asksUsage?: true;
  /** Fields of the gateway's own that are left out because the upstream does not know them. */
  readonly withheld?: readonly string[];
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
  const unknown = unknownIn(exchange, request, planned);
  const wish = usageWish(request, planned, unknown.edits);
  const withheld = exchange.services.learned.of(planned).filter(isUsageWish);
  const asksUsage = wish !== undefined && withheld.length === 0;
  const edits = {
    ...unknown.edits,
    ...(asksUsage ? { [USAGE_WISH]: wish } : {}),
    ...(renamed ? { model: JSON.stringify(target.model) } : {}),
  };
  const body = Object.keys(edits).length > 0 ? splicePieces(request.bytes, request.scan, edits) : request.bytes;
  const dropped = [...unserved(exchange), ...unknown.removed.map(unknownThere)];
  if (isStrict(exchange) && dropped.length > 0) throw unsupported(dropped, planned);
  const call = { operation: conversing(surface), model: target.model, stream: request.stream, query: surface.query };
  const forwarded = forwardedRequestHeaders(endpoint.dialect, http.headers);
  const headers = withVersion(endpoint, withKnownBetas(forwarded, unknown.removed));
  return {
    upstream: {
      place: endpoint,
      credential,
      url: callUrl(endpoint, call),
      headers: { ...headers, ...accept(call) },
      body,
    },
    dropped,
    adapted: [],
    ...(asksUsage ? { asksUsage } : {}),
    ...(wish === undefined || asksUsage ? {} : { withheld }),
  };
}

function translate(exchange: Exchange, request: ClientRequest, planned: PlannedAttempt): Prepared {
  const { target, endpoint, credential } = planned;
  const wanted = applyOverrides(request.canonical(), target.overrides ?? {});
  refuseLostState(wanted.request, endpoint);
  const encoded = encode(endpoint, request.continued?.(wanted.request) ?? wanted.request, planned);
  const { body, removed } = stripFields(encoded.body, exchange.services.learned.of(planned));
  // The gateway asks every stream for its usage. To a client that has not asked it is no loss.
  const withheld = wanted.request.streamUsage === true ? [] : removed.filter(isUsageWish);
  const lost = removed.filter((field) => !withheld.includes(field));
  const dropped = [...unserved(exchange), ...wanted.dropped, ...encoded.dropped, ...lost.map(unknownThere)];
  if (isStrict(exchange) && dropped.length > 0) throw unsupported(dropped, planned);
  const call = { operation: conversing(exchange.surface), model: target.model, stream: request.stream };
  const merged = mergedHeaders(exchange, endpoint, encoded.headers ?? {});
  const headers = withVersion(endpoint, withKnownBetas(merged, removed));
  return {
    upstream: {
      place: endpoint,
      credential,
      url: callUrl(endpoint, call),
      headers: { ...headers, ...accept(call) },
      body: JSON.stringify(body),
    },
    dropped,
    adapted: [...wanted.adapted, ...encoded.adapted],
    withheld,
  };
}

const conversing = ({ operation }: Surface): Operation => (operation === "count-tokens" ? operation : "generate");

const accept = ({ stream }: Call) => ({ accept: stream ? "text/event-stream" : "application/json" });

/** The edits that take out of the client's bytes what this endpoint has refused to know, member by member. */
function unknownIn({ services }: Exchange, { bytes, scan }: ClientRequest, planned: PlannedAttempt) {
  const fields = services.learned.of(planned);
  const edits: Record<string, string | undefined> = {};
  if (fields.length === 0) return { edits, removed: [] };
  const members: Record<string, JsonValue> = {};
  for (const [name, span] of scan.members) {
    const value = fields.some((field) => isAtOrUnder(field, name)) ? valueAt(bytes, span) : undefined;
    if (value !== undefined) members[name] = value;
  }
  const { body, removed } = stripFields(members, fields);
  for (const name in members) {
    const left = body[name];
    if (left !== members[name]) edits[name] = left === undefined ? undefined : JSON.stringify(left);
  }
  return { edits, removed };
}

function isAtOrUnder(field: string, member: string): boolean {
  const [first = ""] = field.split(".");
  return first.replaceAll("_", "").toLowerCase() === member.replaceAll("_", "").toLowerCase();
}

function unknownThere(feature: string): Loss {
  return { feature, detail: "The upstream has said that it does not know this field." };
}

function withKnownBetas(headers: Readonly<Record<string, string>>, removed: readonly string[]) {
  const { "anthropic-beta": betas, ...rest } = headers;
  if (betas === undefined || removed.length === 0) return headers;
  const left = withoutBetas(betas, removed);
  return left === "" ? rest : { ...rest, "anthropic-beta": left };
}

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

/** Anthropic refuses requests without a version; a client that speaks another dialect has none to forward. */
function withVersion(
  endpoint: ResolvedEndpoint,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (endpoint.dialect !== "anthropic-messages" || headers["anthropic-version"] !== undefined) return headers;
  return { ...headers, "anthropic-version": "2023-06-01" };
}

export function isStrict(exchange: Exchange): boolean {
  return exchange.snapshot.strict || exchange.request.headers["x-signalbox-strict"] === "true";
}

function unsupported(dropped: readonly Loss[], { target, endpoint }: PlannedAttempt): GatewayError {
  const details = dropped.map(({ feature, detail }) => `${feature}: ${detail}`).join(" ");
  return new GatewayError(
    "unsupported_feature",
    `${target.provider.id} (${endpoint.dialect}) cannot be told all of this request. ${details}`,
  );
}
