import { GatewayError, isObject, type JsonObject, parseJson } from "@signalbox/protocol";
import { assertPublicHost } from "../address-policy.ts";
import { cancellation } from "../cancellation.ts";
import { classifyTransportError } from "../classify.ts";
import type { Pools } from "../pools.ts";
import { readBody } from "../read-body.ts";
import { redactSecrets } from "../redact.ts";
import { send } from "../send.ts";
import type { Lease } from "./token-cache.ts";

export interface TokenRequest {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

export interface TokenTrip {
  readonly pools: Pools;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The account is not the operator's: its token server must stand on a public address, and be asked in secret. */
  readonly brought: boolean;
}

const CONNECT_MS = 5_000;
const PATIENCE_MS = 15_000;
const ANSWER_LIMIT = 256 * 1024;

/** An hour where the server does not say. */
const DEFAULT_SECONDS = 3_600;

/** Asks a token server (RFC 6749, section 5). Rejects with `upstream_auth`, without anything that was sent. */
export async function requestToken(request: TokenRequest, trip: TokenTrip): Promise<Lease<string>> {
  const asked = trip.now();
  const { status, body } = await ask(request, trip);
  const fields = parsed(body);
  const token = fields?.["access_token"] ?? fields?.["id_token"];
  if (status !== 200 || typeof token !== "string") throw refused(status, fields, Object.values(request.form ?? {}));
  const seconds = Number(fields?.["expires_in"] ?? DEFAULT_SECONDS);
  return { value: token, expiresAt: asked + (seconds > 0 ? seconds : DEFAULT_SECONDS) * 1000 };
}

async function ask({ url: written, method = "POST", headers = {}, form }: TokenRequest, trip: TokenTrip) {
  const url = new URL(written);
  const cancel = cancellation();
  const late = () => cancel.abort(new GatewayError("upstream_timeout", "The token server took too long."));
  const timer = setTimeout(late, PATIENCE_MS);
  try {
    if (trip.brought) checkBrought(url);
    const dispatcher = trip.pools.get({ connectMs: CONNECT_MS, privateAllowed: !trip.brought });
    const { origin, pathname, search } = url;
    const body = form === undefined ? null : new URLSearchParams(form).toString();
    const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const sent = { accept: "application/json", "user-agent": "signalbox", ...type, ...headers };
    const answer = await send(dispatcher, { origin, path: pathname + search, method, headers: sent, body }, { cancel });
    return { status: answer.status, body: (await readBody(answer.body, ANSWER_LIMIT)).toString("utf8") };
  } catch (error) {
    throw cancel.reason() ?? classifyTransportError(error);
  } finally {
    clearTimeout(timer);
  }
}

function checkBrought(url: URL): void {
  if (url.protocol !== "https:")
    throw new GatewayError("upstream_auth", "The token server of this credential must be asked by https.");
  assertPublicHost(url);
}

function parsed(body: string): JsonObject | undefined {
  try {
    const value = parseJson(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of the answer only its two fields for errors, and in them nothing that was sent. */
function refused(status: number, fields: JsonObject | undefined, sent: readonly string[]): GatewayError {
  const said = [fields?.["error"], fields?.["error_description"]].filter((part) => typeof part === "string");
  const words = redactSecrets(said.join(": "), sent).slice(0, 300);
  const what = words === "" ? "" : `: ${words}`;
  return new GatewayError("upstream_auth", `The token server refused the credential with status ${status}${what}.`);
}
