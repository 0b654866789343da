import type { IncomingMessage } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import type { Surface } from "../../pipeline/exchange.ts";
import { pathOf, queryOf } from "./shape.ts";

const METHODS: Readonly<Record<string, Pick<Surface, "operation" | "stream">>> = {
  generateContent: { operation: "generate", stream: false },
  streamGenerateContent: { operation: "generate", stream: true },
  countTokens: { operation: "count-tokens", stream: false },
  embedContent: { operation: "embeddings", stream: false },
  predict: { operation: "images", stream: false },
  batchEmbedContents: { operation: "embeddings", stream: false },
  batchGenerateContent: { operation: "batch", stream: false },
};

/**
 * `…/models/{model}:{method}`; the model may contain slashes, raw or encoded, and colons. Below `/v1beta/`, `models/` may
 * be missing: @ai-sdk/google, and so opencode, leaves it out before a name with a slash. Two versions stand before it when
 * google-genai, which adds one, is given a base URL with one, as in ToRouter's documents:
 * https://www.torouter.ai/docs/gateway/gemini
 */
export function geminiSurface(request: IncomingMessage): Surface {
  return geminiMethodSurface(request, pathOf(request).replace(/^.*?\/((?:v1(?:beta)?\/)+models|v1beta)\//, ""));
}

export const isGeminiMethod = (name: string): boolean => Object.hasOwn(METHODS, name);

/** `rest`: `{model}:{method}`. */
export function geminiMethodSurface(request: IncomingMessage, rest: string): Surface {
  const colon = rest.lastIndexOf(":");
  const name = rest.slice(colon + 1);
  const method = isGeminiMethod(name) ? METHODS[name] : undefined;
  if (colon <= 0 || method === undefined) throw new GatewayError("not_found", "There is no such method of a model.");
  const query = queryOf(request);
  const framing = new URLSearchParams(query).get("alt") === "sse" ? "sse" : "json-array";
  return { dialect: "gemini", ...method, model: decodedModel(rest.slice(0, colon)), framing, query };
}

/** A model's name as it stands in a path, decoded. Throws `model_not_found` on what is no valid encoding. */
export function decodedModel(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new GatewayError("model_not_found", "The model's name in the path is not valid.", { cause });
  }
}
