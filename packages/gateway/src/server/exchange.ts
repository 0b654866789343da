import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import type { Snapshot } from "../catalogue/snapshot.ts";
import { uuidV7 } from "../config/uuid.ts";
import type { Exchange, Services, Surface } from "../pipeline/exchange.ts";
import { cancellation } from "../upstream/cancellation.ts";

export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Opens the exchange of a request: its id, its configuration, and the one signal that its client's socket drives. */
export function openExchange(
  arrival: Arrival,
  surface: Surface,
  context: { snapshot: Snapshot; services: Services },
): Exchange {
  const { request, response } = arrival;
  const arrivedAt = Date.now();
  const generationId = uuidV7(arrivedAt);
  const id = `req_${generationId.replaceAll("-", "")}`;
  response.setHeader("x-request-id", id);
  response.setHeader("request-id", id);
  const clientGone = cancellation();
  response.on("close", () => {
    if (!response.writableFinished) clientGone.abort(new GatewayError("client_closed", "The client went away."));
  });
  return {
    id,
    generationId,
    request,
    response,
    surface,
    snapshot: context.snapshot,
    services: context.services,
    arrivedAt,
    startedAt: performance.now(),
    clientGone,
    outcome: { attempts: [], dropped: [], adapted: [] },
  };
}
