import type { Snapshot } from "../catalogue/snapshot.ts";
import type { SortBy } from "../config/router.ts";
import { leaveOf, NO_LEAVE } from "./access/access.ts";
import { type Gate, gateFor } from "./access/gate.ts";
import { chooseAuto } from "./auto/choose.ts";
import { type Pool, poolOf } from "./auto/pool.ts";
import { candidatesOf, type ModelCandidates } from "./candidates.ts";
import type { Draft, Planning } from "./planning.ts";
import { rankModels, sortedBy } from "./rank.ts";
import { plainName } from "./resolve.ts";

/** Leaves out what cannot do what the request needs. */
type Filter = (groups: readonly ModelCandidates[]) => Pick<Draft, "targets" | "rejected">;

/** The pool of `auto` in order: by what the request wants it sorted by, else by expected success and cost. */
export function chooseAutomatically(planning: Planning, filter: Filter): Draft {
  const { snapshot, way, ranking, tools, thrift } = planning;
  const pool = poolOf(snapshot.providers, { selected: way.selection.models, settings: snapshot.auto.models });
  const names = pool.names.length > 0 ? pool.names : everyName(snapshot);
  const options = {
    snapshot,
    ranking,
    chance: tools.chance,
    gate: gateOf(planning, pool),
    thrift,
  };
  const among = (candidates: readonly string[]) =>
    filter([...new Set(candidates)].map((name) => candidatesOf(plainName(name), options)));
  const found = among(names);
  // A model that nobody has scored is better than none: what an operator offers for nothing is seldom in a table.
  const draft = found.targets.length === 0 && pool.from === "scores" ? among(everyListed(snapshot)) : found;
  const { sort } = way.selection;
  const chosen = sort === undefined || thrift() !== undefined ? byUse(planning, draft) : bySort(planning, draft, sort);
  return way.selection.provider?.allowFallbacks === false ? { ...chosen, targets: chosen.targets.slice(0, 1) } : chosen;
}

/** Who lists `auto` by its name allows what it chooses among, but not what a request has put into its pool. */
function gateOf({ access, way, view }: Planning, { from }: Pool): Gate | undefined {
  if (access === undefined) return undefined;
  if (from !== "selection") return gateFor(access, [...way.leave, ...leaveOf(access, "auto")]);
  return gateFor(access, view.preferences.models === undefined ? way.leave : NO_LEAVE);
}

/** Where nobody's scores are known: the operator's names, else whatever the providers list. */
function everyName(snapshot: Snapshot): readonly string[] {
  return snapshot.models.size > 0 ? [...snapshot.models.keys()] : everyListed(snapshot);
}

function everyListed(snapshot: Snapshot): readonly string[] {
  return [...snapshot.providers.values()].flatMap(({ id, models }) =>
    [...models.keys()].map((model) => `${id}/${model}`),
  );
}

type Found = Pick<Draft, "targets" | "rejected">;

function bySort({ ranking }: Planning, { targets, rejected }: Found, sort: readonly SortBy[]): Draft {
  const groups = targets.map((target) => ({ targets: [target] }));
  const sorted = rankModels(groups, ranking).flatMap((group) => group.targets);
  const [first] = sorted;
  const figures = first === undefined ? "" : ` (${sortedBy(first, sort, ranking)})`;
  const by = sort.map(({ metric }) => metric).join(", then ");
  return { targets: sorted, rejected, reasons: [`auto: sorted by ${by}${figures}`] };
}

function byUse({ snapshot, view, tools, way, session, ...planning }: Planning, { targets, rejected }: Found): Draft {
  const thrift = planning.thrift();
  const choice = chooseAuto({
    targets,
    features: view.features(),
    sample: view.sample(),
    dial: thrift === undefined ? (way.selection.costQuality ?? snapshot.auto.costQuality) : 0,
    // To stay with what was chosen when there was more to spend would spend the rest.
    pin: thrift === undefined ? tools.sessions.pinned(session(), tools.now) : undefined,
    place: tools.sessions.placeOf(session(), tools.now),
  });
  if (choice === undefined) return { targets, rejected, reasons: [] };
  return {
    targets: choice.targets,
    rejected,
    reasons: [choice.reasoning, ...(thrift === undefined ? [] : [`auto spares: ${thrift.why}`])],
    decision: choice.decision,
    pin: choice.pin,
  };
}
