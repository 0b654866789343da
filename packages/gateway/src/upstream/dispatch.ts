import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { GatewayError } from "@signalbox/protocol";
import type { Dispatcher } from "undici";
import type { Timeouts } from "../config/timeouts.ts";
import type { Credential, ResolvedEndpoint } from "../providers/resolved.ts";
import { assertPublicHost } from "./address-policy.ts";
import type { Agents } from "./agents.ts";
import { applyCredential } from "./auth/apply.ts";
import type { Cancellation } from "./cancellation.ts";
import { classifyTransportError } from "./classify.ts";
import { type Call, endpointUrl } from "./endpoint-url.ts";
import { type ResponseBody, type ResponseBodyWriter, responseBody } from "./response-body.ts";

export interface UpstreamRequest {
  readonly endpoint: ResolvedEndpoint;
  readonly credential: Credential | undefined;
  readonly call: Call;
  readonly headers: Readonly<Record<string, string>>;
  /** Pieces are sent one after the other, without being joined first. */
  readonly body: string | Uint8Array | readonly Uint8Array[];
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: ResponseBody;
}

export interface DispatchOptions {
  readonly agents: Agents;
  readonly timeouts: Timeouts;
  readonly cancel: Cancellation;
  /** A connection takes the request: before it the upstream cannot know of it, from here on it may. */
  readonly onSent?: () => void;
}

/** Sends one request and resolves at the answer's head, whatever its status. Rejects with GatewayError. Follows no redirect. */
export async function dispatch(upstream: UpstreamRequest, options: DispatchOptions): Promise<UpstreamAnswer> {
  const { endpoint, credential, call } = upstream;
  const url = endpointUrl(endpoint, call);
  if (url === undefined) throw new GatewayError("not_found", "The upstream has no such operation.");
  const headers = requestHeaders(upstream);
  applyCredential(endpoint, credential, { url, headers });
  const { privateAllowed } = endpoint;
  try {
    if (!privateAllowed) assertPublicHost(url);
    const dispatcher = options.agents.get({ connectMs: options.timeouts.connectMs, privateAllowed });
    const { origin, pathname, search } = url;
    const body = bodyOf(upstream, headers);
    const request = { origin, path: pathname + search, method: "POST" as const, headers, body };
    return await exchange(dispatcher, request, options);
  } catch (error) {
    throw options.cancel.reason() ?? classifyTransportError(error);
  }
}

function requestHeaders({ endpoint, headers, call }: UpstreamRequest): Record<string, string> {
  const sent: Record<string, string> = { "content-type": "application/json", "user-agent": "signalbox" };
  for (const [name, value] of endpoint.headers) sent[name] = value.reveal();
  for (const name in headers) sent[name] = headers[name] ?? "";
  sent["accept"] = call.stream ? "text/event-stream" : "application/json";
  return sent;
}

/** From here on copying a body costs more than streaming its pieces. */
const STREAMED_BODY = 64 * 1024;

function bodyOf({ body }: UpstreamRequest, headers: Record<string, string>): string | Uint8Array | Readable {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  if (length < STREAMED_BODY) return Buffer.concat(body);
  headers["content-length"] = String(length);
  return Readable.from(body, { objectMode: false });
}

/**
 * undici's `dispatch` rather than its `request`: the same exchange without a web-flavoured Readable and an AbortSignal
 * around it, which cost as much as the rest of the call.
 */
function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { cancel, onSent }: Pick<DispatchOptions, "cancel" | "onSent">,
): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    let body: ResponseBodyWriter | undefined;
    let started: Dispatcher.DispatchController | undefined;
    // Also while the request waits for a connection, when there is nothing to abort yet.
    const forget = cancel.onAbort((reason) => {
      started?.abort(reason);
      reject(reason);
    });
    dispatcher.dispatch(request, {
      onRequestStart(controller) {
        started = controller;
        const reason = cancel.reason();
        if (reason === undefined) onSent?.();
        else controller.abort(reason);
      },
      onResponseStart(controller, status, headers) {
        if (status < 200) return;
        body = responseBody({
          pause: () => controller.pause(),
          resume: () => controller.resume(),
          abort: (reason) => controller.abort(reason),
        });
        resolve({ status, headers, body });
      },
      onResponseData: (_controller, chunk) => body?.push(chunk),
      onResponseEnd() {
        forget();
        body?.end();
      },
      onResponseError(_controller, error) {
        forget();
        body?.fail(error);
        reject(error);
      },
    });
  });
}
