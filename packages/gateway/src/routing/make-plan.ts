import { compact, GatewayError } from "@signalbox/protocol";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { ModelSelection } from "../config/router.ts";
import { chooseAutomatically, isAuto } from "./automatic.ts";
import { candidatesOf, type ModelCandidates, targetName, UNKNOWN, withoutRepeats } from "./candidates.ts";
import { type Way, wayOf } from "./follow-routers.ts";
import { keepConversation } from "./keep-conversation.ts";
import type { Draft, Planning, PlanTools } from "./planning.ts";
import { type Ranking, typicalTokens } from "./rank.ts";
import type { RequestView } from "./request-view.ts";
import { unmetRequirements } from "./requirements.ts";
import { withTimeouts } from "./resolve.ts";
import { sessionKey } from "./stickiness.ts";
import type { Plan, Rejection, Target } from "./target.ts";

/**
 * The targets for a request in order, each with the reason why it stands there: routers first, then the model's name, then
 * what the request and the routers say of providers, then what the targets can do, then the conversation's prompt cache.
 * Pure but for the clock and the chance in `tools`. Throws `model_not_found` when nobody has the model, `unsupported_feature`
 * when nobody who has it can do what the request needs.
 */
export function makePlan(snapshot: Snapshot, view: RequestView, tools: PlanTools): Plan {
  const planning = planningOf({ snapshot, view, tools }, view.model);
  const { way } = planning;
  const auto = isAuto(snapshot, way.model);
  const draft = auto ? automatic(planning) : named(planning);
  const kept = keepConversation(draft.targets, planning, auto);
  if (kept.targets.length === 0) throw nothingLeft(planning, draft.rejected);
  return {
    targets: kept.targets,
    asked: auto ? "auto" : way.routed ? "router" : "model",
    reasoning: [...way.reasons, ...draft.reasons, ...kept.reasons].map(sentence).join(" "),
    rejected: draft.rejected,
    continuation: way.continuation,
    hedging: way.hedging,
    unserved: way.unserved,
    ...(draft.decision === undefined ? {} : { decision: draft.decision }),
    ...(draft.pin === undefined ? {} : { pin: draft.pin }),
    ...(kept.isChoice ? { session: planning.session() } : {}),
  };
}

function planningOf({ snapshot, view, tools }: Pick<Planning, "snapshot" | "view" | "tools">, name: string): Planning {
  const way = wayOf(snapshot, view, { name, chance: tools.chance });
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
  return { snapshot, view, tools, way, ranking, session };
}

/** A model that was named, and then the models, or routers, that are named as its fallbacks. */
function named(first: Planning): Draft {
  const { way } = first;
  const groups = [candidatesFor(first), ...(way.selection.models ?? []).map((name) => fallbackFor(first, name))];
  const capable = filterCapable(groups, first);
  return { ...capable, reasons: way.routed ? [] : [`Using specified model: '${way.model}'`] };
}

function candidatesFor({ way, snapshot, ranking, tools }: Planning): ModelCandidates {
  const { only } = way.selection.provider ?? {};
  const found = candidatesOf(way.model, { snapshot, ranking, chance: tools.chance, only });
  return { ...found, targets: found.targets.map((target) => withWay(target, way)) };
}

/** A fallback that leads nowhere is left out, and does not spoil the rest. */
function fallbackFor(first: Planning, name: string): ModelCandidates {
  try {
    return candidatesFor(planningOf(first, name));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { name, targets: [], rejected: [{ target: name, why: error.message }] };
  }
}

/** The pool of `auto`, put in order by its own rule, or by what the request wants it sorted by. */
function automatic(planning: Planning): Draft {
  const draft = chooseAutomatically(planning, (groups) => filterCapable(groups, planning));
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

const MOST_SHOWN = 10;

function nothingLeft({ view }: Planning, rejected: readonly Rejection[]): GatewayError {
  const unknown = rejected.every(({ why }) => why === UNKNOWN);
  const model = view.model.slice(0, 200);
  if (unknown)
    return new GatewayError(
      "model_not_found",
      `The model '${model}' does not exist here or you do not have access to it.`,
      { param: "model" },
    );
  const reasons = rejected.slice(0, MOST_SHOWN).map(({ target, why }) => `${target}: ${why}`);
  return new GatewayError(
    "unsupported_feature",
    `No target can answer this request for '${model}'. ${reasons.join("; ")}.`,
    { param: "model" },
  );
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
