import type { ServerResponse } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import Fastify, { type FastifyInstance } from "fastify";
import type { SnapshotHolder } from "../catalogue/snapshot-holder.ts";
import { authenticate } from "../pipeline/authenticate.ts";
import type { Services, Surface } from "../pipeline/exchange.ts";
import { sendError } from "../pipeline/send-error.ts";
import { settle } from "../pipeline/settle.ts";
import { answerCall } from "./admin/answer.ts";
import type { RouterAdmin } from "./admin/router-admin.ts";
import { adminRoutes } from "./admin/routes.ts";
import { type Arrival, openExchange } from "./exchange.ts";
import { guardTarget } from "./guard.ts";
import { DATA_ROUTES, type DataRoute, PREFIXES } from "./routes.ts";
import { CATALOGUE_ROUTES, type CatalogueRoute } from "./surfaces/catalogue-routes.ts";
import { offeredModelList } from "./surfaces/offered-models.ts";
import { dialectOfCaller, pathOf, queryOf } from "./surfaces/shape.ts";

export interface AppOptions {
  readonly snapshots: SnapshotHolder;
  readonly services: Services;
  readonly registry: RouterAdmin;
  /** Whether the listener is on a loopback address. */
  readonly loopback: boolean;
}

type Handler = (arrival: Arrival) => void;

/**
 * The HTTP face. Fastify matches paths and nothing else: every handler takes over the raw request and response, since
 * bodies are relayed as bytes and streams are Node's own from end to end.
 */
export function createApp(options: AppOptions): FastifyInstance {
  const handlers = handlersFor(options);
  const app = Fastify({
    // What the router cannot even read as a path.
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      handlers.notFound({ request: request.raw, response: reply.raw });
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

  const route = (method: string | string[], url: string, handler: Handler) => {
    app.route({
      method,
      url,
      handler: (request, reply) => {
        reply.hijack();
        handler({ request: request.raw, response: reply.raw });
      },
    });
  };

  const admin = adminRoutes({
    ...options,
    admin: options.registry,
    keys: options.services.keys,
    log: options.services.log,
  });
  for (const prefix of PREFIXES) {
    for (const { method, path, handler } of admin) route([...method], prefix + path, handler);
    for (const data of DATA_ROUTES) route("POST", prefix + data.path, handlers.data(data));
    for (const catalogue of CATALOGUE_ROUTES) route("GET", prefix + catalogue.path, handlers.catalogue(catalogue));
    route("GET", `${prefix}/llm/v1alpha/models`, handlers.offeredModels);
    route("GET", `${prefix}/v1/responses`, handlers.upgradeRequired);
    for (const { path } of DATA_ROUTES.filter(({ path }) => !path.endsWith("*"))) {
      route(
        path === "/v1/responses" ? ["PUT", "DELETE", "PATCH"] : ["GET", "PUT", "DELETE", "PATCH"],
        prefix + path,
        handlers.methodNotAllowed,
      );
    }
  }
  route(["HEAD", "GET"], "/", handlers.hello);
  route(["HEAD", "GET"], "/api/hello", handlers.hello);
  route("GET", "/health/live", handlers.live);
  route("GET", "/health/ready", handlers.ready);
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    handlers.notFound({ request: request.raw, response: reply.raw });
  });
  return app;
}

function handlersFor({ snapshots, services, loopback }: AppOptions) {
  const open = (arrival: Arrival, surface: Surface) =>
    openExchange(arrival, surface, { snapshot: snapshots.current(), services });

  const refuse = (arrival: Arrival, error: unknown) => {
    const { request } = arrival;
    const exchange = open(arrival, {
      dialect: dialectOfCaller(request),
      operation: "generate",
      framing: "sse",
      query: queryOf(request),
    });
    exchange.outcome.error =
      error instanceof GatewayError ? error : new GatewayError("internal", "The gateway failed.", { cause: error });
    sendError(exchange, error);
    settle(exchange);
  };

  const guarded =
    (handler: Handler): Handler =>
    (arrival) => {
      try {
        guardTarget(arrival.request, loopback);
        handler(arrival);
      } catch (error) {
        refuse(arrival, error);
      }
    };

  return {
    data: ({ surface, run }: DataRoute) =>
      guarded((arrival) => {
        const exchange = open(arrival, surface(arrival.request));
        run(exchange).catch((error: unknown) => {
          services.log.error({ requestId: exchange.id, cause: error }, "a request ended in a bug");
          exchange.response.destroy();
        });
      }),
    catalogue: ({ answer }: CatalogueRoute) =>
      guarded((arrival) => {
        const { request, response } = arrival;
        const snapshot = snapshots.current();
        const told = async () => {
          await authenticate(request, { snapshot, keys: services.keys });
          sendJson(response, 200, answer(request, snapshot));
        };
        told().catch((error: unknown) => refuse(arrival, error));
      }),
    // Inworld's own, so that it fails as its router API does.
    offeredModels: (arrival: Arrival) => {
      const answer = async () => ({ status: 200, body: offeredModelList(snapshots.current()) });
      void answerCall(arrival, answer, { snapshots, keys: services.keys, loopback, log: services.log });
    },
    upgradeRequired: guarded(requireUpgrade),
    methodNotAllowed: guarded(({ request, response }) => {
      response.setHeader("allow", "POST");
      throw new GatewayError(
        "method_not_allowed",
        `${request.method ?? "This method"} is not allowed here: send POST.`,
      );
    }),
    hello: guarded(({ response }) => sendJson(response, 200, { name: "signalbox", status: "ok" })),
    live: guarded(({ response }) => sendJson(response, 200, { status: "ok" })),
    ready: guarded(({ response }) => {
      const providers = snapshots.current().providers.size;
      sendJson(response, providers > 0 ? 200 : 503, {
        status: providers > 0 ? "ready" : "no provider is configured",
        providers,
      });
    }),
    notFound: guarded(({ request }) => {
      throw new GatewayError(
        "not_found",
        `There is nothing at ${request.method ?? ""} ${pathOf(request).slice(0, 200)}.`,
      );
    }),
  };
}

function requireUpgrade({ response }: Arrival): never {
  response.setHeader("upgrade", "HTTP/1.1");
  throw new GatewayError("upgrade_required", "Responses over WebSocket are not served here: send POST /v1/responses.");
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "content-length": text.length });
  response.end(text);
}
