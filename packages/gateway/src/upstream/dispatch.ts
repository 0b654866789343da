import { Readable } from "node:stream";
import { GatewayError } from "@signalbox/protocol";
import type { Dispatcher } from "undici";
import type { Timeouts } from "../config/timeouts.ts";
import type { Credential, UpstreamPlace } from "../providers/resolved.ts";
import { assertPublicHost } from "./address-policy.ts";
import type { Agents } from "./agents.ts";
import { applyCredential } from "./auth/apply.ts";
import type { Outgoing, Pass } from "./auth/pass.ts";
import type { Cancellation } from "./cancellation.ts";
import { classifyTransportError } from "./classify.ts";
import { send } from "./send.ts";
import type { UpstreamAnswer, UpstreamBody } from "./wire.ts";

export type { UpstreamAnswer, UpstreamBody } from "./wire.ts";

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

export interface DispatchOptions {
  readonly agents: Agents;
  readonly timeouts: Timeouts;
  readonly cancel: Cancellation;
  /** A connection takes the request: before it the upstream cannot know of it, from here on it may. */
  readonly onSent?: () => void;
}

/**
 * Sends one request and resolves at the answer's head, whatever its status. Rejects with GatewayError. Follows no redirect. What a
 * cloud refuses for an old token or a wrong clock is sent once more. Streams in AWS's framing come out as server-sent events.
 */
export async function dispatch(upstream: UpstreamRequest, options: DispatchOptions): Promise<UpstreamAnswer> {
  const { place, credential } = upstream;
  try {
    if (!place.privateAllowed) assertPublicHost(upstream.url);
    const pass = options.agents.clouds.passFor(place, credential);
    if (pass !== undefined) return await sendByPass(upstream, pass, options);
    const outgoing = outgoingOf(upstream);
    applyCredential(place, credential, outgoing);
    return await sendOnce(place, outgoing, options);
  } catch (error) {
    throw options.cancel.reason() ?? classifyTransportError(error);
  }
}

async function sendByPass(upstream: UpstreamRequest, pass: Pass, options: DispatchOptions): Promise<UpstreamAnswer> {
  for (let tried = 1; ; tried++) {
    const outgoing = outgoingOf(upstream);
    await unlessCancelled(pass.authorize(outgoing), options.cancel);
    const answer = await sendOnce(upstream.place, outgoing, options);
    if (answer.status !== 401 && answer.status !== 403) return answer;
    const judged = await pass.reconsider(answer, tried === 2);
    if (judged !== "again") return judged;
    if (tried === 2) throw new GatewayError("internal", "A request that was tried twice is tried again.");
  }
}

/** A token that others wait for too is minted on; only this request stops to wait. */
function unlessCancelled(work: Promise<void>, cancel: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = cancel.onAbort(reject);
    work.then(resolve, reject).finally(forget);
  });
}

function outgoingOf(upstream: UpstreamRequest): Outgoing {
  const { method = "POST", body } = upstream;
  return { method, url: new URL(upstream.url), headers: requestHeaders(upstream), body };
}

function requestHeaders({ place, headers, body }: UpstreamRequest): Record<string, string> {
  const sent: Record<string, string> = { "user-agent": "signalbox" };
  if (body !== undefined) sent["content-type"] = "application/json";
  for (const [name, value] of place.headers) sent[name] = value.reveal();
  for (const name in headers) sent[name] = headers[name] ?? "";
  return sent;
}

function sendOnce(
  { privateAllowed }: UpstreamPlace,
  { method, url, headers, body }: Outgoing,
  { agents, timeouts, cancel, onSent }: DispatchOptions,
): Promise<UpstreamAnswer> {
  const dispatcher = agents.get({ connectMs: timeouts.connectMs, privateAllowed });
  const { origin, pathname, search } = url;
  const sent = bodyOf(body, headers);
  const request = { origin, path: pathname + search, method, headers, body: sent };
  return send(dispatcher, request, { cancel, onSent });
}

/** From here on copying a body costs more than streaming its pieces. */
const STREAMED_BODY = 64 * 1024;

function bodyOf(body: UpstreamBody | undefined, headers: Record<string, string>) {
  if (body === undefined) return null;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (typeof body === "function") return body();
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  if (length < STREAMED_BODY) return Buffer.concat(body);
  headers["content-length"] = String(length);
  return Readable.from(body, { objectMode: false });
}
