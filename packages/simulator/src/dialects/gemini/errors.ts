import type { Exchange, Failure, FailureKind } from "../../exchange.ts";
import type { Fields } from "../../json.ts";
import type { Errors, Headers } from "../dialect.ts";
import { bearer, headerText, isBad } from "../shared.ts";

/** https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.Status */
export const errors: Errors = {
  headers,
  failureHeaders: () => ({}),
  failureFor,
  badCredential,
  invalidJson: () => invalid("Invalid JSON payload received. Unexpected end of string."),
  body: (failure, _requestId, exchange) => (isArrayStream(exchange) ? [errorBody(failure)] : errorBody(failure)),
  event: (failure) => `data: ${JSON.stringify(errorBody(failure))}\r\n\r\n`,
};

export function invalid(message: string, details?: readonly Fields[]): Failure {
  return { status: 400, message, type: "INVALID_ARGUMENT", ...(details && { details }) };
}

/** A stream that is one JSON array fails as an array too. */
const isArrayStream = ({ stream, query }: Pick<Exchange, "stream" | "query">): boolean =>
  stream && query.get("alt") !== "sse";

function errorBody({ status, message, type, details, retryAfterSeconds }: Failure): Fields {
  const all = [...(details ?? []), ...(retryAfterSeconds === undefined ? [] : [retryInfo(retryAfterSeconds)])];
  return { error: { code: status, message, status: type ?? "UNKNOWN", ...(all.length > 0 && { details: all }) } };
}

const retryInfo = (seconds: number): Fields => ({
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay: `${seconds}s`,
});

function headers(requestId: string): Headers {
  return {
    server: "scaffolding on HTTPServer2",
    "server-timing": "gfet4t7; dur=12",
    "x-xss-protection": "0",
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    vary: "Origin, X-Origin, Referer",
    "x-gemini-service-tier": "standard",
    "x-goog-request-id": requestId,
  };
}

/** An API key is an argument and a token is an identity, hence the two statuses. */
function badCredential(exchange: Parameters<Errors["badCredential"]>[0]): Failure | undefined {
  const key = headerText(exchange, "x-goog-api-key") ?? exchange.query.get("key") ?? undefined;
  if (isBad(key))
    return invalid("API key not valid. Please pass a valid API key.", [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "API_KEY_INVALID",
        domain: "googleapis.com",
        metadata: { service: "generativelanguage.googleapis.com" },
      },
    ]);
  return isBad(bearer(exchange)) ? failureFor(401) : undefined;
}

const BY_STATUS: Readonly<Record<number, Omit<Failure, "status">>> = {
  400: { message: "Request contains an invalid argument.", type: "INVALID_ARGUMENT" },
  401: {
    message:
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
    type: "UNAUTHENTICATED",
  },
  403: { message: "The caller does not have permission", type: "PERMISSION_DENIED" },
  404: {
    message: "models/unknown is not found for API version v1beta, or is not supported for generateContent.",
    type: "NOT_FOUND",
  },
  413: { message: "Request payload size exceeds the limit: 104857600 bytes.", type: "INVALID_ARGUMENT" },
  429: {
    message: "You exceeded your current quota, please check your plan and billing details.",
    type: "RESOURCE_EXHAUSTED",
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel" }],
      },
    ],
    retryAfterSeconds: 1,
  },
  499: { message: "The operation was cancelled.", type: "CANCELLED" },
  500: { message: "An internal error has occurred.", type: "INTERNAL" },
  503: { message: "The model is overloaded. Please try again later.", type: "UNAVAILABLE" },
  504: { message: "Deadline expired before operation could complete.", type: "DEADLINE_EXCEEDED" },
};

function failureFor(kind: FailureKind): Failure {
  if (kind === "context-overflow")
    return invalid("The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).");
  if (kind === "quota") {
    const { retryAfterSeconds: _, ...exhausted } = failureFor(429);
    return exhausted;
  }
  const known = BY_STATUS[kind] ?? BY_STATUS[kind >= 500 ? 503 : 400];
  return { message: "Request contains an invalid argument.", ...known, status: kind };
}
