import type { IncomingHttpHeaders } from "node:http";
import type { EndpointDialect } from "../config/quirks.ts";

/**
 * The client's headers that go on to an upstream of its own dialect. Open where the vendor asks gateways to be
 * (all `anthropic-*`, unknown ones too: https://code.claude.com/docs/en/llm-gateway-protocol), closed elsewhere:
 * hop-by-hop headers, cookies and credentials never pass. Nor does `idempotency-key`: upstreams would see the same word of two
 * clients under one credential, and answer one with what the other was answered.
 */
const FORWARDED: Readonly<Record<EndpointDialect, { names: ReadonlySet<string>; prefixes: readonly string[] }>> = {
  "openai-chat": { names: new Set(["openai-beta", "x-client-request-id"]), prefixes: [] },
  "openai-responses": {
    names: new Set(["openai-beta", "x-client-request-id", "originator", "session-id", "session_id", "thread-id"]),
    prefixes: ["x-codex-"],
  },
  "anthropic-messages": { names: new Set(), prefixes: ["anthropic-"] },
  gemini: { names: new Set(["x-goog-api-client", "x-server-timeout"]), prefixes: [] },
  // No client speaks it.
  "bedrock-converse": { names: new Set(), prefixes: [] },
};

export function forwardedRequestHeaders(
  dialect: EndpointDialect,
  headers: IncomingHttpHeaders,
): Record<string, string> {
  const { names, prefixes } = FORWARDED[dialect];
  const forwarded: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== "string") continue;
    if (names.has(name) || name === "user-agent" || prefixes.some((prefix) => name.startsWith(prefix)))
      forwarded[name] = value;
  }
  return forwarded;
}

const RETURNED: ReadonlySet<string> = new Set([
  "openai-processing-ms",
  "openai-version",
  "openai-model",
  "retry-after",
  "retry-after-ms",
]);

/**
 * The upstream's headers that go back to a client of its dialect. Rate limits and organisation ids are the shared
 * credential's, not the client's, and stay here.
 */
export function returnedResponseHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const returned: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== "string") continue;
    if (RETURNED.has(name) || name.startsWith("x-codex-")) returned[name] = value;
  }
  const upstreamId = headers["x-request-id"] ?? headers["request-id"];
  if (typeof upstreamId === "string") returned["x-upstream-request-id"] = upstreamId;
  return returned;
}
