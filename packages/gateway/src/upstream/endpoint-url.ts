import { type ClaudeHost, GatewayError } from "@signalbox/protocol";
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

export interface Paths {
  readonly generate: string;
  readonly stream: string;
  /** `undefined`: the dialect has no such operation. */
  readonly countTokens: string | undefined;
}

/** The paths of the clouds that host Claude; Vertex's base URL ends with `/projects/PROJECT/locations/LOCATION`. */
const HOST_PATHS: Readonly<Record<ClaudeHost, Paths>> = {
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
  bedrock: {
    generate: "/model/{model}/invoke",
    stream: "/model/{model}/invoke-with-response-stream",
    countTokens: "/model/{model}/count-tokens",
  },
  vertex: {
    generate: "/publishers/anthropic/models/{model}:rawPredict",
    stream: "/publishers/anthropic/models/{model}:streamRawPredict",
    countTokens: "/publishers/anthropic/models/count-tokens:rawPredict",
  },
};

/** The dialects' own paths below an endpoint's base URL. */
const PATHS: Readonly<Record<EndpointDialect, Paths>> = {
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
  "bedrock-converse": {
    generate: "/model/{model}/converse",
    stream: "/model/{model}/converse-stream",
    countTokens: undefined,
  },
};

/** The URL of a call. Throws `not_found` where the endpoint has no such operation. */
export function callUrl(endpoint: ResolvedEndpoint, call: Call): URL {
  const url = endpointUrl(endpoint, call);
  if (url === undefined) throw new GatewayError("not_found", "The upstream has no such operation.");
  return url;
}

/** The paths of an endpoint's calls below its base URL, with `{model}` where a model's name stands. */
export function callPaths({ host, dialect, paths }: ResolvedEndpoint): Paths {
  const own = host === undefined ? PATHS[dialect] : HOST_PATHS[host];
  return {
    generate: paths.generate ?? own.generate,
    stream: paths.stream ?? paths.generate ?? own.stream,
    countTokens: paths.countTokens ?? own.countTokens,
  };
}

/** The URL of a call, or undefined where the endpoint has no such operation. */
export function endpointUrl(endpoint: ResolvedEndpoint, call: Call): URL | undefined {
  const { generate, stream, countTokens } = callPaths(endpoint);
  const path = call.operation === "count-tokens" ? countTokens : call.stream ? stream : generate;
  if (path === undefined) return undefined;
  const url = new URL(endpoint.baseUrl + path.replace("{model}", () => modelAt(endpoint, call.model)));
  addQuery(url, endpoint, call.query ?? "");
  // Without `alt=sse` Gemini streams one JSON array, which no reader can relay event by event.
  if (endpoint.dialect === "gemini" && call.stream) url.searchParams.set("alt", "sse");
  return url;
}

/** Clouds know none of what Anthropic's clients write there (`beta=true`), and Google refuses it. What a path says itself stands. */
function addQuery({ searchParams }: URL, { host }: ResolvedEndpoint, query: string): void {
  if (query === "" || host !== undefined) return;
  const own = new Set(searchParams.keys());
  for (const [name, value] of new URLSearchParams(query)) if (!own.has(name)) searchParams.append(name, value);
}

/** One segment at Bedrock, whose ARNs have slashes. Vertex writes an `@` before a model's date. */
function modelAt({ dialect, host }: ResolvedEndpoint, model: string): string {
  const encoded = encodedModel(model);
  // As AWS's libraries encode it, which is what its servers sign.
  if (host === "bedrock" || dialect === "bedrock-converse") return encoded.replaceAll(/[/!'()*]/g, inHex);
  return host === undefined ? encoded : encoded.replaceAll("%40", "@");
}

const inHex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** A model's name as path segments. URLs resolve `.` and `..` even when they are encoded, so no name may hold them. */
export function encodedModel(model: string): string {
  if (!model.isWellFormed()) throw new GatewayError("model_not_found", "The model's name is not valid text.");
  const segments = model.split("/");
  if (segments.some((segment) => segment === "." || segment === "..")) {
    throw new GatewayError("model_not_found", "A model's name cannot hold the path segments '.' and '..'.");
  }
  return segments.map(encodeURIComponent).join("/");
}
