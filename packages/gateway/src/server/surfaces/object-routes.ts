import type { IncomingMessage } from "node:http";
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
import { pathOf, queryOf } from "./shape.ts";
import type { StateRoute } from "./state-routes.ts";

type Handler = (exchange: Exchange, id: string) => Promise<void>;

interface Api {
  readonly dialect: SurfaceDialect;
  readonly operation: "files" | "batch";
}

const METHODS = ["GET", "POST", "DELETE"] as const;

const FILES: Api = { dialect: "openai-chat", operation: "files" };
const BATCHES: Api = { dialect: "openai-chat", operation: "batch" };
const MESSAGE_BATCHES: Api = { dialect: "anthropic-messages", operation: "batch" };
const GEMINI_BATCHES: Api = { dialect: "gemini", operation: "batch" };

/**
 * Files and batches that upstreams keep. Who may ask models may have them asked later, too; a key sees its own alone. Gemini's are made
 * at a model's own path.
 */
export const OBJECT_ROUTES: readonly StateRoute[] = [
  route("POST /v1/files", FILES, uploadFile),
  route("GET /v1/files", FILES, listFiles),
  route("GET /v1/files/:id", FILES, getFile),
  route("DELETE /v1/files/:id", FILES, deleteFile),
  route("GET /v1/files/:id/content", FILES, getContent),
  route("POST /v1/batches", BATCHES, createBatch),
  route("GET /v1/batches", BATCHES, listBatches),
  route("GET /v1/batches/:id", BATCHES, getBatch),
  route("POST /v1/batches/:id/cancel", BATCHES, cancelBatch),
  route("POST /v1/messages/batches", MESSAGE_BATCHES, createMessageBatch),
  route("GET /v1/messages/batches", MESSAGE_BATCHES, listMessageBatches),
  route("GET /v1/messages/batches/:id", MESSAGE_BATCHES, getMessageBatch),
  route("DELETE /v1/messages/batches/:id", MESSAGE_BATCHES, deleteMessageBatch),
  route("POST /v1/messages/batches/:id/cancel", MESSAGE_BATCHES, cancelMessageBatch),
  route("GET /v1/messages/batches/:id/results", MESSAGE_BATCHES, getMessageResults),
  route("GET /v1beta/batches", GEMINI_BATCHES, listGeminiBatches),
  route("GET /v1beta/batches/:id", GEMINI_BATCHES, getGeminiBatch),
  route("POST /v1beta/batches/:id", GEMINI_BATCHES, cancelGeminiBatch),
  route("DELETE /v1beta/batches/:id", GEMINI_BATCHES, deleteGeminiBatch),
];

function route(line: string, api: Api, handler: Handler): StateRoute {
  const [word, path = ""] = line.split(" ");
  const method = METHODS.find((known) => known === word) ?? "GET";
  return {
    method,
    path,
    permission: "inference",
    surface: (request): Surface => ({ ...api, framing: "sse", query: queryOf(request) }),
    run: (exchange) => serve(exchange, (served) => handler(served, idIn(served.request))),
  };
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
