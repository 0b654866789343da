import { type ErrorCode, GatewayError } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { isObject, parseJson } from "../../json/parse.ts";
import { arrayOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { ErrorContext, UpstreamFailure, WireError } from "../dialect.ts";
import { limitMembers, limitWords } from "../shared/limit-words.ts";
import { codeOfStatus, upstreamError } from "../shared/upstream-error.ts";

interface WireWords {
  readonly type: string;
  readonly code: string | null;
}

const words = (type: string, code: string | null): WireWords => ({ type, code });
const INVALID = "invalid_request_error";

/** https://platform.openai.com/docs/guides/error-codes */
const WIRE_WORDS: Readonly<Record<ErrorCode, WireWords>> = {
  invalid_request: words(INVALID, null),
  unsupported_feature: words(INVALID, "unsupported_feature"),
  context_overflow: words(INVALID, "context_length_exceeded"),
  content_policy: words(INVALID, "content_policy_violation"),
  invalid_api_key: words(INVALID, "invalid_api_key"),
  permission_denied: words(INVALID, "permission_denied"),
  model_not_found: words(INVALID, "model_not_found"),
  not_found: words(INVALID, "not_found"),
  method_not_allowed: words(INVALID, "method_not_allowed"),
  conflict: words(INVALID, "idempotency_conflict"),
  request_too_large: words(INVALID, "request_too_large"),
  unsupported_media_type: words(INVALID, "unsupported_media_type"),
  misdirected_request: words(INVALID, "misdirected_request"),
  unprocessable: words(INVALID, null),
  upgrade_required: words(INVALID, "upgrade_required"),
  rate_limited: words("rate_limit_error", "rate_limit_exceeded"),
  budget_exceeded: words("insufficient_quota", "insufficient_quota"),
  client_closed: words(INVALID, "client_closed_request"),
  internal: words("server_error", "internal_error"),
  upstream_auth: words("server_error", "upstream_auth"),
  upstream_forbidden: words("server_error", "upstream_forbidden"),
  upstream_quota: words("insufficient_quota", "insufficient_quota"),
  upstream_rate_limited: words("rate_limit_error", "rate_limit_exceeded"),
  upstream_model_not_found: words(INVALID, "model_not_found"),
  upstream_error: words("server_error", "upstream_error"),
  upstream_unreachable: words("server_error", "upstream_unreachable"),
  upstream_invalid_response: words("server_error", "upstream_invalid_response"),
  upstream_truncated: words("server_error", "upstream_truncated"),
  upstream_overloaded: words("service_unavailable_error", "server_is_overloaded"),
  upstream_timeout: words("server_error", "upstream_timeout"),
  overloaded: words("service_unavailable_error", "server_is_overloaded"),
  not_cached: words("server_error", "not_cached"),
};

function errorObjectOf(error: GatewayError): JsonObject {
  const { type, code } = limitWords(error) ?? WIRE_WORDS[error.code];
  return { message: error.message, type, param: error.detail.param ?? null, code };
}

export function encodeError(error: GatewayError, context: ErrorContext): WireError {
  return { status: error.status, body: { error: { ...errorObjectOf(error), ...limitMembers(error, context) } } };
}

/** A `data` line without an event name: OpenAI's SDKs throw on a chunk that has `error`. */
export function errorEvent(error: GatewayError): SseMessage {
  return { data: JSON.stringify({ error: errorObjectOf(error) }) };
}

const MESSAGE_LIMIT = 2000;

export function decodeError(failure: UpstreamFailure): GatewayError {
  let body: JsonValue = null;
  try {
    body = parseJson(failure.body);
  } catch {
    return upstreamError(codeOfStatus(failure.status), plainMessage(failure), failure);
  }
  return errorOfBody(body, failure);
}

/** HTML is a proxy's page, of no use to a client; other text may be the server's own words. */
function plainMessage({ status, body }: UpstreamFailure): string {
  const text = body.trim();
  if (text === "") return `The upstream answered ${status} without a body.`;
  if (text.startsWith("<")) return `The upstream answered ${status} with a page of HTML.`;
  return text.slice(0, MESSAGE_LIMIT);
}

/** An error that came as, or inside, a 200: the status is the one that it tells of itself. */
export function errorOfOkBody(body: JsonValue): GatewayError {
  const error = errorObject(body);
  const told = [error["code"], error["status"], error["status_code"]]
    .map(Number)
    .find((code) => code >= 400 && code < 600);
  return errorOfBody(body, { status: told ?? 200, headers: {} });
}

function errorOfBody(body: JsonValue, failure: Pick<UpstreamFailure, "status" | "headers">): GatewayError {
  const error = errorObject(body);
  const message = messageOf(error) ?? `The upstream answered ${failure.status}.`;
  const type = [error["code"], error["type"], error["status"]].map(stringOf).find((word) => word !== undefined);
  const told = [error["code"], error["type"], error["status"], message].map((word) => String(word ?? "")).join("\n");
  const code = codeOfWords(told, failure.status) ?? codeOfStatus(failure.status);
  const source = { ...failure, body: "" };
  return upstreamError(code, message.slice(0, MESSAGE_LIMIT), type === undefined ? source : { ...source, type });
}

/**
 * Where vendors keep the error: under `error` (OpenAI and most), as the body itself (Mistral, Cohere, vLLM), in an array
 * (Google), `error` as plain text beside `code` (xAI), `detail` (FastAPI servers).
 */
function errorObject(body: JsonValue | undefined): JsonObject {
  if (typeof body === "string") return { message: body };
  const object = objectOf(Array.isArray(body) ? body[0] : body) ?? {};
  const error = object["error"];
  if (typeof error === "string") return { ...object, message: error };
  return objectOf(error) ?? objectOf(object["message"]) ?? object;
}

function messageOf(error: JsonObject): string | undefined {
  const raw = stringOf(objectOf(error["metadata"])?.["raw"]);
  const message = stringOf(error["message"]) ?? stringOf(error["msg"]) ?? detailMessage(error["detail"]);
  // OpenRouter says "Provider returned error" and keeps the provider's own words apart.
  return message === "Provider returned error" && raw !== undefined ? `${message}: ${raw}` : message;
}

function detailMessage(detail: JsonValue | undefined): string | undefined {
  if (typeof detail === "string") return detail;
  const pieces = objectsOf(detail).map((piece) => [...arrayOf(piece["loc"]), piece["msg"] ?? ""].join(" "));
  if (pieces.length > 0) return pieces.join("; ");
  return isObject(detail) ? messageOf(detail) : undefined;
}

interface WordRule {
  readonly words: RegExp;
  readonly code: ErrorCode;
  /** Statuses for which the rule holds; a wording alone must not turn a 5xx into the request's fault. */
  readonly below: number;
}

const RULES: readonly WordRule[] = [
  // Before any wording: the sentences of rate limits also say where to add a payment method.
  { words: /^(rate_limit_exceeded|slow_down)$/m, code: "upstream_rate_limited", below: 500 },
  { words: /^(context_length_exceeded|string_above_max_length)$/m, code: "context_overflow", below: 600 },
  {
    words: /content_filter|content_policy|ResponsibleAIPolicy|data_inspection_failed|moderation|flagged|^1301$/im,
    code: "content_policy",
    below: 500,
  },
  {
    words:
      /insufficient_quota|billing|insufficient balance|credit.balance|out of credits|spend.?limit|usage_limit_exceeded|quota_exceeded|^1113$/im,
    code: "upstream_quota",
    below: 500,
  },
  {
    words:
      /model_not_found|DeploymentNotFound|invalid_model|model_decommissioned|unknown model|model .{0,80}(does not exist|not found|is not available)|not a valid model/i,
    code: "upstream_model_not_found",
    below: 500,
  },
  { words: /invalid_api_key|incorrect api key|api key not valid|authentication/i, code: "upstream_auth", below: 500 },
  { words: /rate_limit|rate limit|too many requests/i, code: "upstream_rate_limited", below: 500 },
  { words: /overloaded|at capacity|server_is_busy|server is busy/i, code: "upstream_overloaded", below: 600 },
];

function codeOfWords(told: string, status: number): ErrorCode | undefined {
  return RULES.find((rule) => status < rule.below && rule.words.test(told))?.code;
}

/** What a stream says when a line of it is not JSON, or an answer is of no known shape. */
export function invalidAnswer(detail: string): GatewayError {
  return new GatewayError("upstream_invalid_response", `The upstream's answer is not a chat completion: ${detail}.`);
}
