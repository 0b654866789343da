import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { GatewayError } from "@signalbox/protocol";

/** Whether the request has a body. https://www.rfc-editor.org/rfc/rfc9112#section-6 */
export function hasBody({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Throws `request_too_large` for what is announced to be. */
export function expectSize({ headers }: Pick<IncomingMessage, "headers">, limit: number): void {
  if (Number(headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
}

/**
 * The request's body while it comes, counted, and no faster than it is read. It fails with `request_too_large` after `limit` bytes and
 * with `client_closed` when the client leaves. Whoever gives it up leaves the request alone, so that its client can be answered still.
 */
export function arrivingBody(request: IncomingMessage, limit: number): Readable {
  let size = 0;
  const body = new Readable({
    read: () => {
      request.resume();
    },
    destroy(error, done) {
      request.off("data", take);
      request.off("end", end);
      request.off("close", leave);
      done(error);
    },
  });
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) {
      request.pause();
      body.destroy(tooLarge(limit));
      return;
    }
    if (!body.push(chunk)) request.pause();
  };
  const end = () => body.push(null);
  const leave = () => {
    if (!request.complete) body.destroy(new GatewayError("client_closed", "The client went away while sending."));
  };
  request.pause();
  request.on("data", take);
  request.on("end", end);
  request.on("close", leave);
  return body;
}

/** The same, read to its end. */
export async function wholeBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of arrivingBody(request, limit)) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const tooLarge = (limit: number) =>
  new GatewayError("request_too_large", `The request body is larger than ${limit} bytes.`);
