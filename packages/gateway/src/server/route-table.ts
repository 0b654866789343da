import { GatewayError } from "@signalbox/protocol";
import type { InProcess } from "../pipeline/in-process.ts";
import { type ApiRoute, apiRoutes } from "./admin/api.ts";
import { cacheRoutes } from "./admin/cache/cache-routes.ts";
import { openaiErrorBody } from "./admin/openai-error.ts";
import type { RouterAdmin } from "./admin/router-admin.ts";
import { routerRoutes } from "./admin/router-routes.ts";
import type { RouterAudit } from "./admin/router-service.ts";
import { statusBody } from "./admin/status.ts";
import { type CallOptions, type Calls, createCalls, sendJson } from "./calls.ts";
import type { Arrival } from "./exchange.ts";
import { mcpRoutes } from "./mcp/mcp-routes.ts";
import type { Route } from "./route.ts";
import { DATA_ROUTES } from "./routes.ts";
import { CATALOGUE_ROUTES } from "./surfaces/catalogue-routes.ts";
import { OBJECT_ROUTES } from "./surfaces/object-routes.ts";
import { offeredModelList } from "./surfaces/offered-models.ts";
import { PASSTHROUGH_METHODS, PASSTHROUGH_ROUTE, withoutSurface } from "./surfaces/passthrough-route.ts";
import { STATE_ROUTES } from "./surfaces/state-routes.ts";

export interface RouteTableOptions extends CallOptions {
  readonly registry: RouterAdmin;
  readonly audit: RouterAudit;
  /** AnyRouter's API: keys and whom they belong to, provider accounts, what was used. */
  readonly accounts: readonly ApiRoute[];
  /** These routes themselves, for those of them that ask others. */
  readonly server: InProcess;
}

/** Every route of the server, with what it asks of a key. */
export function routeTable(options: RouteTableOptions): readonly Route[] {
  const calls = createCalls(options);
  const told = [...dialectRoutes(calls, options), ...apis(options)];
  const overMcp = mcpRoutes({ routes: told, server: options.server, log: options.services.log });
  return [...told, ...overMcp, ...openRoutes(calls, options)];
}

function apis({ registry, audit, accounts, snapshots, services }: RouteTableOptions): readonly Route[] {
  const { log } = services;
  // Inworld's own, so that it fails as its router API does.
  const offered: ApiRoute = {
    method: "GET",
    path: "/llm/v1alpha/models",
    permission: "models:read",
    handler: async ({ key }) => ({ status: 200, body: offeredModelList(snapshots.current(), key) }),
  };
  return [
    ...apiRoutes([...routerRoutes({ admin: registry, audit }), offered], { errorBody: statusBody, log }),
    ...apiRoutes([...accounts, ...cacheRoutes(services.cache, services.similar)], { errorBody: openaiErrorBody, log }),
  ];
}

/** Where clients speak a dialect. */
function dialectRoutes(calls: Calls, { snapshots }: Pick<RouteTableOptions, "snapshots">): readonly Route[] {
  const fixed = DATA_ROUTES.map(({ path }) => path).filter((path) => !path.endsWith("*"));
  const wrongMethod = (path: string): Route => ({
    method: path === "/v1/responses" ? ["PUT", "DELETE", "PATCH"] : ["GET", "PUT", "DELETE", "PATCH"],
    path,
    permission: "public",
    open: (arrival) => calls.open(arrival, refuseMethod),
  });
  return [
    ...DATA_ROUTES.map(
      (data): Route => ({
        method: ["POST"],
        path: data.path,
        permission: data.permission,
        open: (arrival) => calls.data(data, arrival),
      }),
    ),
    ...stateRoutes(calls),
    ...CATALOGUE_ROUTES.map(
      (catalogue): Route => ({
        method: ["GET"],
        path: catalogue.path,
        permission: catalogue.permission,
        open: (arrival) => calls.catalogue(catalogue, arrival),
      }),
    ),
    {
      method: PASSTHROUGH_METHODS,
      path: PASSTHROUGH_ROUTE.path,
      permission: PASSTHROUGH_ROUTE.permission,
      open: (arrival) => withoutSurface(calls.data(PASSTHROUGH_ROUTE, arrival)),
    },
    {
      method: ["GET"],
      path: "/v1/responses",
      permission: "public",
      open: (arrival) =>
        calls.open(arrival, (arrived) => requireUpgrade(arrived, snapshots.current().responses.webSocket)),
    },
    ...fixed.map(wrongMethod),
  ];
}

/** Answers, conversations, files and batches that are kept. */
function stateRoutes(calls: Calls): readonly Route[] {
  const kept = [...STATE_ROUTES, ...OBJECT_ROUTES];
  const paths = [...new Set(kept.map(({ path }) => path))];
  const methodsAt = (at: string) => kept.filter(({ path }) => path === at).map(({ method }) => method);
  const wrongMethod = (path: string): Route => {
    const known: readonly string[] = methodsAt(path);
    return {
      method: ["GET", "POST", "PUT", "DELETE", "PATCH"].filter((method) => !known.includes(method)),
      path,
      permission: "public",
      open: (arrival) => calls.open(arrival, (arrived) => refuseMethods(arrived, known)),
    };
  };
  return [
    ...kept.map(
      (route): Route => ({
        method: [route.method],
        path: route.path,
        permission: route.permission,
        open: (arrival) => calls.data(route, arrival),
      }),
    ),
    ...paths.map(wrongMethod),
  ];
}

function refuseMethods({ request, response }: Arrival, known: readonly string[]): never {
  const allow = known.join(", ");
  response.setHeader("allow", allow);
  throw new GatewayError(
    "method_not_allowed",
    `${request.method ?? "This method"} is not allowed here: send ${allow}.`,
  );
}

function refuseMethod({ request, response }: Arrival): never {
  response.setHeader("allow", "POST");
  throw new GatewayError("method_not_allowed", `${request.method ?? "This method"} is not allowed here: send POST.`);
}

function requireUpgrade({ response }: Arrival, webSocket: boolean): never {
  response.setHeader("upgrade", webSocket ? "websocket" : "HTTP/1.1");
  const message = webSocket
    ? "GET /v1/responses is the WebSocket form: send an upgrade to it, or POST /v1/responses."
    : "Responses over WebSocket are not served here: send POST /v1/responses.";
  throw new GatewayError("upgrade_required", message);
}

/** Probes, for everybody. */
function openRoutes(calls: Calls, { snapshots }: Pick<RouteTableOptions, "snapshots">): readonly Route[] {
  const probe = (path: string, answer: () => { readonly status: number; readonly body: unknown }): Route => ({
    method: path.startsWith("/health") ? ["GET"] : ["HEAD", "GET"],
    path,
    permission: "public",
    open: (arrival) =>
      calls.open(arrival, ({ response }) => {
        const { status, body } = answer();
        sendJson(response, status, body);
      }),
  });
  const hello = () => ({ status: 200, body: { name: "signalbox", status: "ok" } });
  return [
    probe("/", hello),
    // Claude Code asks for /api/hello.
    probe("/hello", hello),
    probe("/health/live", () => ({ status: 200, body: { status: "ok" } })),
    probe("/health/ready", () => {
      const providers = snapshots.current().providers.size;
      const body = { status: providers > 0 ? "ready" : "no provider is configured", providers };
      return { status: providers > 0 ? 200 : 503, body };
    }),
  ];
}
