import { GatewayError } from "@signalbox/protocol";
import { type Role, roles } from "../config/access.ts";
import type { ClientKey } from "../config/settings.ts";

/** What a route asks of a key. Who has which is the table below, and nowhere else. */
export const permissions = [
  /** Ask models, and have tokens counted, which may ask an upstream. */
  "inference",
  /** Models, providers, and which of them would answer a request (`explain`, which calls nobody). */
  "models:read",
  /** The key's own limits, spending and requests. */
  "self:read",
  "routers:read",
  "routers:write",
  "keys:read",
  "keys:write",
  /** Organisations, teams and groups, and the names of their provider accounts. */
  "accounts:read",
  "accounts:write",
  /** Make and delete organisations. */
  "organisations:write",
  /** Provider accounts that keys, teams, organisations and groups bring along. */
  "credentials:write",
  /** What others of the same scope have used. */
  "usage:read",
  /** Their words: requests and answers, where they are kept. */
  "bodies:read",
  "audit:read",
  /** How much is kept in the response cache. */
  "cache:read",
  /** Forget it: all, what has gone by a router, or any entry. */
  "cache:write",
  /** Call the tools of the MCP server, each of which asks for the permission of what it does. */
  "mcp",
  /** Send anything to any path of a provider under the operator's account, where everybody's files and batches are. */
  "passthrough",
] as const;

export type Permission = (typeof permissions)[number];

/** What a route says of itself: `public` is for everybody, without a key. */
export type RoutePermission = Permission | "public";

const everybody = ["models:read", "self:read"] as const;
const noRole = [...everybody, "inference"] as const;
const viewer = [...everybody, "routers:read", "keys:read", "accounts:read", "usage:read", "cache:read", "mcp"] as const;
const editor = [...viewer, "inference", "routers:write"] as const;
const admin = [
  ...editor,
  "keys:write",
  "accounts:write",
  "credentials:write",
  "bodies:read",
  "audit:read",
  "cache:write",
  "passthrough",
] as const;

/** What is not listed is not allowed. */
const GRANTS: { readonly [R in Role | "none"]: ReadonlySet<Permission> } = {
  none: new Set(noRole),
  viewer: new Set(viewer),
  editor: new Set(editor),
  admin: new Set(admin),
  owner: new Set([...admin, "organisations:write"]),
};

/**
 * What belongs to nobody but the installation: routers answer for everyone, the audit log and the cache tell of everyone, and a provider's account
 * holds what everyone has sent it. A key of a team or of an organisation cannot do it, whatever its role.
 */
const INSTALLATION_WIDE: ReadonlySet<Permission> = new Set([
  "routers:write",
  "organisations:write",
  "audit:read",
  "cache:read",
  "cache:write",
  "passthrough",
]);

export type Caller = Pick<ClientKey, "role" | "org" | "team">;

export function mayCall(caller: Caller, permission: Permission): boolean {
  if (!GRANTS[caller.role ?? "none"].has(permission)) return false;
  return isInstallationWide(caller) || !INSTALLATION_WIDE.has(permission);
}

/** The key belongs to no team and to no organisation. */
export function isInstallationWide({ org, team }: Pick<ClientKey, "org" | "team">): boolean {
  return org === undefined && team === undefined;
}

/** Throws `permission_denied`. */
export function requirePermission(caller: Caller, permission: Permission): void {
  if (mayCall(caller, permission)) return;
  const granted = GRANTS[caller.role ?? "none"].has(permission);
  const why = granted
    ? "this concerns the whole installation, and the key is one of a team or an organisation"
    : `its role (${caller.role ?? "none"}) does not include ${permission}`;
  throw new GatewayError("permission_denied", `This API key may not do that: ${why}.`);
}

/** No role is the weakest. */
export function isAtMost(role: Role | undefined, limit: Role | undefined): boolean {
  return rank(role) <= rank(limit);
}

const rank = (role: Role | undefined): number => (role === undefined ? -1 : roles.indexOf(role));

export function isRoutePermission(value: unknown): value is RoutePermission {
  return value === "public" || permissions.some((permission) => permission === value);
}
