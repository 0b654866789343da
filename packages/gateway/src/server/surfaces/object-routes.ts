import type { IncomingMessage } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import type { SurfaceDialect } from "../../config/quirks.ts";
import type { Exchange, Surface } from "../../pipeline/exchange.ts";
import { serve } from "../../pipeline/objects/answer.ts";
import {
  cancelMessageBatch,
  createMessageBatch,
  deleteMessageBatch,
  getMessageBatch,
  getMessageResults,
  listMessageBatches,
} from "../../pipeline/objects/anthropic-batches.ts";
import { deleteFile, getContent, getFile, listFiles } from "../../pipeline/objects/files.ts";
import {
  cancelGeminiBatch,
  deleteGeminiBatch,
  getGeminiBatch,
  listGeminiBatches,
} from "../../pipeline/objects/gemini-batches.ts";
import { cancelBatch, createBatch, getBatch, listBatches } from "../../pipeline/objects/openai-batches.ts";
import { uploadFile } from "../../pipeline/objects/upload.ts";
import { dialectOfCaller, pathOf, queryOf, writtenPathOf } from "./shape.ts";
import type { StateRoute } from "./state-routes.ts";

type Handler = (exchange: Exchange, id: string) => Promise<void>;

/** By whose API is spoken: Google's libraries, too, have `/v1/batches`, and Anthropic's `/v1/files`. */
type Handlers = { readonly [D in SurfaceDialect]?: Handler };

const METHODS = ["GET", "POST", "DELETE"] as const;

const openai = (handler: Handler): Handlers => ({ "openai-chat": handler });
const anthropic = (handler: Handler): Handlers => ({ "anthropic-messages": handler });
const gemini = (handler: Handler): Handlers => ({ gemini: handler });

/**
 * Files and batches that upstreams keep. Who may ask models may have them asked later, too; a key sees its own alone. Gemini's batches are
 * made at a model's own path.
 */
export const OBJECT_ROUTES: readonly StateRoute[] = [
  route("POST /v1/files", openai(uploadFile)),
  route("GET /v1/files", openai(listFiles)),
  route("GET /v1/files/:id", openai(getFile)),
  route("DELETE /v1/files/:id", openai(deleteFile)),
  route("GET /v1/files/:id/content", openai(getContent)),
  route("POST /v1/batches", openai(createBatch)),
  route("GET /v1/batches", { ...openai(listBatches), ...gemini(listGeminiBatches) }),
  route("GET /v1/batches/:id", { ...openai(getBatch), ...gemini(getGeminiBatch) }),
  route("POST /v1/batches/:id", gemini(cancelGeminiBatch)),
  route("DELETE /v1/batches/:id", gemini(deleteGeminiBatch)),
  route("POST /v1/batches/:id/cancel", openai(cancelBatch)),
  route("POST /v1/messages/batches", anthropic(createMessageBatch)),
  route("GET /v1/messages/batches", anthropic(listMessageBatches)),
  route("GET /v1/messages/batches/:id", anthropic(getMessageBatch)),
  route("DELETE /v1/messages/batches/:id", anthropic(deleteMessageBatch)),
  route("POST /v1/messages/batches/:id/cancel", anthropic(cancelMessageBatch)),
  route("GET /v1/messages/batches/:id/results", anthropic(getMessageResults)),
  route("GET /v1beta/batches", gemini(listGeminiBatches)),
  route("GET /v1beta/batches/:id", gemini(getGeminiBatch)),
  route("POST /v1beta/batches/:id", gemini(cancelGeminiBatch)),
  route("DELETE /v1beta/batches/:id", gemini(deleteGeminiBatch)),
];

function route(line: string, handlers: Handlers): StateRoute {
  const [word, path = ""] = line.split(" ");
  const method = METHODS.find((known) => known === word) ?? "GET";
  const operation = path.startsWith("/v1/files") ? "files" : "batch";
  return {
    method,
    path,
    permission: "inference",
    surface: (request): Surface => {
      const dialect = dialectOfCaller(request);
      return { dialect, operation, framing: "sse", query: queryOf(request) };
    },
    run: (exchange) =>
      serve(exchange, async (served) => {
        const handler = handlers[served.surface.dialect];
        if (handler === undefined) throw notKept(served);
        await handler(served, idIn(served.request));
      }),
  };
}

function notKept({ surface, request }: Exchange): GatewayError {
  return new GatewayError(
    "not_found",
    `There is nothing at ${request.method ?? ""} ${writtenPathOf(request)} in the ${surface.dialect} API here.`,
  );
}

/** Behind `files/` or `batches/`; empty where nothing is. */
function idIn(request: IncomingMessage): string {
  const [, id = ""] = /\/(?:files|batches)\/([^/]+)(?:\/[a-z]+)?\/?$/.exec(pathOf(request)) ?? [];
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
