import type { IncomingMessage } from "node:http";

/** The target of a request as its client wrote it: Fastify keeps it where it hands on another one. */
export function writtenTarget(request: IncomingMessage): string {
  const written = "originalUrl" in request ? request.originalUrl : request.url;
  return typeof written === "string" ? written : "";
}
