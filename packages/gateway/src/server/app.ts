import { GatewayError } from "@signalbox/protocol";
import Fastify, { type FastifyInstance } from "fastify";
import { clientAddress } from "../access/addresses.ts";
import { checkCaller } from "../access/check-caller.ts";
import type { ClientKey } from "../config/settings.ts";
import { authenticate } from "../pipeline/authenticate.ts";
import { createCalls } from "./calls.ts";
import type { Arrival } from "./exchange.ts";
import { inProcess } from "./in-process.ts";
import { withoutPrefix } from "./prefixes.ts";
import { recordRoutes, register, type ServedRoute } from "./register.ts";
import { type ResponsesSocket, responsesSocket } from "./responses-socket/upgrade.ts";
import { type Gate, passGate, type Route } from "./route.ts";
import { type RouteTableOptions, routeTable } from "./route-table.ts";
import { writtenPathOf } from "./surfaces/shape.ts";
import { refuseUnreadable } from "./unreadable.ts";

export interface AppOptions extends Omit<RouteTableOptions, "server"> {
  /** Whether the listener is on a loopback address. */
  readonly loopback: boolean;
}

export interface App {
  readonly app: FastifyInstance;
  readonly routes: readonly ServedRoute[];
  readonly webSockets: ResponsesSocket;
}

/**
 * Node reads 16 KB and answers 431 beyond it. A key of a megabyte is to be refused as every other one that opens nothing is, and
 * not in other words, so that it is read; who is slow to send its head holds no more than that, and not for long.
 */
const HEADS = { maxHeaderSize: 1.25 * 1024 * 1024, headersTimeout: 20_000, connectionsCheckingInterval: 5_000 };

/**
 * The HTTP face. Fastify matches paths and nothing else: every handler takes over the raw request and response, since
 * bodies are relayed as bytes and streams are Node's own from end to end.
 */
export function createApp(options: AppOptions): App {
  const { snapshots, services, loopback } = options;
  const gate: Gate = {
    authenticate: (request) => authenticate(request, { snapshot: snapshots.current(), keys: services.keys }),
    checkUse: (key, request, surface) => {
      if (key.policies.length === 0) return;
      const address = asksAddress(key) ? clientAddress(request, snapshots.current().server.trustedProxies) : "";
      checkCaller(key, { address, now: Date.now(), ...(surface === undefined ? {} : { surface }) });
    },
    loopback,
  };
  const notFound = passGate(notFoundRoute(options), gate);
  const app = Fastify({
    // What the router cannot even read as a path.
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      void notFound({ request: request.raw, response: reply.raw });
    },
    clientErrorHandler: refuseUnreadable,
    http: HEADS,
    rewriteUrl: ({ url = "/" }) => withoutPrefix(url),
    logger: false,
    forceCloseConnections: "idle",
    requestTimeout: 300_000,
    keepAliveTimeout: 75_000,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  const routes = recordRoutes(app);
  const server = inProcess(app.server);
  services.runs.serve(server);
  for (const route of routeTable({ ...options, server })) register(app, route, gate);
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    void notFound({ request: request.raw, response: reply.raw });
  });
  const webSockets = responsesSocket(app.server, { ...options, gate, calls: createCalls(options) });
  return { app, routes, webSockets };
}

function asksAddress({ policies }: ClientKey): boolean {
  return policies.some(({ policy }) => policy.allowCidrs !== undefined || policy.denyCidrs !== undefined);
}

/** Not in the table: it is where the table ends. */
function notFoundRoute(options: AppOptions): Route {
  const calls = createCalls(options);
  return {
    method: [],
    path: "*",
    permission: "public",
    open: (arrival) => calls.open(arrival, refuseUnknown),
  };
}

function refuseUnknown({ request }: Arrival): never {
  throw new GatewayError("not_found", `There is nothing at ${request.method ?? ""} ${writtenPathOf(request)}.`);
}
