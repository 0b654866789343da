import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { ClientKey } from "../config/settings.ts";

const SINGLE_HEADERS: ReadonlySet<string> = new Set(["authorization", "x-api-key", "x-goog-api-key", "host"]);

/**
 * The client's key, from wherever its SDK puts one: `Authorization: Bearer` or `Basic` (taken as it is), `x-api-key`,
 * `x-goog-api-key`, `?key=`. Several are fine when they are equal. Keys are looked up by their digest, so that the time
 * that a comparison takes tells nothing about a key.
 */
export function authenticate(request: IncomingMessage, snapshot: Pick<Snapshot, "keys">): ClientKey {
  rejectRepeatedHeaders(request.rawHeaders);
  const [credential, ...others] = new Set(credentialsOf(request));
  if (credential === undefined)
    throw unauthorised("No API key was sent. Send it as 'Authorization: Bearer', 'x-api-key' or 'x-goog-api-key'.");
  if (others.length > 0) throw unauthorised("The request carries conflicting credentials: send one key.");
  const key = snapshot.keys.get(hash("sha256", credential, "hex"));
  if (key === undefined) throw unauthorised("The API key is not valid here.");
  return key;
}

function unauthorised(message: string): GatewayError {
  return new GatewayError("invalid_api_key", message);
}

function credentialsOf(request: IncomingMessage): string[] {
  const { authorization, "x-api-key": apiKey, "x-goog-api-key": googleKey } = request.headers;
  // A scheme without a token is what SDKs send for an empty setting.
  const [, scheme, token] = /^\s*(?:(bearer|basic)(?=\s|$))?\s*(.*)$/i.exec(authorization ?? "") ?? [];
  if (scheme === undefined && token !== undefined && token !== "")
    throw unauthorised("The Authorization header is neither Bearer nor Basic.");
  const url = request.url ?? "";
  const query = url.includes("key=") ? new URLSearchParams(url.slice(url.indexOf("?") + 1)).getAll("key") : [];
  return [token, apiKey, googleKey, ...query]
    .filter((value): value is string => typeof value === "string" && value !== "")
    .map((value) => value.trim());
}

/** Node keeps the first of repeated headers and hides the rest; two judges would see two requests. */
function rejectRepeatedHeaders(rawHeaders: readonly string[]): void {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    if (!SINGLE_HEADERS.has(name)) continue;
    if (seen.has(name)) throw new GatewayError("invalid_request", `The header '${name}' is repeated.`);
    seen.add(name);
  }
}
