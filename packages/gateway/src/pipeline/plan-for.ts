import { GatewayError } from "@signalbox/protocol";
import { type PlannedAttempt, planAttempts } from "../routing/plan.ts";
import { resolveTargets } from "../routing/resolve.ts";
import type { Exchange } from "./exchange.ts";
import { passthroughObstacle } from "./obstacle.ts";
import type { ClientRequest } from "./receive.ts";

/** The attempts for a request, best first. Throws `model_not_found`. */
export function planFor(exchange: Exchange, request: ClientRequest): readonly PlannedAttempt[] {
  const { snapshot, surface } = exchange;
  const targets = resolveTargets(snapshot, request.model, surface.dialect);
  const obstacle = passthroughObstacle(request, surface.dialect);
  const plan = planAttempts(targets, { dialect: surface.dialect, obstacle });
  if (plan.length > 0) return plan;
  throw new GatewayError(
    "model_not_found",
    `The model '${request.model.slice(0, 200)}' does not exist here or you do not have access to it.`,
    {
      param: "model",
    },
  );
}
