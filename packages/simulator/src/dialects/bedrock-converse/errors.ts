import type { Exchange, Failure, FailureKind } from "../../exchange.ts";
import type { Errors, Headers } from "../dialect.ts";
import { bearer, headerText, isBad } from "../shared.ts";

/** https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
export const errors: Errors = {
  headers: (requestId) => ({ "x-amzn-requestid": requestIdOf(requestId) }),
  failureHeaders,
  failureFor,
  badCredential,
  invalidJson: () => invalid("The request body is not valid JSON."),
  body: ({ message }) => ({ message }),
  event: (failure) => `event: ${eventOf(typeOf(failure))}\ndata: ${JSON.stringify({ message: failure.message })}\n\n`,
};

export const invalid = (message: string): Failure => ({ status: 400, message, type: "ValidationException" });

const requestIdOf = (requestId: string): string => `${requestId.padStart(8, "0")}-0000-4000-8000-000000000001`;

const eventOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

const BY_STATUS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ["ValidationException", "Malformed input request, please reformat your input and try again."],
  401: ["UnrecognizedClientException", "The security token included in the request is invalid."],
  403: ["AccessDeniedException", "You don't have access to the model with the specified model ID."],
  404: ["ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier."],
  408: ["ModelTimeoutException", "The request took too long to process."],
  424: ["ModelErrorException", "The request failed due to an error while processing the model."],
  429: ["ThrottlingException", "Too many requests, please wait before trying again."],
  500: [
    "InternalServerException",
    "The system encountered an unexpected error during processing. Try your request again.",
  ],
  503: ["ServiceUnavailableException", "Bedrock is unable to process your request."],
};

/** What Anthropic's own validation says has a type of Anthropic's; Bedrock tells it in its own. */
function typeOf({ type, status }: Failure): string {
  if (type?.endsWith("Exception") === true) return type;
  return (BY_STATUS[status] ?? BY_STATUS[status >= 500 ? 500 : 400])?.[0] ?? "ValidationException";
}

function failureHeaders(failure: Failure): Headers {
  const type = { "x-amzn-errortype": `${typeOf(failure)}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
  const { retryAfterSeconds } = failure;
  return retryAfterSeconds === undefined ? type : { ...type, "retry-after": String(retryAfterSeconds) };
}

function failureFor(kind: FailureKind): Failure {
  if (kind === "context-overflow") return invalid("Input is too long for requested model.");
  if (kind === "quota") {
    const message = "Your request exceeds the service quota for your account.";
    return { status: 400, message, type: "ServiceQuotaExceededException" };
  }
  const [type, message] = BY_STATUS[kind] ?? BY_STATUS[kind >= 500 ? 500 : 400] ?? ["ValidationException", ""];
  return { status: kind, message, type };
}

/** How far the caller's clock may be off. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const SKEW_MS = 5 * 60_000;

/** A Bedrock API key, or AWS's own signature, of which only key, token and time are looked at. */
function badCredential(exchange: Pick<Exchange, "headers">): Failure | undefined {
  if (isBad(bearer(exchange))) {
    return { ...failureFor(403), message: "Authentication failed: Please make sure your API Key is valid." };
  }
  const [, key] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(exchange.headers.authorization ?? "") ?? [];
  return key === undefined ? undefined : badSignature(exchange, key);
}

function badSignature(exchange: Pick<Exchange, "headers">, key: string): Failure | undefined {
  if (key.startsWith("BAD")) return { ...failureFor(401), status: 403 };
  if (headerText(exchange, "x-amz-security-token")?.startsWith("expired") === true) {
    const message = "The security token included in the request is expired";
    return { status: 403, message, type: "ExpiredTokenException" };
  }
  return badTime(headerText(exchange, "x-amz-date") ?? "", Date.now());
}

/** In AWS's words, by which its SDKs set their clocks right. */
function badTime(written: string, now: number): Failure | undefined {
  const signedAt = Date.parse(written.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (Math.abs(now - signedAt) <= SKEW_MS) return undefined;
  const message =
    signedAt > now
      ? `Signature not yet current: ${written} is still later than ${basic(now + SKEW_MS)} (${basic(now)} + 5 min.)`
      : `Signature expired: ${written} is now earlier than ${basic(now - SKEW_MS)} (${basic(now)} - 5 min.)`;
  return { status: 403, message, type: "InvalidSignatureException" };
}

const basic = (time: number): string => new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, "");
