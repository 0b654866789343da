import {
  type CanonicalRequest,
  GatewayError,
  isObject,
  type JsonObject,
  type JsonValue,
  numberOf,
  parseJson,
} from "@signalbox/protocol";
import { tokenizedTokens } from "../accounting/estimate.ts";
import type { EndpointDialect, SurfaceDialect } from "../config/quirks.ts";
import { applyOverrides } from "../routing/overrides.ts";
import { type PlannedAttempt, planAttempts } from "../routing/plan.ts";
import type { Plan } from "../routing/target.ts";
import { cancellation } from "../upstream/cancellation.ts";
import { dispatch, type UpstreamRequest } from "../upstream/dispatch.ts";
import { endpointUrl } from "../upstream/endpoint-url.ts";
import { readBody } from "../upstream/read-body.ts";
import { startWatchdog } from "../upstream/watchdog.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { asGatewayError } from "./failure.ts";
import { compressed } from "./features/compress.ts";
import { keepsBack } from "./features/guard.ts";
import { atItsFiles } from "./objects/own-files.ts";
import { passthroughObstacle } from "./obstacle.ts";
import { planFor } from "./plan-for.ts";
import { prepare } from "./prepare.ts";
import { receive } from "./receive.ts";
import { withHistory } from "./responses/open-state.ts";
import { rework } from "./rework.ts";
import { sendError } from "./send-error.ts";
import { settle } from "./settle.ts";

const ANSWER_LIMIT = 1024 * 1024;

/** How many tokens a request would use: asked of the upstream where it can tell, else estimated here; a header says which. */
export async function countTokens(exchange: Exchange): Promise<void> {
  try {
    const received = await receive(exchange);
    const whole = exchange.surface.dialect === "openai-responses" ? await historied(exchange, received) : received;
    const asked = await atItsFiles(exchange, whole);
    exchange.outcome.model = asked.model;
    const plan = planFor(exchange, asked);
    // What is compressed away is not counted.
    const request = await compressed(exchange, asked, plan);
    const planned = firstAttempt(exchange, request, plan);
    const counted =
      planned === undefined || keepsBack(exchange, plan) ? undefined : await askUpstream(exchange, request, planned);
    const tokens = counted ?? (await tokenizedTokens(wanted(request, planned)));
    send(exchange, tokens, counted === undefined ? "estimate" : "upstream");
  } catch (thrown) {
    exchange.outcome.error = asGatewayError(thrown);
    sendError(exchange, thrown);
  } finally {
    settle(exchange);
  }
}

function firstAttempt(exchange: Exchange, request: ClientRequest, { targets }: Plan): PlannedAttempt | undefined {
  const { health } = exchange.services;
  const obstacle = passthroughObstacle(request, exchange);
  const { dialect } = exchange.surface;
  return planAttempts(targets, { dialect, obstacle, lastUsed: health.lastUsed, chance: Math.random })[0];
}

/** With what it goes on from, as far as that is kept here: of another key's nobody is told how much it is. */
async function historied(exchange: Exchange, request: ClientRequest): Promise<ClientRequest> {
  return (await withHistory(exchange, request)).request;
}

/** What its target would be sent: a router's templates are counted too. Throws `invalid_request` when one lacks a variable. */
function wanted(request: ClientRequest, planned: PlannedAttempt | undefined): CanonicalRequest {
  const asked = applyOverrides(request.canonical(), planned?.target.overrides ?? {}).request;
  return planned === undefined ? asked : rework(request.reworks ?? [], asked, planned).request;
}

/** Undefined when the upstream cannot tell: it has no such endpoint, refuses, or cannot be reached. */
async function askUpstream(
  exchange: Exchange,
  request: ClientRequest,
  planned: PlannedAttempt,
): Promise<number | undefined> {
  const { target, endpoint } = planned;
  if (endpointUrl(endpoint, { operation: "count-tokens", model: target.model, stream: false }) === undefined)
    return undefined;
  const cancel = cancellation();
  const forget = exchange.clientGone.onAbort(cancel.abort);
  const watchdog = startWatchdog(target.timeouts, cancel.abort);
  try {
    const upstream = forCounting(prepare(exchange, request, planned).upstream, planned);
    const answer = await dispatch(upstream, {
      agents: exchange.services.agents,
      timeouts: target.timeouts,
      cancel,
    });
    const body = await readBody(answer.body, ANSWER_LIMIT);
    return answer.status === 200 ? tokensIn(parseJson(body.toString("utf8"))) : undefined;
  } catch (error) {
    exchange.services.log.debug(
      { requestId: exchange.id, error: asGatewayError(error).code },
      "the upstream did not count tokens",
    );
    return undefined;
  } finally {
    watchdog.stop();
    forget();
  }
}

/** Fields of a generation that the counting endpoints refuse. */
const NOT_COUNTED: Readonly<Record<EndpointDialect, readonly string[]>> = {
  "openai-chat": [],
  "openai-responses": [
    "stream",
    "store",
    "include",
    "max_output_tokens",
    "temperature",
    "top_p",
    "prompt_cache_key",
    "metadata",
    "service_tier",
  ],
  "anthropic-messages": [
    "max_tokens",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "metadata",
    "service_tier",
  ],
  gemini: [],
  "bedrock-converse": [],
};

/** A translated generation as the counting endpoint wants it; the client's own counting request goes on as it is. */
function forCounting(upstream: UpstreamRequest, planned: PlannedAttempt): UpstreamRequest {
  const { lane, endpoint, target } = planned;
  if (endpoint.host === "bedrock") return { ...upstream, body: JSON.stringify(invocation(bodyOf(upstream))) };
  if (lane === "passthrough") return upstream;
  const drop = new Set(NOT_COUNTED[endpoint.dialect]);
  const kept = Object.fromEntries(Object.entries(bodyOf(upstream)).filter(([key]) => !drop.has(key)));
  // https://ai.google.dev/api/tokens: the whole request is counted only inside `generateContentRequest`.
  const body =
    endpoint.dialect === "gemini" ? { generateContentRequest: { model: `models/${target.model}`, ...kept } } : kept;
  return { ...upstream, body: JSON.stringify(body) };
}

function bodyOf({ body }: UpstreamRequest): JsonObject {
  const pieces = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
  const parsed = Array.isArray(pieces)
    ? parseJson(Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString("utf8"))
    : undefined;
  if (isObject(parsed)) return parsed;
  throw new GatewayError("internal", "A request to be counted is not an object.");
}

/** Bedrock counts what InvokeModel would take. https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html */
function invocation(body: JsonObject): JsonObject {
  const budget = isObject(body["thinking"]) ? (numberOf(body["thinking"]["budget_tokens"]) ?? 0) : 0;
  const whole = { max_tokens: budget + 1, ...body };
  return { input: { invokeModel: { body: Buffer.from(JSON.stringify(whole)).toString("base64") } } };
}

function tokensIn(answer: JsonValue): number | undefined {
  if (!isObject(answer)) return undefined;
  return numberOf(answer["input_tokens"]) ?? numberOf(answer["totalTokens"]) ?? numberOf(answer["inputTokens"]);
}

const SHAPES: Readonly<Record<SurfaceDialect, (tokens: number) => JsonObject>> = {
  "openai-chat": (tokens) => ({ input_tokens: tokens }),
  "openai-responses": (tokens) => ({ object: "response.input_tokens", input_tokens: tokens }),
  "anthropic-messages": (tokens) => ({ input_tokens: tokens }),
  gemini: (tokens) => ({ totalTokens: tokens }),
};

function send({ response, surface }: Exchange, tokens: number, source: "upstream" | "estimate"): void {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", "x-signalbox-token-count": source });
  const body = surface.cloud?.host === "bedrock" ? { inputTokens: tokens } : SHAPES[surface.dialect](tokens);
  response.end(JSON.stringify(body));
}
