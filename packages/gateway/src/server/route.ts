import type { IncomingMessage } from "node:http";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { ClientKey } from "../config/settings.ts";
import type { Arrival } from "./exchange.ts";
import { guardTarget } from "./guard.ts";
import { type Permission, type RoutePermission, requirePermission } from "./permissions.ts";

/** One request of a route. `refuse` answers in the shape that the route's clients read; it never throws. */
export interface Call<Parameters extends readonly unknown[]> {
  /** The API that the client speaks, where it is one of models. */
  readonly surface?: SurfaceDialect;
  readonly run: (...parameters: Parameters) => Promise<void> | void;
  /** `key`: who asked, where that is known. */
  readonly refuse: (thrown: unknown, key?: ClientKey) => void;
}

interface RouteOf<P extends RoutePermission, Parameters extends readonly unknown[]> {
  readonly method: readonly string[];
  /** As Fastify writes it: `:id`, `*`. */
  readonly path: string;
  /** Asked for before anything of the request but its head is read. */
  readonly permission: P;
  /** Never throws. */
  readonly open: (arrival: Arrival) => Call<Parameters>;
}

export type PublicRoute = RouteOf<"public", []>;
export type KeyRoute = RouteOf<Permission, [ClientKey]>;
export type Route = PublicRoute | KeyRoute;

/** What stands before every route. */
export interface Gate {
  /** Throws, or rejects with, `invalid_api_key` and whatever else lets nobody in. */
  readonly authenticate: (request: IncomingMessage) => ClientKey | Promise<ClientKey>;
  /** Throws `permission_denied` where the key may not be used from there, or on that surface. */
  readonly checkUse: (key: ClientKey, request: IncomingMessage, surface: SurfaceDialect | undefined) => void;
  /** Whether the listener is on a loopback address. */
  readonly loopback: boolean;
}

/** The one way into a route: its target is guarded, its caller known, and the permission that its row names is the caller's. */
export function passGate(route: Route, gate: Gate): (arrival: Arrival) => Promise<void> {
  return route.permission === "public" ? openToAll(route, gate) : behindKey(route, gate);
}

function openToAll({ open }: PublicRoute, { loopback }: Gate) {
  return async (arrival: Arrival): Promise<void> => {
    const call = open(arrival);
    try {
      guardTarget(arrival.request, loopback);
      await call.run();
    } catch (thrown) {
      call.refuse(thrown);
    }
  };
}

function behindKey({ open, permission }: KeyRoute, { authenticate, checkUse, loopback }: Gate) {
  return async (arrival: Arrival): Promise<void> => {
    const call = open(arrival);
    let key: ClientKey | undefined;
    try {
      guardTarget(arrival.request, loopback);
      const known = authenticate(arrival.request);
      key = known instanceof Promise ? await known : known;
      checkUse(key, arrival.request, call.surface);
      requirePermission(key, permission);
      await call.run(key);
    } catch (thrown) {
      call.refuse(thrown, key);
    }
  };
}
