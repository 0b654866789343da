import { type ErrorCode, GatewayError } from "@signalbox/protocol";
import { failureHeaders } from "./answer-headers.ts";
import { awsError } from "./aws-answers.ts";
import { ingressOf } from "./dialects.ts";
import { answerAttempts, type Exchange } from "./exchange.ts";
import { AttemptFailure, asGatewayError, type RawRefusal } from "./failure.ts";

/** SDKs obey any `retry-after`, one of them up to 24 days; beyond this they had better not retry. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Answers with the failure in the client's dialect; an upstream's own words go to a client of its dialect unchanged. */
export function sendError(exchange: Exchange, thrown: unknown): void {
  const { response, surface } = exchange;
  const error = asGatewayError(thrown);
  if (response.headersSent || response.destroyed) return;
  const isAws = surface.cloud?.host === "bedrock";
  const raw = thrown instanceof AttemptFailure && !isAws ? thrown.raw : undefined;
  const own = ingressOf(surface.dialect).encodeError(toldOf(error), { requestId: exchange.id });
  const wire = isAws ? awsError(own) : { ...own, headers: {} };
  const body = raw?.body ?? Buffer.from(JSON.stringify(wire.body));
  response.writeHead(raw?.status ?? wire.status, {
    ...wire.headers,
    ...withoutDelay(raw?.headers),
    ...failureHeaders(exchange),
    ...retryHeaders(error, answerAttempts(exchange.outcome).length),
    "content-type": raw?.contentType ?? "application/json; charset=utf-8",
    "content-length": body.length,
  });
  response.end(body);
  linger(exchange);
}

/** Vendors quote pieces of the key that they refuse, and AWS what was signed. What they call the error tells enough. */
function toldOf(error: GatewayError): GatewayError {
  if (error.code !== "upstream_auth" || error.detail.upstreamWords !== true) return error;
  const { cause: _, ...detail } = error.detail;
  const { upstreamType = "" } = detail;
  const named = /^[A-Za-z_]{3,60}$/.test(upstreamType) ? ` (${upstreamType})` : "";
  return new GatewayError(error.code, `The provider does not accept the gateway's credential${named}.`, detail);
}

/** How long to wait is said below, once, and where it is not too long. */
function withoutDelay({ "retry-after": _, "retry-after-ms": __, ...rest }: RawRefusal["headers"] = {}) {
  return rest;
}

/**
 * What tells SDKs whether to ask again: they do on their own, and after several attempts of ours theirs would multiply them.
 * A refusal of our own that a short wait may end says for how long, and leaves it to them.
 */
export function retryHeaders(error: GatewayError, attempts: number): Record<string, string> {
  const { retryAfterMs = Number.POSITIVE_INFINITY } = error.detail;
  const isShort = retryAfterMs <= MAX_RETRY_AFTER_MS && error.code !== "budget_exceeded";
  const headers: Record<string, string> = {};
  if (isShort) {
    headers["retry-after"] = String(Math.ceil(retryAfterMs / 1000));
    headers["retry-after-ms"] = String(Math.ceil(retryAfterMs));
  }
  const passes = isShort && attempts === 0 && PASSING.has(error.code);
  const isTooLong = error.detail.retryAfterMs !== undefined && !isShort;
  if (attempts > 1 || isTooLong || (error.retry === "never" && !passes)) headers["x-should-retry"] = "false";
  else if (error.code === "conflict") headers["x-should-retry"] = "true";
  if (error.code === "invalid_api_key") headers["www-authenticate"] = 'Bearer realm="signalbox"';
  return headers;
}

/** Refusals of our own that end by themselves. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["rate_limited", "overloaded", "conflict"]);

const LINGER_MS = 5000;

/**
 * A client that is still sending would see its connection reset, and not the answer, if we closed now. So the rest of its body
 * is thrown away for a while; who has not finished by then is cut off.
 */
function linger({ request }: Exchange): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS);
  request.on("close", () => clearTimeout(timer));
  request.resume();
}
