import { makePlan } from "../routing/make-plan.ts";
import type { Plan } from "../routing/target.ts";
import type { Exchange } from "./exchange.ts";
import type { ClientRequest } from "./receive.ts";
import { requestView } from "./request-view.ts";

/**
 * The targets for a request, best first; with `thrift`, which says why, the cheapest. Throws `model_not_found`, or what else stands
 * against every target.
 */
export function planFor(exchange: Exchange, request: ClientRequest, thrift?: string): Plan {
  const { snapshot, services } = exchange;
  const view = requestView(exchange, request);
  const saving = thrift === undefined ? view : { ...view, caller: { ...view.caller, thrift: () => thrift } };
  return makePlan(snapshot, saving, {
    now: performance.now(),
    chance: Math.random,
    health: services.health,
    sessions: services.sessions,
  });
}
