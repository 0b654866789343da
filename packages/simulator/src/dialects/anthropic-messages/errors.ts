import type { Failure, FailureKind } from "../../exchange.ts";
import type { Fields } from "../../json.ts";
import type { Errors, Headers } from "../dialect.ts";
import { bearer, headerText, isBad } from "../shared.ts";

/** https://platform.claude.com/docs/en/api/errors */
export const errors: Errors = {
  headers,
  failureHeaders,
  failureFor,
  badCredential,
  invalidJson: () => invalid("The request body is not valid JSON."),
  body: (failure, requestId) => ({ ...errorBody(failure), request_id: requestIdOf(requestId) }),
  event: (failure) => `event: error\ndata: ${JSON.stringify(errorBody(failure))}\n\n`,
};

export const invalid = (message: string): Failure => ({ status: 400, message, type: "invalid_request_error" });

const errorBody = ({ message, type }: Failure): Fields => ({
  type: "error",
  error: { type: type ?? "api_error", message },
});

const requestIdOf = (requestId: string): string => `req_01${requestId.padStart(22, "0")}`;

const LIMITS = [
  ["requests", 4000, 3999],
  ["input-tokens", 2_000_000, 1_999_000],
  ["output-tokens", 400_000, 399_000],
  ["tokens", 2_400_000, 2_398_000],
] as const;

function headers(requestId: string): Headers {
  const reset = inSeconds(0);
  const all: Record<string, string> = {
    "request-id": requestIdOf(requestId),
    "anthropic-organization-id": "00000000-0000-4000-8000-000000000001",
  };
  for (const [name, limit, remaining] of LIMITS) {
    all[`anthropic-ratelimit-${name}-limit`] = String(limit);
    all[`anthropic-ratelimit-${name}-remaining`] = String(remaining);
    all[`anthropic-ratelimit-${name}-reset`] = reset;
  }
  return all;
}

const inSeconds = (seconds: number): string => `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;

function failureHeaders({ status, retryAfterSeconds }: Failure): Headers {
  const shouldRetry = { "x-should-retry": status === 429 || status >= 500 ? "true" : "false" };
  if (retryAfterSeconds === undefined) return shouldRetry;
  const delay = { ...shouldRetry, "retry-after": String(retryAfterSeconds) };
  if (status !== 429) return delay;
  return {
    ...delay,
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": inSeconds(retryAfterSeconds),
  };
}

function badCredential(exchange: Parameters<Errors["badCredential"]>[0]): Failure | undefined {
  const bad = { status: 401, type: "authentication_error" };
  if (isBad(headerText(exchange, "x-api-key"))) return { ...bad, message: "invalid x-api-key" };
  return isBad(bearer(exchange)) ? { ...bad, message: "Invalid bearer token" } : undefined;
}

const BY_STATUS: Readonly<Record<number, Omit<Failure, "status">>> = {
  400: { message: "Bad request.", type: "invalid_request_error" },
  401: { message: "invalid x-api-key", type: "authentication_error" },
  402: { message: "Your credit balance is too low to access the Anthropic API.", type: "billing_error" },
  403: { message: "Your API key does not have permission to use the specified resource.", type: "permission_error" },
  404: { message: "model: unknown", type: "not_found_error" },
  413: { message: "Request exceeds the maximum size", type: "request_too_large" },
  429: {
    message: "This request would exceed your organization's rate limit. Please try again later.",
    type: "rate_limit_error",
    retryAfterSeconds: 1,
  },
  500: { message: "Internal server error", type: "api_error" },
  504: { message: "Request timed out", type: "timeout_error" },
  529: { message: "Overloaded", type: "overloaded_error" },
};

function failureFor(kind: FailureKind): Failure {
  if (kind === "context-overflow") return invalid("prompt is too long: 300000 tokens > 200000 maximum");
  if (kind === "quota")
    return invalid(
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    );
  const known = BY_STATUS[kind] ?? (kind === 503 ? BY_STATUS[529] : BY_STATUS[kind >= 500 ? 500 : 400]);
  return { message: "Bad request.", ...known, status: kind };
}
