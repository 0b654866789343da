import { GatewayError } from "@signalbox/protocol";
import type { EndpointDialect } from "../config/quirks.ts";
import type { ResolvedEndpoint } from "../providers/resolved.ts";

export type Operation = "generate" | "count-tokens";

export interface Call {
  readonly operation: Operation;
  readonly model: string;
  readonly stream: boolean;
  /** The client's query, in the passthrough lane, without credentials. */
  readonly query?: string;
}

/** The dialects' own paths below an endpoint's base URL. `undefined`: the dialect has no such operation. */
const PATHS: Readonly<Record<EndpointDialect, { generate: string; stream: string; countTokens: string | undefined }>> =
  {
    "openai-chat": { generate: "/chat/completions", stream: "/chat/completions", countTokens: undefined },
    "openai-responses": { generate: "/responses", stream: "/responses", countTokens: "/responses/input_tokens" },
    "anthropic-messages": {
      generate: "/v1/messages",
      stream: "/v1/messages",
      countTokens: "/v1/messages/count_tokens",
    },
    gemini: {
      generate: "/v1beta/models/{model}:generateContent",
      stream: "/v1beta/models/{model}:streamGenerateContent",
      countTokens: "/v1beta/models/{model}:countTokens",
    },
  };

/** The URL of a call. Throws `not_found` where the endpoint has no such operation. */
export function callUrl(endpoint: ResolvedEndpoint, call: Call): URL {
  const url = endpointUrl(endpoint, call);
  if (url === undefined) throw new GatewayError("not_found", "The upstream has no such operation.");
  return url;
}

/** The URL of a call, or undefined where the endpoint has no such operation. */
export function endpointUrl(endpoint: ResolvedEndpoint, call: Call): URL | undefined {
  const own = PATHS[endpoint.dialect];
  const given = endpoint.paths;
  const path =
    call.operation === "count-tokens"
      ? (given.countTokens ?? own.countTokens)
      : call.stream
        ? (given.stream ?? given.generate ?? own.stream)
        : (given.generate ?? own.generate);
  if (path === undefined) return undefined;
  const url = new URL(endpoint.baseUrl + path.replace("{model}", encodedModel(call.model)));
  for (const [name, value] of new URLSearchParams(call.query ?? "")) url.searchParams.append(name, value);
  // Without `alt=sse` Gemini streams one JSON array, which no reader can relay event by event.
  if (endpoint.dialect === "gemini" && call.stream) url.searchParams.set("alt", "sse");
  return url;
}

/** A model's name as path segments. URLs resolve `.` and `..` even when they are encoded, so no name may hold them. */
export function encodedModel(model: string): string {
  const segments = model.split("/");
  if (segments.some((segment) => segment === "." || segment === "..")) {
    throw new GatewayError("model_not_found", "A model's name cannot hold the path segments '.' and '..'.");
  }
  return segments.map(encodeURIComponent).join("/");
}
