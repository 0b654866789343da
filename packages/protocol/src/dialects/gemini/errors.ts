import { type ErrorCode, GatewayError as Failure, type GatewayError, type LimitDetail } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseJson } from "../../json/parse.ts";
import { arrayOf, entryOf, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { ErrorContext, UpstreamFailure, WireError } from "../dialect.ts";
import { codeOfStatus, retryInfoMs, upstreamError } from "../shared/upstream-error.ts";

/** google.rpc.Code, the `status` word of an error: https://cloud.google.com/apis/design/errors#handling_errors */
const STATUS: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "INVALID_ARGUMENT",
  unsupported_feature: "INVALID_ARGUMENT",
  context_overflow: "INVALID_ARGUMENT",
  content_policy: "INVALID_ARGUMENT",
  invalid_api_key: "UNAUTHENTICATED",
  permission_denied: "PERMISSION_DENIED",
  model_not_found: "NOT_FOUND",
  not_found: "NOT_FOUND",
  method_not_allowed: "UNIMPLEMENTED",
  conflict: "ABORTED",
  request_too_large: "INVALID_ARGUMENT",
  unsupported_media_type: "INVALID_ARGUMENT",
  misdirected_request: "INVALID_ARGUMENT",
  unprocessable: "INVALID_ARGUMENT",
  upgrade_required: "FAILED_PRECONDITION",
  rate_limited: "RESOURCE_EXHAUSTED",
  budget_exceeded: "RESOURCE_EXHAUSTED",
  client_closed: "CANCELLED",
  internal: "INTERNAL",
  upstream_auth: "INTERNAL",
  upstream_forbidden: "INTERNAL",
  upstream_quota: "RESOURCE_EXHAUSTED",
  upstream_rate_limited: "RESOURCE_EXHAUSTED",
  upstream_model_not_found: "NOT_FOUND",
  upstream_error: "INTERNAL",
  upstream_unreachable: "UNAVAILABLE",
  upstream_invalid_response: "INTERNAL",
  upstream_truncated: "UNAVAILABLE",
  upstream_overloaded: "UNAVAILABLE",
  upstream_timeout: "DEADLINE_EXCEEDED",
  overloaded: "UNAVAILABLE",
  not_cached: "DEADLINE_EXCEEDED",
};

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto */
const DETAIL = "type.googleapis.com/google.rpc.";
const DOMAIN = "signalbox";

export function encodeError(error: GatewayError, context: ErrorContext): WireError {
  return { status: error.status, body: errorBody(error, context) };
}

/** A plain `data` line: Google's SDKs throw on it, and lose a data line that stands beside an `event` line. */
export function errorEvent(error: GatewayError, context: ErrorContext): SseMessage {
  return { data: JSON.stringify(errorBody(error, context)) };
}

/** The same for a stream that is encoded, whose encoder is not told the request's id. */
export function streamErrorEvent(error: GatewayError): SseMessage {
  return { data: JSON.stringify(errorBody(error, undefined)) };
}

/**
 * The error once more, bare, as Google's servers write it: version 1 of Google's JavaScript SDK, which Gemini CLI
 * bundles, sees no other, and takes half an answer for a whole one. Readers of event streams skip it.
 */
export function errorTail(error: GatewayError, context: ErrorContext): string {
  return JSON.stringify(errorBody(error, context));
}

function errorBody(error: GatewayError, context: ErrorContext | undefined): JsonObject {
  const details = [
    { "@type": `${DETAIL}ErrorInfo`, reason: reasonOf(error.code), domain: DOMAIN },
    ...(error.detail.param === undefined
      ? []
      : [
          {
            "@type": `${DETAIL}BadRequest`,
            fieldViolations: [{ field: error.detail.param, description: error.message }],
          },
        ]),
    ...quotaFailure(error),
    ...(error.detail.retryAfterMs === undefined
      ? []
      : [{ "@type": `${DETAIL}RetryInfo`, retryDelay: `${error.detail.retryAfterMs / 1000}s` }]),
    ...(context === undefined ? [] : [{ "@type": `${DETAIL}RequestInfo`, requestId: context.requestId }]),
  ];
  return { error: { code: error.status, message: messageOf(error), status: STATUS[error.code], details } };
}

/** Such as `TokensPerMinute`: Gemini CLI stops at what is used up for a day, and waits for the rest. */
function quotaFailure({ message, detail: { limit } }: GatewayError): readonly JsonObject[] {
  if (limit === undefined) return [];
  const window = limit.per === undefined ? "" : `Per${capitalised(limit.per)}`;
  const violation = { description: message, quotaId: `${QUOTAS[limit.unit]}${window}` };
  return [{ "@type": `${DETAIL}QuotaFailure`, violations: [violation] }];
}

const QUOTAS: Readonly<Record<LimitDetail["unit"], string>> = {
  requests: "Requests",
  tokens: "Tokens",
  concurrency: "ConcurrentRequests",
  dollars: "Budget",
};

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Google's own reason where clients look for one. */
const reasonOf = (code: ErrorCode): string => (code === "invalid_api_key" ? "API_KEY_INVALID" : code.toUpperCase());

/** Overflow in Google's words, which clients recognise, where the figures are known. */
function messageOf(error: GatewayError): string {
  const { inputTokens, contextLimit } = error.detail;
  if (error.code !== "context_overflow" || inputTokens === undefined || contextLimit === undefined)
    return error.message;
  return `The input token count (${inputTokens}) exceeds the maximum number of tokens allowed (${contextLimit}).`;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  INVALID_ARGUMENT: "invalid_request",
  OUT_OF_RANGE: "invalid_request",
  // Location not supported, billing not enabled: another credential or provider may do.
  FAILED_PRECONDITION: "upstream_forbidden",
  UNAUTHENTICATED: "upstream_auth",
  PERMISSION_DENIED: "upstream_forbidden",
  NOT_FOUND: "upstream_model_not_found",
  RESOURCE_EXHAUSTED: "upstream_rate_limited",
  UNIMPLEMENTED: "unsupported_feature",
  UNAVAILABLE: "upstream_overloaded",
  DEADLINE_EXCEEDED: "upstream_timeout",
  INTERNAL: "upstream_error",
  UNKNOWN: "upstream_error",
  DATA_LOSS: "upstream_error",
  ABORTED: "upstream_error",
  CANCELLED: "upstream_error",
};

const MAX_MESSAGE = 2_000;

export function decodeError(failure: UpstreamFailure): GatewayError {
  const error = errorIn(failure.body);
  if (error === undefined) {
    return upstreamError(codeOfStatus(failure.status), `The upstream answered ${failure.status}.`, failure);
  }
  return decodeErrorObject(error, failure);
}

/** The `error` of a body or of a stream's chunk. */
export function decodeErrorObject(error: JsonObject, failure: Partial<UpstreamFailure> = {}): GatewayError {
  const type = stringOf(error["status"]);
  const status = failure.status ?? numberOf(error["code"]) ?? 500;
  const message = (stringOf(error["message"]) ?? `The upstream answered ${type ?? status}.`).slice(0, MAX_MESSAGE);
  const details = objectsOf(error["details"]);
  const delay = retryInfoMs(details);
  const headers = { ...(delay === undefined ? {} : { "retry-after-ms": String(delay) }), ...failure.headers };
  const code = codeOf({ type, status, message, details });
  const source = { status, headers, body: "", ...(type === undefined ? {} : { type }) };
  return upstreamError(code, message, isPerModel(details) ? { ...source, perModel: true } : source);
}

/** A stream that is asked for without `alt=sse` answers errors as a list of one. */
function errorIn(body: string): JsonObject | undefined {
  try {
    const parsed = parseJson(body);
    const error = objectOf(Array.isArray(parsed) ? parsed[0] : parsed)?.["error"];
    return typeof error === "string" ? { message: error } : objectOf(error);
  } catch {
    return undefined;
  }
}

interface ErrorFacts {
  readonly type: string | undefined;
  readonly status: number;
  readonly message: string;
  readonly details: readonly JsonObject[];
}

const BAD_KEY = /api key (not valid|expired|not found)|api_key_invalid|invalid api key/i;
const NO_MODEL = /models?\/\S+ (is not found|not found|does not exist)|is not (found|supported) for|model .*not found/i;
const POLICY = /safety|prohibited[ _]content|content policy|responsible ai|blocked by/i;
const NO_CREDIT = /credits? (are |is )?(depleted|exhausted)|prepay|billing account|spend(ing)? (cap|limit)|dunning/i;

function codeOf(error: ErrorFacts): ErrorCode {
  const { type, status, message, details } = error;
  const reasons = details.map((detail) => stringOf(detail["reason"]) ?? "");
  // AI Studio answers 400 INVALID_ARGUMENT to a bad key.
  if (reasons.some((reason) => reason.startsWith("API_KEY")) || BAD_KEY.test(message)) return "upstream_auth";
  const known = entryOf(CODES, type);
  const code = known ?? codeOfStatus(status);
  if (code === "upstream_rate_limited") {
    return NO_CREDIT.test(message) || isDailyQuota(details) ? "upstream_quota" : code;
  }
  if (code !== "invalid_request") return code;
  if (status === 413) return "request_too_large";
  if (NO_MODEL.test(message)) return "upstream_model_not_found";
  return POLICY.test(message) ? "content_policy" : code;
}

/** A quota by the day is spent for long; one by the minute is a rate limit. */
function isDailyQuota(details: readonly JsonObject[]): boolean {
  return quotasIn(details).some((quota) => quota.includes("PerDay"));
}

function isPerModel(details: readonly JsonObject[]): boolean {
  const quotas = quotasIn(details);
  return quotas.length > 0 && quotas.every((quota) => quota.includes("PerModel"));
}

/** Such as `GenerateRequestsPerDayPerProjectPerModel-FreeTier`. */
function quotasIn(details: readonly JsonObject[]): readonly string[] {
  return details
    .flatMap((detail) => objectsOf(detail["violations"]))
    .flatMap((violation) => stringOf(violation["quotaId"]) ?? []);
}

/** The error that a body with status 200 turns out to carry. */
export function errorInAnswer(body: JsonObject): GatewayError | undefined {
  const error = objectOf(body["error"]) ?? objectOf(objectOf(arrayOf(body["errors"])[0]));
  return error === undefined ? undefined : decodeErrorObject(error);
}

export const invalidAnswer = (message: string): GatewayError => new Failure("upstream_invalid_response", message);
