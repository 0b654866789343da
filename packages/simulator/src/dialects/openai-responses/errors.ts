import type { Failure, FailureKind } from "../../exchange.ts";
import type { Fields } from "../../json.ts";
import type { Errors, Headers } from "../dialect.ts";
import { bearer, headerText, isBad } from "../shared.ts";

/** https://platform.openai.com/docs/guides/error-codes/api-errors */
export const errors: Errors = {
  headers,
  failureHeaders,
  failureFor,
  badCredential,
  invalidJson: () => invalid("We could not parse the JSON body of your request."),
  body: errorBody,
  event: errorEvent,
};

export function invalid(message: string, param: string | null = null, code: string | null = null): Failure {
  return { status: 400, message, type: "invalid_request_error", param, code };
}

function errorBody({ message, type, param, code }: Failure): Fields {
  return { error: { message, type: type ?? "invalid_request_error", param: param ?? null, code: code ?? null } };
}

/** The `error` event is flat: https://platform.openai.com/docs/api-reference/responses-streaming/error */
function errorEvent({ message, param, code, type }: Failure, sent: number): string {
  const data = { type: "error", code: code ?? type ?? null, message, param: param ?? null, sequence_number: sent };
  return `event: error\ndata: ${JSON.stringify(data)}\n\n`;
}

function headers(requestId: string): Headers {
  return {
    "x-request-id": `req_${requestId.padStart(32, "0")}`,
    "openai-processing-ms": "15",
    "openai-version": "2020-10-01",
    "openai-organization": "signalbox-simulator",
    "x-ratelimit-limit-requests": "30000",
    "x-ratelimit-limit-tokens": "150000000",
    "x-ratelimit-remaining-requests": "29999",
    "x-ratelimit-remaining-tokens": "149999967",
    "x-ratelimit-reset-requests": "2ms",
    "x-ratelimit-reset-tokens": "0s",
  };
}

function failureHeaders({ status, retryAfterSeconds }: Failure): Headers {
  if (retryAfterSeconds === undefined) return {};
  const delay = { "retry-after": String(retryAfterSeconds), "retry-after-ms": String(retryAfterSeconds * 1000) };
  if (status !== 429) return delay;
  return { ...delay, "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": `${retryAfterSeconds}s` };
}

function badCredential(exchange: Parameters<Errors["badCredential"]>[0]): Failure | undefined {
  const key = bearer(exchange) ?? headerText(exchange, "api-key");
  if (key === undefined || !isBad(key)) return undefined;
  const message = `Incorrect API key provided: ${key.slice(0, 8)}*****. You can find your API key at https://platform.openai.com/account/api-keys.`;
  return { status: 401, message, type: "invalid_request_error", code: "invalid_api_key" };
}

const BY_STATUS: Readonly<Record<number, Omit<Failure, "status">>> = {
  401: { message: "Incorrect API key provided: sk-sim*****.", type: "invalid_request_error", code: "invalid_api_key" },
  403: {
    message: "You have insufficient permissions for this operation.",
    type: "invalid_request_error",
    code: "permission_denied",
  },
  404: {
    message: "The requested model does not exist.",
    type: "invalid_request_error",
    param: "model",
    code: "model_not_found",
  },
  413: { message: "Request body is too large.", type: "invalid_request_error", code: "request_too_large" },
  429: {
    message: "Rate limit reached for requests. Please try again in 1s.",
    type: "requests",
    code: "rate_limit_exceeded",
    retryAfterSeconds: 1,
  },
  500: {
    message: "An error occurred while processing your request. You can retry your request.",
    type: "server_error",
    code: "server_error",
  },
  503: {
    message: "Our servers are currently overloaded. Please try again later.",
    type: "service_unavailable_error",
    code: "server_is_overloaded",
  },
};

function failureFor(kind: FailureKind): Failure {
  if (kind === "context-overflow") {
    const message = "Your input exceeds the context window of this model. Please adjust your input and try again.";
    return invalid(message, "input", "context_length_exceeded");
  }
  if (kind === "quota") {
    const message = "You exceeded your current quota, please check your plan and billing details.";
    return { status: 429, message, type: "insufficient_quota", code: "insufficient_quota" };
  }
  const known = BY_STATUS[kind] ?? (kind >= 500 ? BY_STATUS[500] : undefined);
  return { message: "Bad request.", type: "invalid_request_error", ...known, status: kind };
}
