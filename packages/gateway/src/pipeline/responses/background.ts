import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { GatewayError, scanObject, spliceTopLevel } from "@signalbox/protocol";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import type { StartedRun } from "./background-runs.ts";
import { keyOf } from "./history.ts";

/**
 * Sends the request through the gateway once more, as a stream and without its client: that one is let in, limited, metered and billed as
 * every other, and goes on when the client leaves. The client is told as soon as it was let in, or why it was not.
 */
export async function startInBackground(exchange: Exchange, request: ClientRequest): Promise<void> {
  const { services, snapshot, generationId, response } = exchange;
  if (!snapshot.responses.keep) {
    throw new GatewayError(
      "unsupported_feature",
      "This gateway keeps no responses, so none can run in the background.",
      {
        param: "background",
      },
    );
  }
  const id = `resp_${generationId.replaceAll("-", "")}`;
  const run = services.runs.start({ keyId: keyOf(exchange), id }, callOf(exchange, request));
  const first = await Promise.race([run.admitted, run.answer]);
  if (!(first instanceof Uint8Array)) return relay(first, response);
  exchange.outcome.runsOn = true;
  if (request.stream) return follow(run, response);
  // What nobody reads is thrown away as it comes; the answer is kept on its way.
  run.answer.then((answer) => answer.resume().on("error", () => undefined)).catch(() => undefined);
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": first.length });
  response.end(first);
}

function callOf({ request: http }: Exchange, { sent }: ClientRequest) {
  const members = { background: undefined, stream: "true" };
  const { "idempotency-key": _, ...headers }: IncomingHttpHeaders = http.headers;
  return {
    method: "POST",
    path: http.url ?? "/",
    headers,
    body: spliceTopLevel(sent, scanObject(sent), members),
    remoteAddress: http.socket.remoteAddress,
  };
}

const NOT_RELAYED: ReadonlySet<string> = new Set(["connection", "date", "keep-alive", "request-id", "x-request-id"]);

function headersOf({ headers }: IncomingMessage): Record<string, string | string[]> {
  const told: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !NOT_RELAYED.has(name) && name !== "transfer-encoding") told[name] = value;
  }
  return told;
}

/** To the answer's end, or the client's. */
async function relay(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  answer.on("error", () => response.destroy());
  // One that has gone already closes no more, and an answer that nobody reads holds up who gives it.
  if (response.destroyed) return void answer.resume();
  const over = new Promise<void>((resolve) => response.once("close", resolve));
  response.writeHead(answer.statusCode ?? 502, headersOf(answer));
  answer.pipe(response);
  await over;
}

/** The stream as it comes, for as long as the client wants to read it. */
async function follow({ answer }: StartedRun, response: ServerResponse): Promise<void> {
  const stream = await answer;
  response.on("close", () => {
    stream.unpipe(response);
    stream.resume();
  });
  await relay(stream, response);
}
