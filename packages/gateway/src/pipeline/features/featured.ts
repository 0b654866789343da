import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { compressed } from "./compress.ts";
import { type InputGuard, withGuards } from "./guard.ts";
import { withSearch } from "./search.ts";

/**
 * A request that was let in, with all that the gateway's own features do to it and to its answer: the request itself where that is
 * nothing. Rejects where a guard keeps it back.
 */
export function featured(
  exchange: Exchange,
  request: ClientRequest,
  guard: InputGuard | undefined,
): ClientRequest | Promise<ClientRequest> {
  const guarded = withGuards(exchange, request, guard);
  return guarded instanceof Promise
    ? guarded.then((passed) => shortened(exchange, request, passed))
    : shortened(exchange, request, guarded);
}

/** A text is shortened as its author wrote it, before anything in it is hidden. */
function shortened(
  exchange: Exchange,
  request: ClientRequest,
  guarded: ClientRequest,
): ClientRequest | Promise<ClientRequest> {
  const { plan } = exchange.outcome;
  const shorter = plan === undefined ? request : compressed(exchange, request, plan);
  return shorter instanceof Promise
    ? shorter.then((made) => searching(exchange, made, guarded))
    : searching(exchange, shorter, guarded);
}

function searching(exchange: Exchange, shorter: ClientRequest, guarded: ClientRequest): ClientRequest {
  const reworks = [...(shorter.reworks ?? []), ...(guarded.reworks ?? [])];
  const all = reworks.length === 0 ? guarded : { ...guarded, reworks };
  return withSearch({ exchange, request: all });
}
