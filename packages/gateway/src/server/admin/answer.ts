import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "@signalbox/protocol";
import type { ClientKey } from "../../config/settings.ts";
import type { Logger } from "../../observe/log.ts";
import type { Actor } from "../../store/accounts/accounts.ts";
import type { Arrival } from "../exchange.ts";
import type { Call } from "../route.ts";
import { pathOf, queryOf } from "../surfaces/shape.ts";
import { readJsonBody } from "./body.ts";
import { asStatusError, badRequest, StatusError } from "./status.ts";
import { sendStream } from "./stream.ts";

/** One request to an API, as its handlers see it. */
export interface AdminCall {
  /** What stands in the path where the route has `:id`, decoded. Empty where it has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** As it came, with its credentials: for who asks other routes in the caller's name. */
  readonly request: IncomingMessage;
  readonly body: () => Promise<JsonObject>;
  /** Who asks: it has the route's permission. Which things it may do that to is the handler's to see to. */
  readonly key: ClientKey;
  /** The same for the audit log. */
  readonly actor: Actor;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body?: JsonObject;
  /** In the place of a body: text, made no faster than the client reads it. */
  readonly stream?: AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

export type AdminHandler = (call: AdminCall) => Promise<AdminAnswer>;

export interface AnswerOptions {
  /** The route's, with `:id` where an id stands. */
  readonly path: string;
  /** How this API says that something went wrong. */
  readonly errorBody: (error: StatusError) => JsonObject;
  readonly log: Pick<Logger, "info" | "error">;
  /** What is no GET is no change by itself. */
  readonly quiet?: true;
}

/** Calls the handler and writes its answer, or what went wrong in the API's own shape. */
export function openCall(arrival: Arrival, handler: AdminHandler, options: AnswerOptions): Call<[ClientKey]> {
  const { request } = arrival;
  const requestId = startAnswer(arrival);
  return {
    refuse: (thrown) => refuse(arrival, thrown, { ...options, requestId }),
    run: async (key) => {
      const answer = await handler({
        id: idOf(pathOf(request), options.path),
        query: new URLSearchParams(queryOf(request)),
        headers: request.headers,
        request,
        body: () => readJsonBody(request),
        key,
        actor: { id: key.id, name: key.name, requestId },
      });
      if (options.quiet !== true && request.method !== "GET" && answer.status < 300) {
        const { method } = request;
        options.log.info({ requestId, key: key.name, method, path: pathOf(request) }, "a change through the API");
      }
      if (answer.stream === undefined) send(arrival.response, answer);
      else await sendStream(arrival.response, answer, answer.stream);
      drain(request);
    },
  };
}

/** The same for what everybody is told. */
export function openPublicCall(arrival: Arrival, answer: AdminAnswer, options: AnswerOptions): Call<[]> {
  const requestId = startAnswer(arrival);
  return {
    refuse: (thrown) => refuse(arrival, thrown, { ...options, requestId }),
    run: () => {
      send(arrival.response, answer);
      drain(arrival.request);
    },
  };
}

function startAnswer({ response }: Arrival): string {
  const requestId = `req_${randomUUID().replaceAll("-", "")}`;
  response.setHeader("x-request-id", requestId);
  return requestId;
}

interface RefusalOptions extends Pick<AnswerOptions, "errorBody" | "log"> {
  readonly requestId: string;
}

function refuse({ request, response }: Arrival, thrown: unknown, { errorBody, log, requestId }: RefusalOptions): void {
  const known = asStatusError(thrown);
  if (known === undefined || known.status >= 500) log.error({ requestId, err: thrown }, "a call of the API failed");
  const error = known ?? new StatusError({ status: 500, code: "internal" }, "The gateway failed.");
  send(response, { status: error.status, body: errorBody(error), headers: errorHeaders(error) });
  drain(request);
}

/** The segment at the place of `:id`, counted from the end: a prefix may stand before the path. */
function idOf(path: string, template: string): string {
  const places = template.split("/").toReversed();
  const place = places.indexOf(":id");
  if (place < 0) return "";
  const segment = path.replace(/\/+$/, "").split("/").toReversed()[place] ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest([{ path: [], message: "The path is not validly encoded." }]);
  }
}

function errorHeaders({ status, retryAfterMs }: StatusError): Readonly<Record<string, string>> {
  return {
    ...(status === 401 ? { "www-authenticate": 'Bearer realm="signalbox"' } : {}),
    ...(retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) }),
  };
}

function send(response: ServerResponse, { status, body, headers }: AdminAnswer): void {
  if (response.headersSent || response.destroyed) return;
  // Keys are shown once, and not by a cache.
  const all = { ...headers, "cache-control": "no-store" };
  if (body === undefined) {
    response.writeHead(status, all).end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...all,
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
