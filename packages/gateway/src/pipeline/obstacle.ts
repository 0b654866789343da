import type { EndpointDialect } from "../config/quirks.ts";
import type { AnyEndpoint } from "../routing/plan.ts";
import type { ClientRequest } from "./receive.ts";

/**
 * Why a body cannot go to an endpoint of its own dialect as it is: other vendors' replayed state stands in it, or it says
 * something in a way that this endpoint is known not to understand.
 */
export function passthroughObstacle(request: ClientRequest, dialect: EndpointDialect) {
  return (endpoint: AnyEndpoint): string | undefined => {
    if (request.holdsEnvelope) return "it replays other vendors' opaque values";
    if (endpoint.dialect !== dialect) return "the endpoint speaks another dialect";
    return quirkObstacle(request, endpoint);
  };
}

function quirkObstacle(request: ClientRequest, endpoint: AnyEndpoint): string | undefined {
  if (endpoint.dialect !== "openai-chat") return undefined;
  const { quirks } = endpoint;
  if (quirks.maxTokensField === "max_tokens" && request.scan.members.has("max_completion_tokens"))
    return "max_completion_tokens is unknown there";
  if (quirks.systemRole === "system" && request.bytes.includes('"developer"'))
    return "the role developer is unknown there";
  return undefined;
}
