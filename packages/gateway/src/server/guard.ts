import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { GatewayError } from "@signalbox/protocol";

/**
 * Refuses what Node's parser lets through: two Host headers, absolute-form targets, and, on a loopback listener, host names
 * of others (a browser that was led here by DNS rebinding). Throws `invalid_request` or `misdirected_request`.
 */
export function guardTarget(request: IncomingMessage, loopback: boolean): void {
  if (!(request.url ?? "").startsWith("/"))
    throw new GatewayError("invalid_request", "The request target must be a path.");
  const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts > 1) throw new GatewayError("invalid_request", "The header 'host' is repeated.");
  if (loopback && !isLocalName(request.headers.host ?? "localhost")) {
    throw new GatewayError("misdirected_request", "This listener answers to local names only.");
  }
}

function isLocalName(host: string): boolean {
  const name = host
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}
