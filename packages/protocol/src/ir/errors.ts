/** What a retry may hope for: nothing, another target only, or any target including the same one again. */
export type RetryAdvice = "never" | "other-target" | "any-target";

/** What the failure says something about: this request alone, the credential used, or the endpoint. */
export type ErrorScope = "request" | "credential" | "endpoint";

/**
 * What is left alone for a while after the failure. `pause`: this credential with this model, until the upstream's own time.
 * `place`: the same, unless it has answered lately, until one request has found it well again. `credential`: likewise, with
 * every model. `endpoint`: the breaker counts it against the model at its provider.
 */
export type ErrorRest =
  | { readonly of: "endpoint" }
  | {
      readonly of: "pause" | "place" | "credential";
      /** When it happens once and the upstream names no time; it doubles from there, up to `longestMs`. */
      readonly firstMs: number;
      readonly longestMs: number;
    };

interface ErrorRow {
  readonly status: number;
  readonly retry: RetryAdvice;
  readonly scope: ErrorScope;
  /** Absent: the failure says nothing of anyone's health. */
  readonly rest?: ErrorRest;
}

const own = (status: number): ErrorRow => ({ status, retry: "never", scope: "request" });
const request = (status: number): ErrorRow => ({ status, retry: "other-target", scope: "request" });
const credential = (status: number, rest: ErrorRest): ErrorRow => ({
  status,
  retry: "other-target",
  scope: "credential",
  rest,
});
const endpoint = (status: number): ErrorRow => ({
  status,
  retry: "any-target",
  scope: "endpoint",
  rest: { of: "endpoint" },
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The one table of failures. Dialects own the wire words for each code, in their `errors.ts`. */
export const ERROR_TABLE = {
  invalid_request: own(400),
  /** Found before anything was sent: another target may be able to say it. */
  unsupported_feature: request(400),
  /** Only a target with a larger context window may follow. */
  context_overflow: request(400),
  content_policy: own(400),
  invalid_api_key: own(401),
  permission_denied: own(403),
  model_not_found: own(404),
  not_found: own(404),
  method_not_allowed: own(405),
  conflict: own(409),
  request_too_large: own(413),
  unsupported_media_type: own(415),
  misdirected_request: own(421),
  unprocessable: own(422),
  upgrade_required: own(426),
  rate_limited: own(429),
  budget_exceeded: own(429),
  client_closed: own(499),
  internal: own(500),
  /** The upstream did not take the gateway's credential. Keys are mended and rotated, so it is tried again. */
  upstream_auth: credential(502, { of: "credential", firstMs: 30 * SECOND, longestMs: 10 * MINUTE }),
  /** The upstream knows the credential and does not let it do this: a model, a region, a feature. Not the key's fault. */
  upstream_forbidden: credential(502, { of: "place", firstMs: 30 * SECOND, longestMs: 30 * MINUTE }),
  /** The upstream's account is out of credit or quota. */
  upstream_quota: credential(429, { of: "credential", firstMs: 10 * MINUTE, longestMs: 60 * MINUTE }),
  upstream_rate_limited: credential(429, { of: "pause", firstMs: SECOND, longestMs: 2 * MINUTE }),
  /** The upstream does not know the model, or does not show it to this account. */
  upstream_model_not_found: {
    status: 404,
    retry: "other-target",
    scope: "endpoint",
    rest: { of: "place", firstMs: 30 * SECOND, longestMs: 30 * MINUTE },
  },
  upstream_error: endpoint(502),
  upstream_unreachable: endpoint(502),
  /** The upstream answered something that is not its dialect. */
  upstream_invalid_response: endpoint(502),
  /** The upstream's stream ended before its terminal event. */
  upstream_truncated: endpoint(502),
  upstream_overloaded: endpoint(503),
  upstream_timeout: endpoint(504),
  overloaded: own(503),
  /** The client takes a kept answer only, and none is. https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1.7 */
  not_cached: own(504),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export const ERROR_CODES: readonly ErrorCode[] = Object.keys(ERROR_TABLE).filter(
  (code): code is ErrorCode => code in ERROR_TABLE,
);

/** A limit of the caller's own that is used up. */
export interface LimitDetail {
  readonly unit: "requests" | "tokens" | "concurrency" | "dollars";
  /** `minute`, `5h`, `day`, `month`, `total`; absent: of no window. */
  readonly per?: string;
}

export interface ErrorDetail {
  /** The request field at fault, as a path (`messages[2].content`). */
  readonly param?: string;
  /** How long to wait before another try, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The upstream's HTTP status, where there was one. */
  readonly upstreamStatus?: number;
  /** The upstream's own error type or code. */
  readonly upstreamType?: string;
  /** The message is the upstream's own: it may repeat what it was asked. */
  readonly upstreamWords?: true;
  /** For `context_overflow`: what was asked and what fits, in tokens, where the upstream told. */
  readonly inputTokens?: number;
  readonly maxOutputTokens?: number;
  readonly contextLimit?: number;
  /** For `upstream_quota`: it is this model's alone, and the account's other models still answer. */
  readonly perModel?: boolean;
  /** For `rate_limited` and `budget_exceeded`. */
  readonly limit?: LimitDetail;
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

  get rest(): ErrorRest | undefined {
    return restOf(ERROR_TABLE[this.code]);
  }
}

const restOf = ({ rest }: ErrorRow): ErrorRest | undefined => rest;

/** Shorthand for the failure that decoders raise most. */
export function invalidRequest(message: string, param?: string): GatewayError {
  return new GatewayError("invalid_request", message, param === undefined ? {} : { param });
}
