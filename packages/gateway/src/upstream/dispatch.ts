import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { Timeouts } from "../config/timeouts.ts";
import type { Credential, UpstreamPlace } from "../providers/resolved.ts";
import { assertPublicHost } from "./address-policy.ts";
import type { Agents } from "./agents.ts";
import { applyCredential } from "./auth/apply.ts";
import type { Cancellation } from "./cancellation.ts";
import { classifyTransportError } from "./classify.ts";
import { type ResponseBody, type ResponseBodyWriter, responseBody } from "./response-body.ts";

export interface UpstreamRequest {
  readonly place: UpstreamPlace;
  readonly credential: Credential | undefined;
  /** POST where it is absent. */
  readonly method?: Dispatcher.HttpMethod;
  readonly url: URL;
  /** Lower-case names; over those of the place, but for the credential's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: UpstreamBody;
}

/** Pieces are sent one after the other, without being joined first. A function makes the stream anew for every attempt. */
export type UpstreamBody = string | Uint8Array | readonly Uint8Array[] | (() => Readable);

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
  const { place, credential, method = "POST" } = upstream;
  const { privateAllowed } = place;
  const url = new URL(upstream.url);
  const headers = requestHeaders(upstream);
  applyCredential(place, credential, { url, headers });
  try {
    if (!privateAllowed) assertPublicHost(url);
    const dispatcher = options.agents.get({ connectMs: options.timeouts.connectMs, privateAllowed });
    const { origin, pathname, search } = url;
    const body = bodyOf(upstream, headers);
    const request = { origin, path: pathname + search, method, headers, body };
    return await exchange(dispatcher, request, options);
  } catch (error) {
    throw options.cancel.reason() ?? classifyTransportError(error);
  }
}

function requestHeaders({ place, headers, body }: UpstreamRequest): Record<string, string> {
  const sent: Record<string, string> = { "user-agent": "signalbox" };
  if (body !== undefined) sent["content-type"] = "application/json";
  for (const [name, value] of place.headers) sent[name] = value.reveal();
  for (const name in headers) sent[name] = headers[name] ?? "";
  return sent;
}

/** From here on copying a body costs more than streaming its pieces. */
const STREAMED_BODY = 64 * 1024;

function bodyOf({ body }: UpstreamRequest, headers: Record<string, string>) {
  if (body === undefined) return null;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (typeof body === "function") return body();
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
