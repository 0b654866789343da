import type { IncomingMessage } from "node:http";
import { countTokens } from "../pipeline/count-tokens.ts";
import type { Exchange, Surface } from "../pipeline/exchange.ts";
import { generate } from "../pipeline/generate.ts";
import { geminiSurface } from "./surfaces/gemini-path.ts";
import { queryOf } from "./surfaces/shape.ts";

/** What SDKs and the systems whose clients we take over put before the paths. */
export const PREFIXES = ["", "/api", "/openai", "/anthropic", "/genai"] as const;

export interface DataRoute {
  readonly path: string;
  readonly surface: (request: IncomingMessage) => Surface;
}

const fixed =
  (surface: Pick<Surface, "dialect" | "operation">) =>
  (request: IncomingMessage): Surface => ({
    ...surface,
    framing: "sse",
    query: queryOf(request),
  });

/** Every path on which a client speaks a dialect to us. All are POST. */
export const DATA_ROUTES: readonly DataRoute[] = [
  { path: "/v1/chat/completions", surface: fixed({ dialect: "openai-chat", operation: "generate" }) },
  { path: "/v1/responses", surface: fixed({ dialect: "openai-responses", operation: "generate" }) },
  { path: "/v1/responses/input_tokens", surface: fixed({ dialect: "openai-responses", operation: "count-tokens" }) },
  { path: "/v1/messages", surface: fixed({ dialect: "anthropic-messages", operation: "generate" }) },
  { path: "/v1/messages/count_tokens", surface: fixed({ dialect: "anthropic-messages", operation: "count-tokens" }) },
  { path: "/v1beta/*", surface: geminiSurface },
  { path: "/v1/models/*", surface: geminiSurface },
];

/** Where the models are listed, and below it each one. All are GET. */
export const MODEL_PATHS = ["/v1/models", "/v1beta/models"] as const;

export function run(exchange: Exchange): Promise<void> {
  return exchange.surface.operation === "generate" ? generate(exchange) : countTokens(exchange);
}
