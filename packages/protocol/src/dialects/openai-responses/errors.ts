import { type ErrorCode, GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { ErrorContext, UpstreamFailure, WireError } from "../dialect.ts";
import { limitMembers, limitWords } from "../shared/limit-words.ts";
import { codeOfStatus, upstreamError } from "../shared/upstream-error.ts";
import { sseEvent } from "./wire.ts";

interface WireWords {
  readonly type: string;
  readonly code: string | null;
}

const invalid = (code: string | null): WireWords => ({ type: "invalid_request_error", code });
const limited = (code: string): WireWords => ({ type: "rate_limit_error", code });
const server = (code: string): WireWords => ({ type: "server_error", code });

/** https://platform.openai.com/docs/guides/error-codes; where OpenAI has no code, a plain word of ours. */
const WORDS: Readonly<Record<ErrorCode, WireWords>> = {
  invalid_request: invalid(null),
  unsupported_feature: invalid("unsupported_feature"),
  context_overflow: invalid("context_length_exceeded"),
  content_policy: invalid("content_policy_violation"),
  invalid_api_key: invalid("invalid_api_key"),
  permission_denied: invalid("permission_denied"),
  model_not_found: invalid("model_not_found"),
  not_found: invalid("not_found"),
  method_not_allowed: invalid("method_not_allowed"),
  conflict: invalid("idempotency_conflict"),
  request_too_large: invalid("request_too_large"),
  unsupported_media_type: invalid("unsupported_media_type"),
  misdirected_request: invalid("misdirected_request"),
  unprocessable: invalid("unprocessable_entity"),
  upgrade_required: invalid("upgrade_required"),
  rate_limited: limited("rate_limit_exceeded"),
  budget_exceeded: { type: "insufficient_quota", code: "insufficient_quota" },
  client_closed: invalid("client_closed_request"),
  internal: server("internal_error"),
  upstream_auth: server("upstream_error"),
  upstream_forbidden: server("upstream_error"),
  upstream_quota: { type: "insufficient_quota", code: "insufficient_quota" },
  upstream_rate_limited: limited("rate_limit_exceeded"),
  upstream_model_not_found: invalid("model_not_found"),
  upstream_error: server("upstream_error"),
  upstream_unreachable: server("upstream_unreachable"),
  upstream_invalid_response: server("upstream_invalid_response"),
  upstream_truncated: server("upstream_truncated"),
  upstream_overloaded: { type: "service_unavailable_error", code: "server_is_overloaded" },
  upstream_timeout: server("upstream_timeout"),
  overloaded: { type: "service_unavailable_error", code: "server_is_overloaded" },
  not_cached: server("not_cached"),
};

export function encodeError(error: GatewayError, context: ErrorContext): WireError {
  const { type, code } = limitWords(error) ?? WORDS[error.code];
  const words = { message: error.message, type, param: error.detail.param ?? null, code };
  return { status: error.status, body: { error: { ...words, ...limitMembers(error, context) } } };
}

/** The official SDKs throw on an event named `error` and on nothing else. */
export function errorEvent(error: GatewayError, context: ErrorContext & { readonly sequence: number }): SseMessage {
  return sseEvent(errorEventBody(error, context.sequence));
}

export function errorEventBody(error: GatewayError, sequence: number): JsonObject {
  return {
    type: "error",
    sequence_number: sequence,
    code: WORDS[error.code].code ?? WORDS[error.code].type,
    message: error.message,
    param: error.detail.param ?? null,
  };
}

/**
 * `error` of a failed response, in the closed list of OpenAI's schema but for the two codes beside it that OpenAI sends.
 * Codex ends the turn on what is wrong with the request itself, which is `invalid_prompt` there, on overflow, quota, and
 * `server_is_overloaded`; on all others it tries again, which is right for a gateway that will then route elsewhere.
 * https://github.com/openai/codex/blob/main/codex-rs/codex-api/src/sse/responses.rs
 */
export function failureOf(error: GatewayError): JsonObject {
  const { type, code } = WORDS[error.code];
  return { code: FINAL.has(code) ? code : (FAILURES[type] ?? "server_error"), message: error.message };
}

const FINAL: ReadonlySet<string | null> = new Set(["context_length_exceeded", "insufficient_quota"]);
const FAILURES: Readonly<Record<string, string>> = {
  invalid_request_error: "invalid_prompt",
  rate_limit_error: "rate_limit_exceeded",
};

export function decodeError(failure: UpstreamFailure): GatewayError {
  const body = parseJsonObject(failure.body);
  const wire = wireErrorOf(body);
  const byWords = codeOfWords(wire);
  // OpenAI says `slow_down` of an account's own pace with 429, and of its servers' load with 503.
  const code = wire.code === "slow_down" ? codeOfStatus(failure.status) : byWords;
  return upstreamError(code ?? codeOfFailure(failure, wire), wire.message ?? plainMessage(failure), {
    ...failure,
    ...(wire.kind === undefined ? {} : { type: wire.kind }),
  });
}

/** The failure that a stream's `error` or `response.failed` event tells, or a body with status 200. */
export function decodeFailure(error: JsonObject): GatewayError {
  const wire = wireErrorOf({ error });
  const code = codeOfWords(wire) ?? "upstream_error";
  const message = wire.message ?? "The upstream failed without saying why.";
  const { detail, ...found } = upstreamError(code, message, { status: 400, headers: {}, body: "" });
  const { upstreamStatus: _, ...rest } = detail;
  return new GatewayError(found.code, message, wire.kind === undefined ? rest : { ...rest, upstreamType: wire.kind });
}

interface UpstreamWords {
  readonly code?: string;
  readonly type?: string;
  readonly param?: string;
  readonly message?: string;
  /** The upstream's own word for the failure. */
  readonly kind?: string;
}

const LONGEST = 2000;

/** `{error: {…}}` (OpenAI, Azure), `{error: "…"}` (xAI, Ollama), `{message}` and `{detail}` (servers behind a framework). */
function wireErrorOf(body: JsonObject | undefined): UpstreamWords {
  const error = objectOf(body?.["error"]) ?? body ?? {};
  const text = stringOf(error["message"]) ?? stringOf(body?.["error"]) ?? stringOf(error["detail"]);
  const [code, type] = [wordOf(error["code"]), wordOf(error["type"])];
  const param = stringOf(error["param"]);
  const kind = code ?? type;
  return {
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    ...(param === undefined ? {} : { param }),
    ...(text === undefined || text === "" ? {} : { message: text.slice(0, LONGEST) }),
    ...(kind === undefined ? {} : { kind }),
  };
}

const wordOf = (value: JsonObject[string]): string | undefined =>
  typeof value === "number" ? String(value) : stringOf(value);

const BY_WORD: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(context_length_exceeded|string_above_max_length)$/, "context_overflow"],
  [
    /^(insufficient_quota|billing_hard_limit_reached|billing_not_active|credit_balance_exhausted|(organization|project)_(spend|usage)_limit_exceeded)$/,
    "upstream_quota",
  ],
  [/^(rate_limit_exceeded|rate_limit_error|requests|tokens|too_many_requests)$/i, "upstream_rate_limited"],
  [/^(server_is_overloaded|slow_down|overloaded_error|service_unavailable_error)$/, "upstream_overloaded"],
  [/^(model_not_found|DeploymentNotFound|unknown_model)$/, "upstream_model_not_found"],
  [/^(invalid_api_key|authentication_error|account_deactivated)$/, "upstream_auth"],
  [/^(PermissionDenied|unsupported_country_region_territory)$/, "upstream_forbidden"],
  [/^(invalid_prompt|content_filter|ResponsibleAIPolicyViolation|.*_policy(_violation)?)$/, "content_policy"],
  [/^(server_error|internal_error|internal_server_error|api_error)$/, "upstream_error"],
  [/^(invalid_image|image_|unsupported_|previous_response_not_found|failed_to_download)/, "invalid_request"],
  [/^(timeout|request_timeout|vector_store_timeout)$/, "upstream_timeout"],
];

/** The code says more than the type: OpenAI's type is `invalid_request_error` for nearly everything. */
function codeOfWords({ code, type }: UpstreamWords): ErrorCode | undefined {
  const found = [code, type].map((word) => BY_WORD.find(([pattern]) => word !== undefined && pattern.test(word))?.[1]);
  return found.find((known) => known !== undefined);
}

/** A 404 about something in the request (a stored response or item) says nothing about the model. */
function codeOfFailure({ status }: UpstreamFailure, { param, message }: UpstreamWords): ErrorCode {
  const aboutRequest =
    /^(input|previous_response_id|conversation)/.test(param ?? "") || /^Item with id/.test(message ?? "");
  return status === 404 && aboutRequest ? "invalid_request" : codeOfStatus(status);
}

/** HTML is never echoed: it is a proxy's page, not the vendor's words. */
function plainMessage({ status, body }: UpstreamFailure): string {
  const text = body.trim();
  const shown = text === "" || text.startsWith("<") || text.startsWith("{") || text.startsWith("[") ? "" : text;
  return shown === "" ? `The upstream answered with status ${status}.` : shown.slice(0, LONGEST);
}
