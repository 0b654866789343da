import type { IncomingHttpHeaders } from "node:http";
import { GatewayError, isObject, type JsonObject } from "@signalbox/protocol";
import type { ClientKey } from "../../config/settings.ts";
import type { InProcess } from "../../pipeline/in-process.ts";
import type { AdminAnswer, AdminCall, AnswerOptions } from "../admin/answer.ts";
import { apiRoutes } from "../admin/api.ts";
import type { StatusError } from "../admin/status.ts";
import { isRoutePermission, mayCall, type Permission } from "../permissions.ts";
import type { Route } from "../route.ts";
import { answerMcp } from "./mcp-server.ts";
import { restOf } from "./rest.ts";
import type { McpTool } from "./tool.ts";
import { mcpTools } from "./tools.ts";

export interface McpOptions {
  /** Those that tools stand for, without prefixes. */
  readonly routes: readonly Route[];
  readonly server: InProcess;
  readonly log: AnswerOptions["log"];
}

/** AnyRouter's path, with the prefix `/api`, and the one that clients of MCP try. */
const PATHS = ["/mcp", "/v1/mcp"];

/** Management over MCP, for keys that have a role. There are no sessions: what is not POST is told so with 405. */
export function mcpRoutes({ routes, server, log }: McpOptions): readonly Route[] {
  const permissions = new Map(mcpTools.map((tool) => [tool, permissionOf(tool, routes)]));
  const handler = async (call: AdminCall): Promise<AdminAnswer> => {
    expectOwnOrigin(call.headers);
    const message = await call.body();
    const rest = restOf(server, call.request);
    const tools = mcpTools.filter((tool) => isFor(call.key, permissions.get(tool)));
    return adminAnswer(await answerMcp(webRequest(call.headers), message, { tools, rest, log }));
  };
  const rows = PATHS.map((path) => ({ method: "POST", path, permission: "mcp", handler }) as const);
  return apiRoutes(rows, { errorBody: rpcErrorBody, log, quiet: true });
}

const isFor = (key: ClientKey, permission: Permission | undefined): boolean =>
  permission !== undefined && mayCall(key, permission);

/** Throws where a tool stands for nothing, so that no gateway starts with it. */
function permissionOf({ name, route }: McpTool, routes: readonly Route[]): Permission {
  const found = routes.find(({ method, path }) => method.some((one) => `${one} ${path}` === route));
  const permission = found?.permission;
  if (permission === undefined || permission === "public" || !isRoutePermission(permission))
    throw new Error(`The MCP tool ${name} stands for ${route}, which is no route for keys.`);
  return permission;
}

/**
 * A page of another site cannot know a key, but its browser may be where one is kept.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
 */
function expectOwnOrigin({ origin, host }: IncomingHttpHeaders): void {
  if (origin === undefined || hostOf(origin) === host?.toLowerCase()) return;
  throw new GatewayError("permission_denied", "This endpoint is not for pages of other sites.");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** The transport reads heads of the web's own sort. Every client is content with JSON, whether it says so or not. */
function webRequest(headers: IncomingHttpHeaders): Request {
  const told = Object.entries(headers).filter(
    (header): header is [string, string] => header[0].startsWith("mcp-") && typeof header[1] === "string",
  );
  return new Request("http://localhost/mcp", {
    method: "POST",
    headers: [...told, ["content-type", "application/json"], ["accept", "application/json, text/event-stream"]],
  });
}

async function adminAnswer(response: Response): Promise<AdminAnswer> {
  const text = await response.text();
  if (text === "") return { status: response.status };
  const body: unknown = JSON.parse(text);
  return { status: response.status, body: isObject(body) ? body : {} };
}

/** JSON-RPC's, which has codes of -32000 and below for servers. https://www.jsonrpc.org/specification#error_object */
function rpcErrorBody({ status, message }: StatusError): JsonObject {
  const code = status === 400 ? INVALID_REQUEST : -32_001;
  return { jsonrpc: "2.0", id: null, error: { code, message, data: { status } } };
}

const INVALID_REQUEST = -32_600;
