import type { IncomingMessage } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import type { Surface } from "../../pipeline/exchange.ts";
import { decodedModel, geminiMethodSurface, isGeminiMethod } from "./gemini-path.ts";
import { pathOf, queryOf } from "./shape.ts";

type Method = Pick<Surface, "operation"> & { readonly stream: boolean };

const ONCE: Method = { operation: "generate", stream: false };
const STREAM: Method = { operation: "generate", stream: true };
const COUNT: Method = { operation: "count-tokens", stream: false };

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html */
const BEDROCK: ReadonlyMap<string, Method> = new Map([
  ["invoke", ONCE],
  ["invoke-with-response-stream", STREAM],
  ["count-tokens", COUNT],
]);

/** https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude */
const VERTEX: ReadonlyMap<string, Method> = new Map([
  ["rawPredict", ONCE],
  ["streamRawPredict", STREAM],
]);

/** `/model/{model}/{method}`; ARNs have slashes, raw or encoded. */
export function bedrockSurface(request: IncomingMessage): Surface {
  const [, model = "", name = ""] = /\/model\/(.+)\/([^/]+)$/.exec(pathOf(request)) ?? [];
  const method = BEDROCK.get(name);
  if (method === undefined) throw noSuchMethod();
  return {
    ...bedrockForm(request, { model: decodedModel(model), stream: method.stream }),
    operation: method.operation,
    framing: method.stream ? "aws-event-stream" : "sse",
  };
}

/** Of a request whose path is one of Bedrock's, whatever it asks for: its refusal is AWS's. */
export function bedrockForm(
  request: IncomingMessage,
  form: { readonly model?: string; readonly stream: boolean } = { stream: false },
): Surface {
  return {
    dialect: "anthropic-messages",
    operation: "generate",
    framing: "sse",
    query: queryOf(request),
    cloud: { host: "bedrock", ...form },
  };
}

/** Behind whatever prefix. */
export const isBedrockPath = (request: IncomingMessage): boolean =>
  /^\/(?:\w+\/)?(?:model\/|inference-profiles(?:\/|$))/.test(pathOf(request));

/** `…/publishers/{publisher}/models/{model}:{method}`, below a project and a location, or without them. */
export function vertexSurface(request: IncomingMessage): Surface {
  const [, publisher = "", rest = ""] = /\/publishers\/([^/]+)\/models\/(.+)$/.exec(pathOf(request)) ?? [];
  const [, model = "", name = ""] = /^(.+):([A-Za-z]+)$/.exec(rest) ?? [];
  // google-genai writes `provider/model` as a publisher and its model.
  if (isGeminiMethod(name)) return geminiMethodSurface(request, publisher === "google" ? rest : `${publisher}/${rest}`);
  const counts = model === "count-tokens" && name === "rawPredict";
  const method = counts ? COUNT : VERTEX.get(name);
  if (publisher !== "anthropic" || method === undefined) throw noSuchMethod();
  const { operation, stream } = method;
  return {
    dialect: "anthropic-messages",
    operation,
    framing: "sse",
    query: queryOf(request),
    cloud: { host: "vertex", stream, ...(counts ? {} : { model: decodedModel(model) }) },
  };
}

const noSuchMethod = () => new GatewayError("not_found", "There is no such method of a model.");
