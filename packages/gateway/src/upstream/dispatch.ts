import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import { type Dispatcher, request } from "undici";
import type { Timeouts } from "../config/settings.ts";
import type { Credential, ResolvedEndpoint } from "../providers/resolved.ts";
import { assertPublicHost } from "./address-policy.ts";
import type { Agents } from "./agents.ts";
import { applyCredential } from "./auth/apply.ts";
import { classifyTransportError } from "./classify.ts";
import { type Call, endpointUrl } from "./endpoint-url.ts";

export interface UpstreamRequest {
  readonly endpoint: ResolvedEndpoint;
  readonly credential: Credential | undefined;
  readonly call: Call;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"] & IncomingHttpHeaders;
  readonly body: Dispatcher.ResponseData["body"];
}

export interface DispatchOptions {
  readonly agents: Agents;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
}

/** Sends one request and resolves at the answer's head, whatever its status. Rejects with GatewayError. Follows no redirect. */
export async function dispatch(upstream: UpstreamRequest, options: DispatchOptions): Promise<UpstreamAnswer> {
  const { endpoint, credential, call } = upstream;
  const url = endpointUrl(endpoint, call);
  if (url === undefined) throw new GatewayError("not_found", "The upstream has no such operation.");
  const headers: Record<string, string> = { "content-type": "application/json", "user-agent": "signalbox" };
  for (const [name, value] of endpoint.headers) headers[name.toLowerCase()] = value.reveal();
  Object.assign(headers, upstream.headers);
  headers["accept"] = call.stream ? "text/event-stream" : "application/json";
  applyCredential(endpoint, credential, { url, headers });
  try {
    if (!endpoint.privateAllowed) assertPublicHost(url);
    const {
      statusCode,
      headers: answered,
      body,
    } = await request(url, {
      method: "POST",
      headers,
      body: upstream.body,
      signal: options.signal,
      dispatcher: options.agents.get({
        connectMs: options.timeouts.connectMs,
        privateAllowed: endpoint.privateAllowed,
      }),
    });
    return { status: statusCode, headers: answered, body };
  } catch (error) {
    throw classifyTransportError(options.signal.aborted ? options.signal.reason : error);
  }
}
