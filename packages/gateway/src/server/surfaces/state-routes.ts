import type { IncomingMessage } from "node:http";
import type { JsonObject } from "@signalbox/protocol";
import type { Exchange, Surface } from "../../pipeline/exchange.ts";
import { asGatewayError } from "../../pipeline/failure.ts";
import {
  addItems,
  createConversation,
  deleteConversation,
  deleteItem,
  getConversation,
  getItem,
  listItems,
  updateConversation,
} from "../../pipeline/responses/conversations.ts";
import { cancelStored, deleteStored, getStored, inputItemsOf } from "../../pipeline/responses/read-stored.ts";
import { sendError } from "../../pipeline/send-error.ts";
import type { DataRoute } from "../routes.ts";
import { pathOf, queryOf } from "./shape.ts";

export interface StateRoute extends DataRoute {
  readonly method: "GET" | "POST" | "DELETE";
}

type Handler = (exchange: Exchange, id: string, itemId: string) => Promise<JsonObject>;

const RESPONSE = "/v1/responses/:id";
const CONVERSATION = "/v1/conversations/:id";

/**
 * What OpenAI's clients do with answers and conversations that are kept. They hold what was asked and answered, so who may read them is
 * who may ask; a key sees its own alone.
 */
export const STATE_ROUTES: readonly StateRoute[] = [
  route("GET", RESPONSE, getStored),
  route("DELETE", RESPONSE, deleteStored),
  route("POST", `${RESPONSE}/cancel`, cancelStored),
  route("GET", `${RESPONSE}/input_items`, inputItemsOf),
  route("POST", "/v1/conversations", createConversation),
  route("GET", CONVERSATION, getConversation),
  route("POST", CONVERSATION, updateConversation),
  route("DELETE", CONVERSATION, deleteConversation),
  route("GET", `${CONVERSATION}/items`, listItems),
  route("POST", `${CONVERSATION}/items`, addItems),
  route("GET", `${CONVERSATION}/items/:item`, getItem),
  route("DELETE", `${CONVERSATION}/items/:item`, deleteItem),
];

function route(method: StateRoute["method"], path: string, handler: Handler): StateRoute {
  return { method, path, permission: "inference", surface, run: (exchange) => answer(exchange, handler) };
}

function surface(request: IncomingMessage): Surface {
  return { dialect: "openai-responses", operation: "generate", framing: "sse", query: queryOf(request) };
}

async function answer(exchange: Exchange, handler: Handler): Promise<void> {
  const { request, response, services, outcome, id: requestId } = exchange;
  const [, id = "", itemId = ""] =
    /\/v1\/(?:responses|conversations)\/([^/]+)(?:\/items\/([^/]+))?/.exec(pathOf(request)) ?? [];
  const told = { requestId, key: outcome.key?.name, method: request.method };
  try {
    const body = Buffer.from(JSON.stringify(await handler(exchange, decoded(id), decoded(itemId))));
    response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": body.length });
    response.end(body);
    services.log.info(told, "stored response or conversation");
  } catch (thrown) {
    const error = asGatewayError(thrown);
    outcome.error = error;
    sendError(exchange, thrown);
    services.log[error.code === "internal" ? "error" : "warn"](
      { ...told, error: error.code, ...(error.code === "internal" ? { cause: error.cause } : {}) },
      "stored response or conversation",
    );
  }
}

/** What is no valid encoding names nothing that is there. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
