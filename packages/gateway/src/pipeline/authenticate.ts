import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import { clientAddress } from "../access/addresses.ts";
import { isOpen, notValid } from "../access/check-caller.ts";
import type { KeyDirectory } from "../access/key-directory.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import { parseKey } from "../config/key-secret.ts";
import type { ClientKey } from "../config/settings.ts";

const SINGLE_HEADERS: ReadonlySet<string> = new Set(["authorization", "x-api-key", "x-goog-api-key", "host"]);

export interface AuthenticateContext {
  readonly snapshot: Pick<Snapshot, "keys" | "server">;
  readonly keys: KeyDirectory;
}

/**
 * The client's key, from wherever its SDK puts one: `Authorization: Bearer` or `Basic` (taken as it is), `x-api-key`,
 * `x-goog-api-key`, `?key=`. Several are fine when they are equal. Keys are looked up by their digest, so that the time
 * that a comparison takes tells nothing about a key. A promise only where the store has to be asked. Throws, or rejects with,
 * `invalid_api_key`, in the same words whatever is wrong with a key; `rate_limited` for who sent too many wrong ones;
 * `overloaded` where only a store that is away could tell.
 */
export function authenticate(
  request: IncomingMessage,
  { snapshot, keys }: AuthenticateContext,
): ClientKey | Promise<ClientKey> {
  rejectRepeatedHeaders(request.rawHeaders);
  const [credential, ...others] = new Set(credentialsOf(request));
  if (credential === undefined) throw isSigned(request) ? signed() : notValid();
  if (others.length > 0) {
    throw new GatewayError("invalid_api_key", "The request carries conflicting credentials: send one key.");
  }
  const digest = hash("sha256", credential, "hex");
  const known = snapshot.keys.get(digest) ?? keys.known(digest);
  if (opens(known, digest)) return known;
  const address = clientAddress(request, snapshot.server.trustedProxies);
  const check = (found: ClientKey | undefined): ClientKey => {
    if (opens(found, digest)) return found;
    keys.guesses.failed(address);
    throw notValid();
  };
  const waitMs = keys.guesses.waitMs(address);
  if (waitMs !== undefined) {
    throw new GatewayError("rate_limited", "Too many API keys that are not valid came from this address.", {
      retryAfterMs: waitMs,
    });
  }
  // What nobody can have been given is not worth a look at the database.
  const found = parseKey(credential) === undefined ? undefined : keys.find(digest);
  return found instanceof Promise ? found.then(check) : check(found);
}

function opens(key: ClientKey | undefined, digest: string): key is ClientKey {
  if (key === undefined || !isOpen(key, Date.now())) return false;
  return timingSafeEqual(Buffer.from(key.hash, "latin1"), Buffer.from(digest, "latin1"));
}

function credentialsOf(request: IncomingMessage): string[] {
  const { authorization, "x-api-key": apiKey, "x-goog-api-key": googleKey } = request.headers;
  // A scheme without a token is what SDKs send for an empty setting.
  const [, scheme, token] = /^\s*(?:(bearer|basic)(?=\s|$))?\s*(.*)$/i.exec(authorization ?? "") ?? [];
  const isOther = scheme === undefined && token !== undefined && token !== "";
  if (isOther && !isSigned(request)) throw notValid();
  const url = request.url ?? "";
  const query = url.includes("key=") ? new URLSearchParams(url.slice(url.indexOf("?") + 1)).getAll("key") : [];
  return [isOther ? undefined : token, apiKey, googleKey, ...query]
    .filter((value): value is string => typeof value === "string" && value !== "")
    .map((value) => value.trim());
}

/** By AWS's Signature Version 4, whose secret is not known here. A key may stand beside it. */
const isSigned = ({ headers }: IncomingMessage): boolean => /^\s*AWS4-/.test(headers.authorization ?? "");

const signed = () =>
  new GatewayError(
    "invalid_api_key",
    "The request is signed with AWS credentials, which this gateway cannot check. Set AWS_BEARER_TOKEN_BEDROCK to a key of this gateway, or CLAUDE_CODE_SKIP_BEDROCK_AUTH=1 and ANTHROPIC_AUTH_TOKEN, or send the key as x-api-key.",
  );

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
