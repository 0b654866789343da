import { type IncomingHttpHeaders, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { GatewayError } from "@signalbox/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { ClientKey } from "../../config/settings.ts";
import type { InProcess } from "../../pipeline/in-process.ts";
import type { CallOptions, Calls } from "../calls.ts";
import type { Arrival } from "../exchange.ts";
import { inProcess } from "../in-process.ts";
import { withoutPrefix } from "../prefixes.ts";
import { type Gate, type KeyRoute, passGate } from "../route.ts";
import { pathOf } from "../surfaces/shape.ts";
import { type Connection, serveConnection } from "./connection.ts";
import { asOrdinary } from "./ordinary.ts";
import { outletOf } from "./outlet.ts";
import type { SharedMemory } from "./remembered-items.ts";
import type { TurnContext } from "./turn.ts";

export interface ResponsesSocket {
  /** Lets every connection end once it has been answered, and takes no new ones. */
  readonly close: () => void;
}

export interface SocketOptions extends CallOptions {
  readonly gate: Gate;
  readonly calls: Calls;
}

/** What one key holds. */
interface Room {
  readonly open: Set<Connection>;
  readonly remembered: SharedMemory;
}

const PATH = "/v1/responses";
/** Coding agents keep one for each of their sessions. */
const MOST_PER_KEY = 256;
/** What they remember together, in messages of the largest size; who is not remembered sends its conversation anew. */
const REMEMBERED_MESSAGES = 8;
/** A message that is somewhat too large is refused in words; one that is more than that ends the connection. */
const SLACK_BYTES = 1024 * 1024;

/**
 * `/v1/responses` over a WebSocket: https://developers.openai.com/api/docs/guides/websocket-mode. Each message is a request of its own
 * through the gateway's own routes, with the headers of the upgrade: its key, limits, ledger rows and log lines are those of a POST.
 */
export function responsesSocket(server: Server, options: SocketOptions): ResponsesSocket {
  const connections = new Map<string, Room>();
  const calls = inProcess(server);
  let closing = false;
  /** Throws what an upgrade is refused with. */
  const roomFor = ({ id }: ClientKey): Room => {
    const most = REMEMBERED_MESSAGES * options.snapshots.current().limits.bodyBytes["openai-responses"];
    const ofKey = connections.get(id) ?? { open: new Set(), remembered: { held: 0, most } };
    if (closing) throw new GatewayError("overloaded", "The gateway is shutting down.");
    if (ofKey.open.size >= MOST_PER_KEY) {
      throw new GatewayError("rate_limited", `This API key has ${MOST_PER_KEY} WebSocket connections open already.`);
    }
    connections.set(id, ofKey);
    return ofKey;
  };
  const route = (head: Buffer): KeyRoute => ({
    method: ["GET"],
    path: PATH,
    permission: "inference",
    open: (arrival) =>
      options.calls.upgrade(arrival, (key) => accept({ arrival, head, key, calls, ofKey: roomFor(key) }, options)),
  });
  server.on("upgrade", (request: IncomingMessage, _socket: Duplex, head: Buffer) => {
    const isServed = options.snapshots.current().responses.webSocket && isOurs(request);
    if (isServed) void passGate(route(head), options.gate)({ request, response: responseTo(request) });
    else asOrdinary(server, request, head);
  });
  return {
    close() {
      closing = true;
      for (const ofKey of connections.values()) for (const connection of ofKey.open) connection.leave();
    },
  };
}

function isOurs(request: IncomingMessage): boolean {
  const isWebSocket = request.headers.upgrade?.toLowerCase() === "websocket";
  return isWebSocket && request.method === "GET" && withoutPrefix(pathOf(request)).replace(/\/+$/, "") === PATH;
}

/** For a refusal, which is an ordinary HTTP answer. */
function responseTo(request: IncomingMessage): ServerResponse {
  const { socket } = request;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  socket.on("error", () => socket.destroy());
  response.on("finish", () => socket.end());
  response.assignSocket(socket);
  return response;
}

interface Accepted {
  readonly arrival: Arrival;
  readonly head: Buffer;
  readonly key: ClientKey;
  readonly calls: InProcess;
  readonly ofKey: Room;
}

function accept(accepted: Accepted, options: SocketOptions): void {
  const { request, response } = accepted.arrival;
  const maxPayload = options.snapshots.current().limits.bodyBytes["openai-responses"] + SLACK_BYTES;
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload });
  const requestId = String(response.getHeader("x-request-id"));
  response.detachSocket(request.socket);
  sockets.on("headers", (headers) => headers.push(`x-request-id: ${requestId}`));
  sockets.handleUpgrade(request, request.socket, accepted.head, (socket) => serve(socket, accepted, options));
}

function serve(socket: WebSocket, accepted: Accepted, { snapshots, services }: SocketOptions): void {
  const { arrival, key, ofKey } = accepted;
  const { request, response } = arrival;
  const { limits, timeouts } = snapshots.current();
  const { log } = services;
  request.socket.setKeepAlive(true, 60_000);
  let messages = 0;
  const ask = asked(accepted);
  const connection = serveConnection({
    socket,
    outlet: outletOf(socket, request.socket, timeouts.stallMs),
    call: (what, body) => {
      messages += 1;
      return ask(what, body);
    },
    messageBytes: limits.bodyBytes["openai-responses"],
    jsonDepth: limits.jsonDepth,
    shared: ofKey.remembered,
    log,
  });
  const told = { requestId: response.getHeader("x-request-id"), key: key.name, path: pathOf(request) };
  ofKey.open.add(connection);
  log.info(told, "websocket opened");
  socket.once("close", (code: number) => {
    ofKey.open.delete(connection);
    log.info({ ...told, code, messages }, "websocket closed");
  });
}

/** Each message as a client's own request: with the upgrade's headers and query, from the same address. */
function asked({ arrival: { request }, calls }: Accepted): TurnContext["call"] {
  const { headers, socket } = request;
  const { "idempotency-key": _, "content-encoding": __, "openai-beta": beta, ...rest } = headers;
  const forwarded: IncomingHttpHeaders = {
    ...withoutFetchCache(rest),
    ...withoutOwnBeta(beta),
    "content-type": "application/json",
    accept: "text/event-stream",
  };
  const [, query] = (request.url ?? "").split("?", 2);
  return (what, body) => {
    const path = what === "generate" ? PATH : "/v1/explain";
    const wanted = [query ?? "", what === "generate" ? "" : "dialect=openai-responses"].filter((part) => part !== "");
    return calls.call({
      method: "POST",
      path: `${path}${wanted.length === 0 ? "" : `?${wanted.join("&")}`}`,
      headers: forwarded,
      body,
      remoteAddress: socket.remoteAddress,
    });
  };
}

/**
 * Browsers and Node put both into every handshake, which no cache shall answer: that says nothing of the answers to messages.
 * https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
function withoutFetchCache(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { pragma, "cache-control": cacheControl, ...rest } = headers;
  return pragma === "no-cache" && cacheControl === "no-cache" ? rest : headers;
}

/** Upstreams are asked over HTTP. */
function withoutOwnBeta(beta: string | readonly string[] | undefined): IncomingHttpHeaders {
  const others = [beta ?? []]
    .flat()
    .flatMap((list) => list.split(","))
    .map((word) => word.trim())
    .filter((word) => word !== "" && !word.startsWith("responses_websockets="));
  return others.length === 0 ? {} : { "openai-beta": others.join(",") };
}
