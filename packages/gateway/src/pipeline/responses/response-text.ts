import { type JsonObject, lossRecorder, openaiResponses, parseJsonObject } from "@signalbox/protocol";
import type { ResponseStatus } from "../../store/responses/response-rows.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import type { StateWish } from "./wish.ts";

interface Asked {
  readonly request: ClientRequest;
  readonly wish: StateWish;
}

/** What is told of a background response before anybody has answered, with the request repeated in it as OpenAI does. */
export function queuedResponse({ id: requestId, arrivedAt }: Exchange, asked: Asked, id: string): JsonObject {
  const { request, wish } = asked;
  const response = openaiResponses.encodeResponse(
    { parts: [], finishReason: { unified: "stop", raw: "stop" } },
    {
      request: request.canonical(),
      model: request.model,
      uniqueId: requestId,
      now: Math.floor(arrivedAt / 1000),
      estimatedInputTokens: 1,
      losses: lossRecorder(),
    },
  );
  const { conversation, previous } = wish;
  return {
    ...response,
    id,
    status: "queued",
    background: true,
    store: true,
    output: [],
    usage: null,
    completed_at: null,
    previous_response_id: previous ?? null,
    ...(conversation === undefined ? {} : { conversation: { id: conversation } }),
  };
}

/** The same response at another moment. */
export function withStatus(response: JsonObject, status: ResponseStatus, message?: string): JsonObject {
  if (response["status"] === status) return response;
  const error = status === "failed" ? { code: "server_error", message: message ?? LOST } : (response["error"] ?? null);
  return { ...response, status, error };
}

const LOST = "The process that worked on this response has stopped.";

/** What is kept, as of now. */
export function storedText(bytes: Uint8Array): JsonObject {
  return parseJsonObject(Buffer.from(bytes).toString()) ?? {};
}
