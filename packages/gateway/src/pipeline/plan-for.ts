import { GatewayError } from "@signalbox/protocol";
import { makePlan } from "../routing/make-plan.ts";
import { accountsOf, type Plan, type Target } from "../routing/target.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { requestView } from "./request-view.ts";

/**
 * The targets for a request, best first; with `thrift`, which says why, the cheapest. Throws `model_not_found`, or what else stands
 * against every target.
 */
export function planFor(exchange: Exchange, request: ClientRequest, thrift?: string): Plan {
  const { snapshot, services } = exchange;
  const view = requestView(exchange, request);
  const saving = thrift === undefined ? view : { ...view, caller: { ...view.caller, thrift: () => thrift } };
  const plan = makePlan(snapshot, saving, {
    now: performance.now(),
    chance: Math.random,
    health: services.health,
    sessions: services.sessions,
  });
  return request.pinned === undefined ? plan : pinnedPlan(plan, request.pinned, request.model);
}

/** Nobody but the one who keeps what came before can go on from it, and under no other account. */
function pinnedPlan(plan: Plan, pinned: NonNullable<ClientRequest["pinned"]>, model: string): Plan {
  const targets = plan.targets.flatMap((target): Target[] => {
    if (target.provider.id !== pinned.provider) return [];
    if (pinned.file === undefined && target.provider.endpoints["openai-responses"] === undefined) return [];
    const accounts = accountsOf(target);
    const credentials = accounts.filter(({ id }) => id === pinned.credential);
    if (credentials.length === 0 && (accounts.length > 0 || pinned.credential !== undefined)) return [];
    return [credentials.length === 0 ? target : { ...target, credentials }];
  });
  if (targets.length > 0) return { ...plan, targets, continuation: false, hedging: false };
  if (pinned.file !== undefined) throw fileElsewhere(pinned.provider, pinned.file, model);
  throw new GatewayError(
    "unsupported_feature",
    `The previous response is kept by '${pinned.provider}', which does not answer for '${model.slice(0, 200)}' here. Send the whole conversation, or a model of that provider.`,
    { param: "previous_response_id" },
  );
}

function fileElsewhere(provider: string, file: string, model: string): GatewayError {
  return new GatewayError(
    "unsupported_feature",
    `The file '${file.slice(0, 200)}' is kept by '${provider}', which does not answer for '${model.slice(0, 200)}' here. Name a model of that provider.`,
    { param: "file_id" },
  );
}
