import { type CanonicalRequest, objectOf } from "@signalbox/protocol";
import type { EndpointDialect } from "../../config/quirks.ts";
import type { Exchange } from "../exchange.ts";

/** Without what the gateway itself does for upstreams that do not know it: it is not lost. */
export function withoutStore(
  request: CanonicalRequest,
  dialect: EndpointDialect,
  { snapshot }: Pick<Exchange, "snapshot">,
): CanonicalRequest {
  const own = objectOf(request.extensions?.["openai-responses"]);
  if (dialect === "openai-responses" || !snapshot.responses.keep || own?.["store"] === undefined) return request;
  const { store: _, ...rest } = own;
  return { ...request, extensions: { ...request.extensions, "openai-responses": rest } };
}
