import { GatewayError } from "@signalbox/protocol";
import Fastify, { type FastifyInstance } from "fastify";
import { authenticate } from "../pipeline/authenticate.ts";
import { createCalls } from "./calls.ts";
import type { Arrival } from "./exchange.ts";
import { isRoutePermission, type RoutePermission } from "./permissions.ts";
import { type Gate, passGate, type Route } from "./route.ts";
import { type RouteTableOptions, routeTable } from "./route-table.ts";
import { pathOf } from "./surfaces/shape.ts";

export interface AppOptions extends RouteTableOptions {
  /** Whether the listener is on a loopback address. */
  readonly loopback: boolean;
}

/** A route as it was registered. */
export interface ServedRoute {
  readonly method: string;
  readonly path: string;
  readonly permission: RoutePermission;
}

export interface App {
  readonly app: FastifyInstance;
  readonly routes: readonly ServedRoute[];
}

/**
 * The HTTP face. Fastify matches paths and nothing else: every handler takes over the raw request and response, since
 * bodies are relayed as bytes and streams are Node's own from end to end.
 */
export function createApp(options: AppOptions): App {
  const { snapshots, services, loopback } = options;
  const gate: Gate = {
    authenticate: (request) => authenticate(request, { snapshot: snapshots.current(), keys: services.keys }),
    loopback,
  };
  const notFound = passGate(notFoundRoute(options), gate);
  const app = Fastify({
    // What the router cannot even read as a path.
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      void notFound({ request: request.raw, response: reply.raw });
    },
    logger: false,
    forceCloseConnections: "idle",
    requestTimeout: 300_000,
    keepAliveTimeout: 75_000,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  const routes: ServedRoute[] = [];
  app.addHook("onRoute", ({ method, url, config }) => {
    const permission = config !== undefined && "permission" in config ? config.permission : undefined;
    if (!isRoutePermission(permission)) throw new Error(`The route ${String(method)} ${url} names no permission.`);
    for (const one of [method].flat()) routes.push({ method: one, path: url, permission });
  });
  for (const route of routeTable(options)) register(app, route, gate);
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    void notFound({ request: request.raw, response: reply.raw });
  });
  return { app, routes };
}

function register(app: FastifyInstance, route: Route, gate: Gate): void {
  const answer = passGate(route, gate);
  app.route({
    method: [...route.method],
    url: route.path,
    config: { permission: route.permission },
    handler: (request, reply) => {
      reply.hijack();
      void answer({ request: request.raw, response: reply.raw });
    },
  });
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
  throw new GatewayError("not_found", `There is nothing at ${request.method ?? ""} ${pathOf(request).slice(0, 200)}.`);
}
