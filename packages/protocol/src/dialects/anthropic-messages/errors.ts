import { type ErrorCode, GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { ErrorContext, UpstreamFailure, WireError } from "../dialect.ts";
import { anthropicOverflowMessage, codeOfStatus, upstreamError } from "../shared/upstream-error.ts";

/** https://platform.claude.com/docs/en/api/errors */
type WireType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "timeout_error"
  | "overloaded_error"
  | "api_error";

/** The wire word of every code. */
const WIRE_TYPES: Readonly<Record<ErrorCode, WireType>> = {
  invalid_request: "invalid_request_error",
  unsupported_feature: "invalid_request_error",
  context_overflow: "invalid_request_error",
  content_policy: "invalid_request_error",
  invalid_api_key: "authentication_error",
  permission_denied: "permission_error",
  model_not_found: "not_found_error",
  not_found: "not_found_error",
  method_not_allowed: "invalid_request_error",
  conflict: "invalid_request_error",
  request_too_large: "request_too_large",
  unsupported_media_type: "invalid_request_error",
  misdirected_request: "invalid_request_error",
  unprocessable: "invalid_request_error",
  upgrade_required: "invalid_request_error",
  rate_limited: "rate_limit_error",
  budget_exceeded: "billing_error",
  client_closed: "api_error",
  internal: "api_error",
  upstream_auth: "api_error",
  upstream_forbidden: "api_error",
  upstream_quota: "rate_limit_error",
  upstream_rate_limited: "rate_limit_error",
  upstream_model_not_found: "not_found_error",
  upstream_error: "api_error",
  upstream_unreachable: "api_error",
  upstream_invalid_response: "api_error",
  upstream_truncated: "api_error",
  upstream_overloaded: "overloaded_error",
  upstream_timeout: "timeout_error",
  overloaded: "overloaded_error",
  not_cached: "timeout_error",
};

/** Statuses in which this dialect differs from the table of codes: 402 stops the SDKs' retries, 529 is "overloaded". */
const STATUSES: { readonly [K in ErrorCode]?: number } = {
  budget_exceeded: 402,
  overloaded: 529,
  upstream_overloaded: 529,
};

export function encodeError(error: GatewayError, context: ErrorContext): WireError {
  return { status: STATUSES[error.code] ?? error.status, body: errorBody(error, context.requestId) };
}

/** The SDKs throw on it by its `event` line; without that line they ignore it. */
export function errorEvent(error: GatewayError, context: ErrorContext): SseMessage {
  return { event: "error", data: JSON.stringify(errorBody(error, context.requestId)) };
}

function errorBody(error: GatewayError, requestId: string): JsonObject {
  const message = error.code === "context_overflow" ? anthropicOverflowMessage(error.detail) : error.message;
  return { type: "error", error: { type: WIRE_TYPES[error.code], message }, request_id: requestId };
}

const BY_WIRE_TYPE = new Map<string | undefined, ErrorCode>([
  ["authentication_error", "upstream_auth"],
  ["permission_error", "upstream_forbidden"],
  ["billing_error", "upstream_quota"],
  ["not_found_error", "upstream_model_not_found"],
  ["request_too_large", "request_too_large"],
  ["rate_limit_error", "upstream_rate_limited"],
  ["timeout_error", "upstream_timeout"],
  ["overloaded_error", "upstream_overloaded"],
  ["api_error", "upstream_error"],
]);

/** Failures that Anthropic and its look-alikes tell by their wording only. */
const BY_WORDING: readonly (readonly [RegExp, ErrorCode])[] = [
  [/credit balance is too low|usage limits|insufficient[_ ](quota|balance|credit)|spend limit/i, "upstream_quota"],
  [/content filtering policy|content[_ ]policy|usage policy|data_inspection_failed/i, "content_policy"],
  [/model[`'": ].{0,80}(not found|does not exist|not exist|not supported)|unknown model/i, "upstream_model_not_found"],
];

const MAX_MESSAGE = 2000;

export function decodeError(failure: UpstreamFailure): GatewayError {
  const body = parseJsonObject(failure.body);
  const { type, message } = wordsOf(body ?? {});
  const text = message ?? plainText(failure.body, body) ?? `The upstream answered with status ${failure.status}.`;
  return errorOf({ type, message: text }, failure);
}

interface Words {
  readonly type: string | undefined;
  readonly message: string;
}

function errorOf({ type, message }: Words, failure: UpstreamFailure): GatewayError {
  const worded =
    failure.status < 500 ? BY_WORDING.find(([pattern]) => pattern.test(`${type ?? ""} ${message}`))?.[1] : undefined;
  const code = worded ?? BY_WIRE_TYPE.get(type) ?? codeOfStatus(failure.status);
  return upstreamError(code, message.slice(0, MAX_MESSAGE), type === undefined ? failure : { ...failure, type });
}

/** `{error: {type, message}}`, Bedrock's `{message}`, FastAPI's `{detail}` and `{error: "…"}`. */
function wordsOf(body: JsonObject): { readonly type: string | undefined; readonly message: string | undefined } {
  const error = objectOf(body["error"]) ?? {};
  const message =
    stringOf(error["message"]) ??
    stringOf(body["error"]) ??
    stringOf(body["message"]) ??
    stringOf(body["detail"]) ??
    (body["detail"] === undefined ? undefined : JSON.stringify(body["detail"]));
  return { type: stringOf(error["type"]) ?? stringOf(error["code"]), message };
}

/** A body that is neither JSON nor markup; HTML is never shown to a client. */
function plainText(text: string, json: JsonObject | undefined): string | undefined {
  const trimmed = text.trim();
  return json !== undefined || trimmed === "" || trimmed.startsWith("<") ? undefined : trimmed;
}

/** Statuses of the error types, for errors that come without one: in a stream, or in a body with status 200. */
const STATUS_OF_TYPE = new Map<string | undefined, number>([
  ["invalid_request_error", 400],
  ["authentication_error", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["timeout_error", 504],
  ["overloaded_error", 529],
]);

/** The error that a `{type: "error"}` object tells, wherever it stands. */
export function decodeErrorBody(body: JsonObject): GatewayError {
  const { type, message } = wordsOf(body);
  const failure = { status: STATUS_OF_TYPE.get(type) ?? 500, headers: {}, body: "" };
  return errorOf({ type, message: message ?? "The upstream reported an error." }, failure);
}

export function invalidAnswer(message: string): GatewayError {
  return new GatewayError("upstream_invalid_response", message);
}
