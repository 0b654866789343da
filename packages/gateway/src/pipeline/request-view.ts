import { GatewayError, isObject, type JsonValue, stringAt, valueAt } from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";
import { entrantOf } from "../routing/access/access.ts";
import { reachOf } from "../routing/access/reach.ts";
import { askedOutputs } from "../routing/asked-outputs.ts";
import { once } from "../routing/once.ts";
import { hasTools, requestFeatures } from "../routing/request-features.ts";
import { requestSample } from "../routing/request-sample.ts";
import type { Caller, RequestView } from "../routing/request-view.ts";
import { sessionOf } from "../routing/session.ts";
import { callerNames } from "./caller-names.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";

/** Where each dialect keeps the conversation. */
const MESSAGES: Readonly<Record<SurfaceDialect, string>> = {
  "openai-chat": "messages",
  "openai-responses": "input",
  "anthropic-messages": "messages",
  gemini: "contents",
};

/** The request as routing sees it. What takes time to know is found out once, and only if something asks. */
export function requestView(exchange: Exchange, request: ClientRequest): RequestView {
  const { bytes, scan } = request;
  const { dialect } = exchange.surface;
  const { headers } = exchange.request;
  const raw = { bytes, scan, dialect };
  return {
    model: request.model,
    dialect,
    stream: request.stream,
    preferences: request.preferences,
    caller: callerOf(exchange),
    user: userOf(exchange, request),
    headers,
    session: once(() => sessionOf({ ...raw, headers })),
    features: once(() => requestFeatures(raw)),
    hasTools: () => hasTools(raw),
    outputs: once(() => askedOutputs(raw)),
    sample: once(() => requestSample(raw)),
    messages: once(() => {
      const span = scan.members.get(MESSAGES[dialect]);
      return (span === undefined ? undefined : valueAt(bytes, span)) ?? [];
    }),
  };
}

/** Who asks, as routing sees it. */
export function callerOf({ outcome, snapshot, services, request }: Exchange): Caller {
  const { key } = outcome;
  if (key === undefined) throw new GatewayError("internal", "A request without a key was planned.");
  const { id, name, metadata } = key;
  return {
    ...entrantOf(key, snapshot),
    id,
    name,
    metadata,
    reach: () => reachOf(snapshot, key),
    thrift: () => services.accounts.pressure({ key, ...callerNames(request.headers) }).reason,
  };
}

/** The end user, by whichever name the dialect has for one, or by our header. */
function userOf({ request: http, surface }: Exchange, { bytes, scan }: ClientRequest): string | undefined {
  const header = http.headers["x-signalbox-user"];
  if (typeof header === "string" && header !== "") return header;
  const field = (name: string): string | undefined => {
    const span = scan.members.get(name);
    return span === undefined ? undefined : stringAt(bytes, span);
  };
  if (surface.dialect !== "anthropic-messages") return field("user") ?? field("safety_identifier");
  const span = scan.members.get("metadata");
  const metadata: JsonValue | undefined = span === undefined ? undefined : valueAt(bytes, span);
  const user = isObject(metadata) ? metadata["user_id"] : undefined;
  return typeof user === "string" ? user : undefined;
}
