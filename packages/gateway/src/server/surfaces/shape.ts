import type { IncomingMessage } from "node:http";
import type { SurfaceDialect } from "../../config/quirks.ts";
import { writtenTarget } from "../../pipeline/written-target.ts";

/** The path of a request, without query; absolute-form and odd targets have none that could match. */
export function pathOf({ url = "/" }: Pick<IncomingMessage, "url">): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** The same as the client wrote it, for messages. */
export function writtenPathOf(request: IncomingMessage): string {
  return pathOf({ url: writtenTarget(request) }).slice(0, 200);
}

/** The query without credentials. */
export function queryOf(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const start = url.indexOf("?");
  if (start < 0) return "";
  const query = new URLSearchParams(url.slice(start + 1));
  query.delete("key");
  return query.toString();
}

/** The dialect of a client that asks for something which every vendor has at the same path, or for nothing we know. */
export function dialectOfCaller(request: IncomingMessage): SurfaceDialect {
  const { headers } = request;
  const path = pathOf(request);
  if (headers["anthropic-version"] !== undefined || path.includes("/v1/messages")) return "anthropic-messages";
  if (headers["x-goog-api-key"] !== undefined || path.includes("/v1beta") || /[?&]key=/.test(request.url ?? ""))
    return "gemini";
  return "openai-chat";
}
