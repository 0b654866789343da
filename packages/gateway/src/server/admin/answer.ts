import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "@signalbox/protocol";
import type { KeyDirectory } from "../../access/key-directory.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { Logger } from "../../observe/log.ts";
import { authenticate } from "../../pipeline/authenticate.ts";
import type { Arrival } from "../exchange.ts";
import { guardTarget } from "../guard.ts";
import { pathOf, queryOf } from "../surfaces/shape.ts";
import { readJsonBody } from "./body.ts";
import { asStatusError, badRequest, StatusError, statusBody } from "./status.ts";

/** One request to the API, as its handlers see it. */
export interface AdminCall {
  /** The last part of the path, decoded: where a path ends in an id, that id. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: () => Promise<JsonObject>;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

export type AdminHandler = (call: AdminCall) => Promise<AdminAnswer>;

export interface AnswerOptions {
  readonly snapshots: { readonly current: () => Pick<Snapshot, "keys" | "server"> };
  readonly keys: KeyDirectory;
  /** Whether the listener is on a loopback address. */
  readonly loopback: boolean;
  readonly log: Pick<Logger, "info" | "error">;
}

/** Guards, authenticates, calls the handler and writes its answer; every failure is a google.rpc.Status. Never rejects. */
export async function answerCall(arrival: Arrival, handler: AdminHandler, options: AnswerOptions): Promise<void> {
  const { request, response } = arrival;
  const requestId = `req_${randomUUID().replaceAll("-", "")}`;
  response.setHeader("x-request-id", requestId);
  try {
    guardTarget(request, options.loopback);
    const key = await authenticate(request, { snapshot: options.snapshots.current(), keys: options.keys });
    const answer = await handler(callOf(request));
    if (request.method !== "GET" && answer.status < 300) {
      const { method } = request;
      options.log.info({ requestId, key: key.name, method, path: pathOf(request) }, "a router was changed");
    }
    send(response, answer);
  } catch (thrown) {
    const known = asStatusError(thrown);
    if (known === undefined || known.status >= 500)
      options.log.error({ requestId, err: thrown }, "a call of the API failed");
    const error = known ?? new StatusError({ status: 500, code: "internal" }, "The gateway failed.");
    send(response, { status: error.status, body: statusBody(error), headers: errorHeaders(error) });
  }
  drain(request);
}

function callOf(request: IncomingMessage): AdminCall {
  return {
    id: lastSegment(pathOf(request)),
    query: new URLSearchParams(queryOf(request)),
    headers: request.headers,
    body: () => readJsonBody(request),
  };
}

function lastSegment(path: string): string {
  const segment = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest([{ path: [], message: "The path is not validly encoded." }]);
  }
}

function errorHeaders({ status }: StatusError): Readonly<Record<string, string>> {
  return status === 401 ? { "www-authenticate": 'Bearer realm="signalbox"' } : {};
}

function send(response: ServerResponse, { status, body, headers }: AdminAnswer): void {
  if (response.headersSent || response.destroyed) return;
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": bytes.length,
  });
  response.end(bytes);
}

const drainMs = 5000;

/** A client that is still sending would see its connection reset, and not the answer, if nobody read on. */
function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), drainMs);
  request.on("close", () => clearTimeout(timer));
  request.resume();
}
