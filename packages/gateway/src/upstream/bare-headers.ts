import type { IncomingHttpHeaders } from "node:http";

/** What any API may be told of a body, and asked of an answer. */
const FORWARDED: ReadonlySet<string> = new Set([
  "accept",
  "accept-language",
  "content-encoding",
  "content-md5",
  "content-type",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
  "user-agent",
  "x-client-request-id",
  "x-server-timeout",
]);

/** The vendors' own, of which there are more than anybody knows. */
const VENDORS = ["anthropic-", "openai-", "x-goog-", "x-amzn-bedrock-", "x-ms-", "x-codex-"];

/** Of those, what lets somebody in or says who pays: both are the operator's. */
const OPERATORS =
  /^(?:x-goog-(?:api-key|user-project|authenticated-|iap-|iam-)|openai-(?:organization|project)|x-ms-(?:client-principal|token|authorization))/;

/**
 * The client's headers that go on with a bare request. Hop-by-hop headers, cookies, credentials and what is said to the gateway never
 * pass, nor what the client's `connection` names as being for one hop.
 */
export function bareRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const ofHop = new Set((headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  const forwarded: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const known = FORWARDED.has(name) || (VENDORS.some((prefix) => name.startsWith(prefix)) && !OPERATORS.test(name));
    if (typeof value === "string" && known && !ofHop.has(name)) forwarded[name] = value;
  }
  return forwarded;
}

const RETURNED: ReadonlySet<string> = new Set([
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "openai-model",
  "openai-processing-ms",
  "openai-version",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
]);

/** What of a bare answer's head is for the client: cookies, rate limits and organisation ids are of the account and stay here. */
export function bareResponseHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const returned: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string" && RETURNED.has(name)) returned[name] = value;
  }
  const upstreamId = headers["x-request-id"] ?? headers["request-id"];
  if (typeof upstreamId === "string") returned["x-upstream-request-id"] = upstreamId;
  return returned;
}
