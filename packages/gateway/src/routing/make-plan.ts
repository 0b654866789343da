import { compact, GatewayError, invalidRequest } from "@signalbox/protocol";
import { modelsFor, modelsGiving } from "../catalogue/list-models.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { ModelSelection } from "../config/router.ts";
import { ableOf, knownToGive } from "./able.ts";
import { accessOf, type Leave } from "./access/access.ts";
import { gateFor } from "./access/gate.ts";
import type { Thrift } from "./access/thrift.ts";
import { isAuto } from "./asked-name.ts";
import { chooseAutomatically } from "./automatic.ts";
import { candidatesOf, type ModelCandidates, targetName, withoutRepeats } from "./candidates.ts";
import { type Way, wayOf } from "./follow-routers.ts";
import { keepConversation } from "./keep-conversation.ts";
import { lacksModality, lacksOperation } from "./lacks-operation.ts";
import { nothingLeft, unledTo } from "./nothing-left.ts";
import { once } from "./once.ts";
import type { Draft, Planning, PlanTools } from "./planning.ts";
import { type Ranking, typicalTokens } from "./rank.ts";
import type { RequestView } from "./request-view.ts";
import { unmetRequirements } from "./requirements.ts";
import { withTimeouts } from "./resolve.ts";
import { sessionKey } from "./stickiness.ts";
import type { Plan, Target } from "./target.ts";

/**
 * The targets for a request in order, each with the reason why it stands there: routers first, then the model's name, then
 * what the caller may have, then what the request and the routers say of providers, then what the targets can do, then the
 * conversation's prompt cache. Pure but for the clock and the chance in `tools`. Throws `model_not_found` when nobody has the
 * model, `permission_denied` when nobody who has it may answer this caller, `unsupported_feature` when none of those can do what
 * the request needs.
 */
export function makePlan(snapshot: Snapshot, view: RequestView, tools: PlanTools): Plan {
  const asker = whoAsks(snapshot, view, tools);
  const planning = planningOf(asker, view.model);
  const { way } = planning;
  const auto = isAuto(snapshot, way.model);
  if (auto && view.operation !== undefined)
    throw invalidRequest(`'${view.model}' chooses among models for conversations: name a model.`, "model");
  const draft = auto ? automatic(planning) : named(planning);
  const kept = keepConversation(draft.targets, planning, auto);
  if (kept.targets.length === 0) throw noTarget(planning, draft);
  return {
    targets: kept.targets,
    asked: auto ? "auto" : way.routed ? "router" : "model",
    ...(way.router === undefined ? {} : { router: way.router }),
    reasoning: [...way.reasons, ...draft.reasons, ...kept.reasons].map(sentence).join(" "),
    rejected: draft.rejected,
    features: way.features,
    continuation: way.continuation,
    hedging: way.hedging,
    unserved: way.unserved,
    ...(draft.decision === undefined ? {} : { decision: draft.decision }),
    ...(draft.pin === undefined ? {} : { pin: draft.pin }),
    ...(kept.isChoice ? { session: planning.session() } : {}),
    ...(kept.place === undefined ? {} : { place: kept.place }),
    ...usualOf(draft, kept.targets),
    ...(asker.isThrifty() ? { isThrifty: true } : {}),
  };
}

/** One that lacks what the request needs would not have been asked. */
function usualOf({ usual }: Draft, targets: readonly Target[]): Pick<Plan, "usual"> {
  return usual !== undefined && targets.some((target) => targetName(target) === usual) ? { usual } : {};
}

/** Where nobody who has the model does what is asked for, it helps to know who does. */
function noTarget({ snapshot, view }: Planning, { rejected }: Draft): GatewayError {
  const { model, caller, operation = "generate" } = view;
  const isUnable = rejected.length > 0 && rejected.every(({ unable }) => unable === true);
  const output = rejected.find(({ lacks }) => lacks !== undefined)?.lacks;
  if (isUnable && output !== undefined)
    return lacksModality(model, output, modelsGiving(snapshot, output, caller.reach()));
  return isUnable
    ? lacksOperation(model, operation, modelsFor(snapshot, operation, caller.reach()))
    : nothingLeft(model, rejected);
}

type Asker = Pick<Planning, "snapshot" | "view" | "tools" | "access" | "thrift">;

function whoAsks(snapshot: Snapshot, view: RequestView, tools: PlanTools): Asker & { isThrifty: () => boolean } {
  let isThrifty = false;
  const thrift = once((): Thrift | undefined => {
    const why = view.caller.thrift();
    isThrifty = why !== undefined;
    return why === undefined ? undefined : { why, tokens: typicalTokens(view.features()) };
  });
  return { snapshot, view, tools, access: accessOf(view.caller, snapshot), thrift, isThrifty: () => isThrifty };
}

function planningOf(asker: Asker, name: string, leave?: Leave): Planning {
  const { snapshot, view, tools, access, thrift } = asker;
  const way = wayOf(snapshot, view, { name, chance: tools.chance, access, leave, thrift });
  const needsTokens = way.selection.sort !== undefined || way.selection.provider?.sort !== undefined;
  const ranking: Ranking = {
    dialect: view.dialect,
    preferences: way.selection,
    defaultSort: [{ metric: "latency" }],
    observed: tools.health,
    tokens: typicalTokens(needsTokens ? view.features() : undefined),
    aliases: snapshot.providerAliases,
  };
  const session = () => sessionKey({ key: view.caller.id, model: view.model, session: view.session() });
  return { snapshot, view, tools, access, thrift, way, ranking, session };
}

/** A model that was named, and then the models, or routers, that are named as its fallbacks. */
function named(first: Planning): Draft {
  const { way, view, thrift } = first;
  const own = candidatesFor(first);
  // A router's fallbacks are where it leads; those of the request are asked for by it.
  const leave = view.preferences.models === undefined ? way.leave : undefined;
  const fallbacks = (way.selection.models ?? []).map((name) => fallbackFor(first, name, leave));
  const capable = filterCapable([own, ...fallbacks], first);
  const spared = own.targets.length > 1 && own.orderedBy !== "operator" ? thrift() : undefined;
  return {
    ...capable,
    ...compact({ usual: own.usual }),
    reasons: [
      ...(way.routed ? [] : [`Using specified model: '${way.model}'`]),
      ...(spared === undefined ? [] : [`the cheapest provider goes first: ${spared.why}`]),
    ],
  };
}

function candidatesFor({ way, view, snapshot, ranking, tools, access, thrift }: Planning): ModelCandidates {
  const { only } = way.selection.provider ?? {};
  const gate = gateFor(access, way.leave, view.preferences.provider?.only !== undefined);
  const options = { snapshot, ranking, chance: tools.chance, only, gate, thrift };
  const { operation } = view;
  const found = ableOf(candidatesOf(way.model, options), { operation, outputs: view.outputs?.() });
  return { ...found, targets: found.targets.map((target) => withWay(target, way)) };
}

/** A fallback that leads nowhere is left out, and does not spoil the rest. */
function fallbackFor(first: Planning, name: string, leave: Leave | undefined): ModelCandidates {
  try {
    return candidatesFor(planningOf(first, name, leave));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { name, targets: [], rejected: [unledTo(name, error)] };
  }
}

/** The pool of `auto`, put in order by its own rule, or by what the request wants it sorted by. */
function automatic(planning: Planning): Draft {
  const outputs = planning.view.outputs?.() ?? [];
  const giving = (groups: readonly ModelCandidates[]) => groups.map((group) => knownToGive(group, outputs));
  const draft = chooseAutomatically(planning, (groups) => filterCapable(giving(groups), planning));
  return { ...draft, targets: draft.targets.map((target) => withWay(target, planning.way)) };
}

/**
 * Without those that lack what the request needs. Who names one target, and nothing else, is taken at their word: what is
 * known of models may be older than the model.
 */
function filterCapable(groups: readonly ModelCandidates[], { view, way }: Planning): Omit<Draft, "reasons"> {
  const targets = withoutRepeats(groups.flatMap((group) => group.targets));
  const rejected = groups.flatMap((group) => group.rejected);
  if (targets.length < 2 && !saysPolicy(way.selection)) return { targets, rejected };
  const features = view.features();
  const capable: Target[] = [];
  for (const target of targets) {
    const lacking = unmetRequirements(target, features, way.selection.provider);
    if (lacking.length === 0) capable.push(target);
    else rejected.push({ target: targetName(target), why: `it lacks ${lacking.join(" and ")}` });
  }
  return { targets: capable, rejected };
}

function saysPolicy({ provider }: ModelSelection): boolean {
  return (
    provider?.maxPrice !== undefined || provider?.dataCollection === "deny" || provider?.requireParameters === true
  );
}

function withWay(target: Target, { overrides, timeouts, firstTokenMs }: Way): Target {
  if (overrides === undefined && timeouts.length === 0 && firstTokenMs === undefined) return target;
  return {
    ...target,
    timeouts: timeouts.reduce(withTimeouts, target.timeouts),
    ...compact({ overrides, firstTokenMs }),
  };
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
