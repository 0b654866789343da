/** What a retry may hope for: nothing, another target only, or any target including the same one again. */
export type RetryAdvice = "never" | "other-target" | "any-target";

/** What the failure says something about: this request alone, the credential used, or the endpoint. */
export type ErrorScope = "request" | "credential" | "endpoint";

interface ErrorRow {
  readonly status: number;
  readonly retry: RetryAdvice;
  readonly scope: ErrorScope;
}

const row = (status: number, retry: RetryAdvice, scope: ErrorScope): ErrorRow => ({ status, retry, scope });

/** The one table of failures. Dialects own the wire words for each code, in their `errors.ts`. */
export const ERROR_TABLE = {
  invalid_request: row(400, "never", "request"),
  unsupported_feature: row(400, "other-target", "request"),
  context_overflow: row(400, "other-target", "request"),
  content_policy: row(400, "other-target", "request"),
  invalid_api_key: row(401, "never", "request"),
  permission_denied: row(403, "never", "request"),
  model_not_found: row(404, "never", "request"),
  not_found: row(404, "never", "request"),
  method_not_allowed: row(405, "never", "request"),
  conflict: row(409, "never", "request"),
  request_too_large: row(413, "other-target", "request"),
  unsupported_media_type: row(415, "never", "request"),
  misdirected_request: row(421, "never", "request"),
  unprocessable: row(422, "never", "request"),
  upgrade_required: row(426, "never", "request"),
  rate_limited: row(429, "never", "request"),
  budget_exceeded: row(429, "never", "request"),
  client_closed: row(499, "never", "request"),
  internal: row(500, "never", "request"),
  /** The upstream answered 401 or 403 about the gateway's own credential. */
  upstream_auth: row(502, "other-target", "credential"),
  /** The upstream's account is out of credit or quota. */
  upstream_quota: row(429, "other-target", "credential"),
  upstream_rate_limited: row(429, "other-target", "credential"),
  /** The upstream does not know the model. */
  upstream_model_not_found: row(404, "other-target", "request"),
  upstream_error: row(502, "any-target", "endpoint"),
  upstream_unreachable: row(502, "any-target", "endpoint"),
  /** The upstream answered something that is not its dialect. */
  upstream_invalid_response: row(502, "any-target", "endpoint"),
  /** The upstream's stream ended before its terminal event. */
  upstream_truncated: row(502, "any-target", "endpoint"),
  upstream_overloaded: row(503, "any-target", "endpoint"),
  upstream_timeout: row(504, "any-target", "endpoint"),
  overloaded: row(503, "never", "request"),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export const ERROR_CODES: readonly ErrorCode[] = Object.keys(ERROR_TABLE).filter(
  (code): code is ErrorCode => code in ERROR_TABLE,
);

export interface ErrorDetail {
  /** The request field at fault, as a path (`messages[2].content`). */
  readonly param?: string;
  /** How long to wait before another try, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The upstream's HTTP status, where there was one. */
  readonly upstreamStatus?: number;
  /** The upstream's own error type or code. */
  readonly upstreamType?: string;
  /** For `context_overflow`: what was asked and what fits, in tokens, where the upstream told. */
  readonly inputTokens?: number;
  readonly maxOutputTokens?: number;
  readonly contextLimit?: number;
  readonly cause?: unknown;
}

/** The one error class. `message` is safe to show to the client. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.detail = detail;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get retry(): RetryAdvice {
    return ERROR_TABLE[this.code].retry;
  }

  get scope(): ErrorScope {
    return ERROR_TABLE[this.code].scope;
  }
}

/** Shorthand for the failure that decoders raise most. */
export function invalidRequest(message: string, param?: string): GatewayError {
  return new GatewayError("invalid_request", message, param === undefined ? {} : { param });
}
