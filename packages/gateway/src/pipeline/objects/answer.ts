import { GatewayError, isObject, type JsonObject, parseJson } from "@signalbox/protocol";
import { bill } from "../billing.ts";
import type { Exchange } from "../exchange.ts";
import { asGatewayError } from "../failure.ts";
import { onceOnly } from "../idempotency.ts";
import { sendError } from "../send-error.ts";
import { settle } from "../settle.ts";
import { metadataMode } from "../telling.ts";

/** The way of a request for files or batches, once its key was let in. */
export async function serve(exchange: Exchange, handle: (exchange: Exchange) => Promise<void>): Promise<void> {
  try {
    await handle(exchange);
  } catch (thrown) {
    exchange.outcome.error ??= asGatewayError(thrown);
    sendError(exchange, thrown);
  } finally {
    bill(exchange);
    settle(exchange);
  }
}

/** What makes something is done once for each Idempotency-Key. */
export async function onceFor(exchange: Exchange, sent: Buffer, work: () => Promise<void>): Promise<void> {
  const once = await onceOnly(exchange, { sent });
  if (once?.replayed === true) return;
  try {
    await work();
  } catch (thrown) {
    exchange.outcome.error ??= asGatewayError(thrown);
    sendError(exchange, thrown);
  } finally {
    once?.leave();
  }
}

export function sendObject(exchange: Exchange, object: Uint8Array | JsonObject): void {
  const { response, generationId } = exchange;
  const told = metadataMode(exchange) === "off" ? {} : { "x-signalbox-generation-id": generationId };
  const bytes = object instanceof Uint8Array ? object : Buffer.from(JSON.stringify(object));
  response.writeHead(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": bytes.length,
    ...told,
  });
  response.end(bytes);
}

/** What an upstream has answered. */
export function objectIn(bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    if (isObject(value)) return value;
  } catch {
    // As any other answer that is none.
  }
  throw new GatewayError("upstream_invalid_response", "The upstream's answer is no JSON object.");
}
