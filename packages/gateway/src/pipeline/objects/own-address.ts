import type { IncomingMessage } from "node:http";
import { writtenTarget } from "../written-target.ts";

/** The address under which the client has reached a path here, up to and without `mark`. */
export function addressBefore(request: IncomingMessage, mark: string): string {
  const { host = "localhost" } = request.headers;
  const [path = ""] = writtenTarget(request).split("?");
  const prefix = path.slice(0, Math.max(0, path.indexOf(mark)));
  return `${schemeOf(request)}://${host}${prefix}`;
}

/** What a proxy in front of the gateway says of itself is of use to nobody but its own client. */
function schemeOf({ headers }: IncomingMessage): "http" | "https" {
  const told = headers["x-forwarded-proto"];
  return told === "https" ? "https" : "http";
}
