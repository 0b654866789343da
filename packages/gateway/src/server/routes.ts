import type { IncomingMessage } from "node:http";
import { invalidRequest } from "@signalbox/protocol";
import { type OperationId, operationIds } from "../config/operations.ts";
import { type SurfaceDialect, surfaceDialects } from "../config/quirks.ts";
import { complete } from "../pipeline/completions/complete.ts";
import { countTokens } from "../pipeline/count-tokens.ts";
import type { Exchange, Surface } from "../pipeline/exchange.ts";
import { explain } from "../pipeline/explain.ts";
import { generate } from "../pipeline/generate.ts";
import { serve } from "../pipeline/objects/answer.ts";
import { createGeminiBatch } from "../pipeline/objects/gemini-batches.ts";
import { readChatModeration } from "../pipeline/operations/chat-moderation.ts";
import { readCohereEmbeddings, readGeminiEmbeddings, readOpenAiEmbeddings } from "../pipeline/operations/embeddings.ts";
import { explainOperation } from "../pipeline/operations/explain-operation.ts";
import { readImageEditForm } from "../pipeline/operations/image-edit-form.ts";
import { readImageEdits, readImages, readPredict } from "../pipeline/operations/images.ts";
import { readModeration } from "../pipeline/operations/moderation.ts";
import type { Asked } from "../pipeline/operations/operation.ts";
import { perform } from "../pipeline/operations/perform.ts";
import { readRerank } from "../pipeline/operations/rerank.ts";
import { readSpeech } from "../pipeline/operations/speech.ts";
import { readTranscription, readTranslation } from "../pipeline/operations/transcription.ts";
import type { Permission } from "./permissions.ts";
import { bedrockSurface, vertexSurface } from "./surfaces/cloud-paths.ts";
import { geminiSurface } from "./surfaces/gemini-path.ts";
import { dialectOfCaller, queryOf } from "./surfaces/shape.ts";

export interface DataRoute {
  readonly path: string;
  readonly permission: Permission;
  readonly surface: (request: IncomingMessage) => Surface;
  readonly run: (exchange: Exchange) => Promise<void>;
}

const fixed =
  (surface: Pick<Surface, "dialect" | "operation">) =>
  (request: IncomingMessage): Surface => ({
    ...surface,
    framing: "sse",
    query: queryOf(request),
  });

const generates = (path: string, dialect: SurfaceDialect): DataRoute => ({
  path,
  permission: "inference",
  surface: fixed({ dialect, operation: "generate" }),
  run: generate,
});

const counts = (path: string, dialect: SurfaceDialect): DataRoute => ({
  path,
  permission: "inference",
  surface: fixed({ dialect, operation: "count-tokens" }),
  run: countTokens,
});

type Reader = (exchange: Exchange) => Promise<Asked>;

const performs = (path: string, operation: OperationId, read: Reader): DataRoute => ({
  path,
  permission: "inference",
  surface: fixed({ dialect: "openai-chat", operation }),
  run: (exchange) => perform(exchange, read),
});

/** Gemini's path says the operation too. */
const gemini = (path: string): DataRoute => ({
  path,
  permission: "inference",
  surface: geminiSurface,
  run: runGemini,
});

function isForm({ request }: Exchange): boolean {
  return request.headers["content-type"]?.toLowerCase().startsWith("multipart/") === true;
}

function runGemini(exchange: Exchange): Promise<void> {
  switch (exchange.surface.operation) {
    case "count-tokens":
      return countTokens(exchange);
    case "embeddings":
      return perform(exchange, readGeminiEmbeddings);
    case "images":
      return perform(exchange, readPredict);
    case "batch":
      return serve(exchange, createGeminiBatch);
    default:
      return generate(exchange);
  }
}

/** A cloud's paths say all that Gemini's do, and whose model it is. */
const cloud = (path: string, surface: DataRoute["surface"]): DataRoute => ({
  path,
  permission: "inference",
  surface,
  run: runGemini,
});

/** Whose requests are JSON. */
const EXPLAINED: Readonly<Partial<Record<Surface["operation"], Reader>>> = {
  embeddings: readOpenAiEmbeddings,
  rerank: readRerank,
  images: readImages,
  "image-edits": readImageEdits,
  speech: readSpeech,
  moderation: readModeration,
};

/** What Gemini's clients ask in its own API. */
const EXPLAINED_GEMINI: typeof EXPLAINED = { embeddings: readGeminiEmbeddings, images: readPredict };

/**
 * The plan of a request in any dialect, which `?dialect=` names where the headers do not tell. `?operation=` says that it is no
 * conversation.
 */
function explainSurface(request: IncomingMessage): Surface {
  const query = queryOf(request);
  const parameters = new URLSearchParams(query);
  const named = parameters.get("dialect");
  const dialect = surfaceDialects.find((known) => known === named) ?? dialectOfCaller(request);
  const wanted = parameters.get("operation");
  if (wanted === null || wanted === "generate") return { dialect, operation: "generate", framing: "sse", query };
  const operation = operationIds.find((known) => known === wanted);
  if (operation === undefined || EXPLAINED[operation] === undefined)
    throw invalidRequest(`'operation' must be one of generate, ${Object.keys(EXPLAINED).join(", ")}.`, "operation");
  return { dialect: dialect === "gemini" ? dialect : "openai-chat", operation, framing: "sse", query };
}

function runExplain(exchange: Exchange): Promise<void> {
  const { dialect, operation } = exchange.surface;
  const own = dialect === "gemini" ? EXPLAINED_GEMINI[operation] : undefined;
  const read = own ?? EXPLAINED[operation];
  return read === undefined ? explain(exchange) : explainOperation(exchange, read);
}

const COMPLETIONS = { dialect: "openai-chat", operation: "completions" } as const;

/** Every path on which a client speaks a dialect to us. All are POST. */
export const DATA_ROUTES: readonly DataRoute[] = [
  generates("/v1/chat/completions", "openai-chat"),
  generates("/v1/responses", "openai-responses"),
  counts("/v1/responses/input_tokens", "openai-responses"),
  generates("/v1/messages", "anthropic-messages"),
  counts("/v1/messages/count_tokens", "anthropic-messages"),
  { path: "/v1/completions", permission: "inference", surface: fixed(COMPLETIONS), run: complete },
  performs("/v1/embeddings", "embeddings", readOpenAiEmbeddings),
  performs("/v2/embed", "embeddings", readCohereEmbeddings),
  performs("/v1/images/generations", "images", readImages),
  performs("/v1/images/edits", "image-edits", (exchange) =>
    (isForm(exchange) ? readImageEditForm : readImageEdits)(exchange),
  ),
  performs("/v1/rerank", "rerank", readRerank),
  performs("/v2/rerank", "rerank", readRerank),
  performs("/v1/audio/transcriptions", "transcription", readTranscription),
  performs("/v1/audio/translations", "translation", readTranslation),
  performs("/v1/audio/speech", "speech", readSpeech),
  performs("/v1/moderations", "moderation", readModeration),
  performs("/v1/chat/moderations", "moderation", readChatModeration),
  { path: "/v1/explain", permission: "models:read", surface: explainSurface, run: runExplain },
  gemini("/v1beta/*"),
  gemini("/v1/models/*"),
  cloud("/model/*", bedrockSurface),
  ...["/v1", "/v1beta1"].flatMap((version) => [
    cloud(`${version}/projects/*`, vertexSurface),
    cloud(`${version}/publishers/*`, vertexSurface),
  ]),
];
