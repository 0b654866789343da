import { dearestFee } from "../../features/web-search/fee.ts";
import { MOST_AT_ONCE } from "../../features/web-search/search-loop.ts";
import type { Plan } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { mayConcern, plannedIn, wayFinder } from "./search.ts";

/** What the gateway's own searches may add to a request. */
export interface SearchDemand {
  /** How often its model is asked, all in all. */
  readonly calls: number;
  /** How often what one of them said, and what it had searched for, is read by a later one: each reads all that came before it. */
  readonly rereads: number;
  /** What of pages is found between two calls, in bytes. */
  readonly resultBytes: number;
  readonly feesNano: number;
}

/** Undefined where the gateway does not search for it. */
export function searchDemand(exchange: Exchange, request: ClientRequest, plan: Plan): SearchDemand | undefined {
  if (!mayConcern(exchange, request, plan)) return undefined;
  const wayAt = wayFinder(exchange, request);
  const loops = plannedIn(exchange, request, plan)
    .map(wayAt)
    .filter((way) => way.type === "loop");
  if (loops.length === 0) return undefined;
  const steps = Math.max(...loops.map(({ maxSteps }) => maxSteps));
  // Two tries at most, and the first may be billed although nobody waited for it.
  const fee = Math.max(...loops.map(({ engines, maxResults }) => dearestFee(engines, maxResults)));
  return {
    calls: steps + 1,
    rereads: (steps * (steps + 1)) / 2,
    resultBytes: exchange.snapshot.webSearch.resultBytes,
    feesNano: steps * MOST_AT_ONCE * 2 * fee,
  };
}
