import { attemptAll } from "./attempts.ts";
import { bill } from "./billing.ts";
import { clientStream } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";
import { asGatewayError } from "./failure.ts";
import { type Once, onceOnly } from "./idempotency.ts";
import { keepBodies } from "./keep-bodies.ts";
import { letIn } from "./let-in.ts";
import { type ClientRequest, receive } from "./receive.ts";
import { openState, type ResponseState } from "./responses/open-state.ts";
import { sendError } from "./send-error.ts";
import { settle } from "./settle.ts";
import { metadataMode } from "./telling.ts";

type Reading = (exchange: Exchange) => Promise<ClientRequest>;

/** The way of a request whose key was let in: receive, resolve, attempt until one holds, settle. */
export async function generate(exchange: Exchange, read: Reading = receive): Promise<void> {
  const client = clientStream(exchange);
  let once: Once | undefined;
  let state: ResponseState | undefined;
  try {
    // A word that is none is better refused before anything is sent.
    metadataMode(exchange);
    const request = await read(exchange);
    exchange.outcome.model = request.model;
    exchange.outcome.stream = request.stream;
    once = await onceOnly(exchange, request);
    if (once?.replayed === true) return;
    const opened = await openState(exchange, request);
    if (opened === "answered") return;
    state = opened;
    keepBodies(exchange, request);
    await letIn(exchange, state.request);
    await state.begin();
    await attemptAll(exchange, state.request, client);
  } catch (thrown) {
    exchange.outcome.error = asGatewayError(thrown);
    if (client.hasHead()) client.fail(exchange.outcome.error, { told: false, sequence: 0 });
    else sendError(exchange, thrown);
  } finally {
    client.stop();
    await state?.sent();
    once?.leave();
    bill(exchange);
    settle(exchange);
    await state?.end();
  }
}
