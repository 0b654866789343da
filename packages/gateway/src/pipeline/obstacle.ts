import type { ResolvedEndpoint } from "../providers/resolved.ts";
import type { AnyEndpoint } from "../routing/plan.ts";
import { serves } from "../routing/serving.ts";
import type { Target } from "../routing/target.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { breakpointObstacle } from "./features/prompt-cache.ts";
import { takesPrefill } from "./prefill.ts";

/**
 * Why a body cannot go to an endpoint of its own dialect as it is: other vendors' replayed state stands in it, or it says
 * something in a way that this endpoint is known not to understand.
 */
export function passthroughObstacle(request: ClientRequest, exchange: Exchange) {
  const { surface } = exchange;
  const { plan } = exchange.outcome;
  const mayContinue = request.stream && plan?.continuation === true && plan.targets.some(someEndpointTakesPrefill);
  const isWorkedOn = request.reworks !== undefined || request.work !== undefined;
  const toCache = breakpointObstacle(request, exchange);
  return (endpoint: AnyEndpoint, target: Target): string | undefined => {
    if (request.holdsEnvelope) return "it replays other vendors' opaque values";
    if (endpoint.dialect !== surface.dialect) return "the endpoint speaks another dialect";
    if (target.overrides !== undefined) return "the router changes the request";
    if (isWorkedOn) return "a feature of the gateway has a part in it";
    if (mayContinue) return "a cut stream may have to be continued";
    return quirkObstacle(request, endpoint) ?? toCache(endpoint, target);
  };
}

function someEndpointTakesPrefill(target: Target): boolean {
  return Object.values(target.provider.endpoints).some(
    (endpoint) => endpoint !== undefined && serves(endpoint, target.model) && takesPrefill(endpoint, target),
  );
}

function quirkObstacle(request: ClientRequest, endpoint: AnyEndpoint): string | undefined {
  if (endpoint.dialect === "anthropic-messages") return cacheObstacle(request, endpoint);
  if (endpoint.dialect !== "openai-chat") return undefined;
  const { quirks } = endpoint;
  if (quirks.maxTokensField === "max_tokens" && request.scan.members.has("max_completion_tokens"))
    return "max_completion_tokens is unknown there";
  if (quirks.systemRole === "system" && request.bytes.includes('"developer"'))
    return "the role developer is unknown there";
  return undefined;
}

/** To leave it out would cost the client its cache. */
function cacheObstacle(
  { scan }: ClientRequest,
  { quirks }: ResolvedEndpoint<"anthropic-messages">,
): string | undefined {
  const isUnknown = quirks.topLevelCacheControl === "last-block" && scan.members.has("cache_control");
  return isUnknown ? "a cache breakpoint of the whole request is unknown there" : undefined;
}
