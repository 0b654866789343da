import type { FastifyInstance } from "fastify";
import { isRoutePermission, type RoutePermission } from "./permissions.ts";
import { type Gate, passGate, type Route } from "./route.ts";

/** A route as it was registered. */
export interface ServedRoute {
  readonly method: string;
  readonly path: string;
  readonly permission: RoutePermission;
}

/** Refuses every route, whoever registers it, that does not say what it asks of a key; the others are in the list. */
export function recordRoutes(app: FastifyInstance): readonly ServedRoute[] {
  const routes: ServedRoute[] = [];
  app.addHook("onRoute", ({ method, url, config }) => {
    const permission = config !== undefined && "permission" in config ? config.permission : undefined;
    if (!isRoutePermission(permission)) throw new Error(`The route ${String(method)} ${url} names no permission.`);
    for (const one of [method].flat()) routes.push({ method: one, path: url, permission });
  });
  return routes;
}

export function register(app: FastifyInstance, route: Route, gate: Gate): void {
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
