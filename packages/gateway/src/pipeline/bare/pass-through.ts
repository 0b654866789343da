import { GatewayError } from "@signalbox/protocol";
import { costOf } from "../../accounting/price.ts";
import { priceOf } from "../../catalogue/prices.ts";
import type { OperationId } from "../../config/operations.ts";
import { type SurfaceDialect, surfaceDialects } from "../../config/quirks.ts";
import type { ClientKey } from "../../config/settings.ts";
import type { Timeouts } from "../../config/timeouts.ts";
import type { Credential, ResolvedProvider } from "../../providers/resolved.ts";
import { enterProvider, enterTarget } from "../../routing/access/enter-provider.ts";
import { patience } from "../../routing/patience.ts";
import { withTimeouts } from "../../routing/resolve.ts";
import { accountsOf, type Plan, type Target } from "../../routing/target.ts";
import { bareRequestHeaders } from "../../upstream/bare-headers.ts";
import { cancellation } from "../../upstream/cancellation.ts";
import { dispatch, type UpstreamBody, type UpstreamRequest } from "../../upstream/dispatch.ts";
import { redactError, secretsOf } from "../../upstream/redact.ts";
import { startWatchdog } from "../../upstream/watchdog.ts";
import { admit, admitFor } from "../admission.ts";
import { bill } from "../billing.ts";
import type { ClientRequest } from "../client-request.ts";
import type { AttemptRecord, Exchange, Surface } from "../exchange.ts";
import { AttemptFailure, asGatewayError } from "../failure.ts";
import { keepBodies } from "../keep-bodies.ts";
import { meterAbandoned } from "../metering.ts";
import { parseBody, receive } from "../receive.ts";
import { sendError } from "../send-error.ts";
import { settle } from "../settle.ts";
import { metadataMode } from "../telling.ts";
import { arrivingBody, expectSize, hasBody, wholeBody } from "./bare-body.ts";
import { meterOf, operationMeter } from "./bare-meter.ts";
import { readBarePath } from "./bare-path.ts";
import { type BareCall, type BarePlace, barePlace } from "./bare-place.ts";
import { worstOf } from "./operation-calls.ts";
import { type BareAttempt, relayBare } from "./relay-bare.ts";

/** What the ledger calls it where no model is known. */
const NO_MODEL = "passthrough";

/**
 * A request for any path of a provider's API, under the operator's account: once, to where the configuration says, and nowhere else.
 * Conversations are metered as everywhere; of whatever else may cost something the ledger says that its price is not known.
 */
export async function passThrough(arrived: Exchange): Promise<void> {
  let exchange = arrived;
  try {
    metadataMode(exchange);
    const bare = readBare(arrived);
    exchange = { ...arrived, surface: surfaceOf(arrived, bare) };
    expectSurface(exchange);
    if (bare.call.kind === "generate") await passMetered(exchange, bare, bare.call);
    else if (bare.call.kind === "operation") await passOperation(exchange, bare, bare.call);
    else await passUnmetered(exchange, bare);
  } catch (thrown) {
    exchange.outcome.error ??= asGatewayError(thrown);
    sendError(exchange, thrown);
  } finally {
    bill(exchange);
    settle(exchange);
  }
}

interface Bare extends BarePlace {
  readonly provider: ResolvedProvider;
  readonly method: Method;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

type Method = (typeof METHODS)[number];

function readBare({ request, snapshot, surface }: Exchange): Bare {
  const { provider: id, rest } = readBarePath((request.url ?? "").replace(/\?.*$/s, ""));
  const provider = snapshot.providers.get(snapshot.providerAliases.get(id) ?? id);
  if (provider === undefined) throw new GatewayError("not_found", `There is no provider '${id.slice(0, 100)}' here.`);
  const method = METHODS.find((known) => known === request.method);
  if (method === undefined) throw new GatewayError("method_not_allowed", "This method is not passed through.");
  const found = barePlace(provider, { rest, query: surface.query });
  // Nothing is asked of a model without a POST.
  return { ...found, ...(method === "POST" ? {} : { call: UNKNOWN }), provider, method };
}

const UNKNOWN: BareCall = { kind: "unknown" };

/** The dialect of whoever is asked, in which refusals are told: OpenAI's where it is nobody's. */
function surfaceOf({ surface }: Exchange, { call, provider, url }: Bare): Surface {
  const spoken = call.kind === "generate" ? call.dialect : Object.keys(provider.endpoints)[0];
  const dialect: SurfaceDialect = surfaceDialects.find((known) => known === spoken) ?? "openai-chat";
  const framing = dialect === "gemini" && url.searchParams.get("alt") !== "sse" ? "json-array" : "sse";
  const told = { dialect, operation: "passthrough", framing, query: surface.query } as const;
  if (call.kind === "operation") return call.model === undefined ? told : { ...told, model: call.model };
  if (call.kind !== "generate") return told;
  const { model, stream } = call;
  return { ...told, ...(model === undefined ? {} : { model }), ...(stream === undefined ? {} : { stream }) };
}

function expectSurface({ surface, outcome }: Exchange): void {
  const { dialect } = surface;
  const closed = outcome.key?.policies.some(({ policy }) => policy.surfaces?.includes(dialect) === false);
  if (closed === true)
    throw new GatewayError("permission_denied", `This API key may not be used with the ${dialect} API.`);
}

async function passMetered(exchange: Exchange, bare: Bare, call: BareCall & { kind: "generate" }): Promise<void> {
  const { outcome, snapshot } = exchange;
  const request = await receive(exchange, { verbatim: true });
  outcome.model = request.model;
  outcome.stream = request.stream;
  const target = enterTarget(snapshot, keyOf(exchange), targetOf(exchange, bare, request.model));
  keepBodies(exchange, request);
  const plan = planOf(target);
  outcome.plan = plan;
  await admit(exchange, request, plan);
  const timeouts = patience(target, { stream: request.stream, facts: {} });
  const origin = { dialect: call.dialect, provider: bare.provider.id, model: target.model };
  await attempt(exchange, bare, {
    target,
    timeouts,
    dialect: origin.dialect,
    body: request.sent,
    request,
    meter: (record) => (answer) => meterOf({ exchange, request, record, origin }, answer),
  });
}

/** What OpenAI takes where a body names no model. https://developers.openai.com/api/reference/resources/moderations/methods/create */
const OPERATION_MODELS: { readonly [O in OperationId]?: string } = { moderation: "omni-moderation-latest" };

async function passOperation(exchange: Exchange, bare: Bare, call: BareCall & { kind: "operation" }): Promise<void> {
  const { outcome, snapshot, arrivedAt } = exchange;
  const { operation, usage } = call;
  const model = OPERATION_MODELS[operation];
  const request = await receive(exchange, { verbatim: true, ...(model === undefined ? {} : { model }) });
  outcome.model = request.model;
  const target = enterTarget(snapshot, keyOf(exchange), targetOf(exchange, bare, request.model));
  keepBodies(exchange, request);
  const plan = planOf(target);
  outcome.plan = plan;
  const { documents } = parseBody(request.bytes);
  const worst = worstOf(operation, request.bytes.length, Array.isArray(documents) ? documents.length : 0);
  await admitFor(exchange, plan, {
    tokens: { input: worst.inputTokens ?? 0, output: 0 },
    worstNano: costOf(worst, priceOf(target.provider, target.model), arrivedAt).nano,
  });
  await attempt(exchange, bare, {
    target,
    timeouts: patience(target, { stream: false, facts: {} }),
    dialect: operation,
    body: request.sent,
    meter: (record) => () => operationMeter(exchange, record, { usage, worst }),
  });
}

async function passUnmetered(exchange: Exchange, bare: Bare): Promise<void> {
  const { request, outcome, snapshot } = exchange;
  const { method, call } = bare;
  const runs = method !== "GET" && method !== "DELETE" && call.kind !== "count";
  outcome.model = NO_MODEL;
  const limit = snapshot.limits.formBytes;
  expectSize(request, limit);
  const target = enterProvider(snapshot, keyOf(exchange), { target: targetOf(exchange, bare, NO_MODEL), runs });
  const plan = planOf(target);
  outcome.plan = plan;
  await admitFor(exchange, plan, { tokens: { input: 0, output: 0 }, worstNano: 0 });
  const { timeouts } = target;
  const body = await bodyOf(exchange, bare, accountOf(target));
  await attempt(exchange, bare, {
    target,
    // Its first byte may have to wait for all of a long upload.
    timeouts: body === undefined ? timeouts : { ...timeouts, firstTokenMs: timeouts.totalMs },
    dialect: "bare",
    body,
    ...(runs ? { costs: true } : {}),
  });
}

/** As it comes; whole where a cloud's signature is made of all of it, or a second try with another token may need it again. */
async function bodyOf(
  { request, snapshot, surface, services }: Exchange,
  { place }: Bare,
  credential: Credential | undefined,
): Promise<UpstreamBody | undefined> {
  if (!hasBody(request)) return undefined;
  const { limits } = snapshot;
  if (services.agents.clouds.passFor(place, credential) === undefined)
    return () => arrivingBody(request, limits.formBytes);
  const limit = limits.bodyBytes[surface.dialect];
  expectSize(request, limit);
  return wholeBody(request, limit);
}

interface Sending {
  readonly target: Target;
  readonly timeouts: Timeouts;
  /** In the ledger. */
  readonly dialect: string;
  readonly body: UpstreamBody | undefined;
  readonly request?: ClientRequest;
  readonly meter?: (record: AttemptRecord) => BareAttempt["meter"];
  /** It may, and nobody will know how much. */
  readonly costs?: true;
}

async function attempt(exchange: Exchange, bare: Bare, sending: Sending): Promise<void> {
  const { target, request } = sending;
  const credential = accountOf(target);
  const record: AttemptRecord = {
    provider: target.provider.id,
    model: target.model,
    credential: credential?.id,
    lane: "passthrough",
    dialect: sending.dialect,
    startedAt: performance.now(),
  };
  exchange.outcome.attempts.push(record);
  const cancel = cancellation();
  const forget = exchange.clientGone.onAbort(cancel.abort);
  const { totalMs, deadlineMs } = sending.timeouts;
  const timeouts = { ...sending.timeouts, totalMs: Math.min(totalMs, deadlineMs) };
  const watchdog = startWatchdog(timeouts, cancel.abort);
  try {
    const { agents } = exchange.services;
    const onSent = () => {
      record.sentAt = performance.now();
    };
    const answer = await dispatch(upstreamOf(exchange, bare, { ...sending, credential }), {
      agents,
      timeouts,
      cancel,
      onSent,
    });
    if (sending.costs === true && answer.status < 400) record.usage = {};
    const meter = sending.meter?.(record);
    await relayBare({ exchange, target, place: bare.place, credential, record, cancel, watchdog, meter }, answer);
  } catch (thrown) {
    const failure = withoutSecrets(thrown, bare, credential);
    record.error = failure.error;
    cancel.abort(failure.error);
    throw failure;
  } finally {
    record.endedAt = performance.now();
    watchdog.stop();
    forget();
    if (request !== undefined) meterAbandoned({ exchange, request, record });
  }
}

function upstreamOf(
  { request }: Exchange,
  { place, url, method }: Bare,
  { body, credential }: Pick<Sending, "body"> & { readonly credential: Credential | undefined },
): UpstreamRequest {
  const length = request.headers["content-length"];
  const headers = bareRequestHeaders(request.headers);
  // Many APIs take no body of unknown length.
  if (typeof body === "function" && length !== undefined) headers["content-length"] = length;
  return { place, credential, method, url, headers, ...(body === undefined ? {} : { body }) };
}

function withoutSecrets(thrown: unknown, { place }: Bare, credential: Credential | undefined): AttemptFailure {
  const failure = thrown instanceof AttemptFailure ? thrown : new AttemptFailure(asGatewayError(thrown));
  return new AttemptFailure(redactError(failure.error, secretsOf(place, credential)), failure.raw);
}

/** Always the same account of several: what a vendor keeps, it keeps for one of them. */
function accountOf(target: Target): Credential | undefined {
  return accountsOf(target).toSorted((one, other) => one.priority - other.priority)[0];
}

function targetOf({ snapshot }: Exchange, { provider }: Bare, model: string): Target {
  const timeouts = withTimeouts(snapshot.timeouts, provider.timeouts);
  return { provider, model, timeouts, reason: "the path names it" };
}

function planOf(target: Target): Plan {
  return {
    targets: [target],
    asked: "model",
    reasoning: `Passed through to '${target.provider.id}'.`,
    rejected: [],
    features: { steps: [] },
    continuation: false,
    hedging: false,
    unserved: [],
  };
}

function keyOf({ outcome }: Exchange): ClientKey {
  if (outcome.key === undefined) throw new GatewayError("internal", "A request without a key was passed through.");
  return outcome.key;
}
