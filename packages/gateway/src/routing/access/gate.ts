import type { Named } from "../resolve.ts";
import type { Rejection, Target } from "../target.ts";
import { type Access, judge, type Leave, NO_LEAVE } from "./access.ts";
import type { Standing } from "./accounts.ts";

/** What every target passes before it may stand in a plan. */
export interface Gate {
  readonly access: Access;
  readonly leave: Leave;
  /** For what the request adds to a name of its own accord. */
  readonly leaveOfPinned: Leave;
}

export interface Gated {
  readonly named: Named;
  readonly rejected: readonly Rejection[];
}

/** The targets of a name that this caller may have. Where nobody else has put them in order, a group's channels do. */
export function passGate(named: Named, name: string, { access, leave, leaveOfPinned }: Gate): Gated {
  const { pinned = [] } = named;
  const rejected: Rejection[] = [];
  const standings: Standing[] = [];
  const targets: Target[] = [];
  for (const target of named.targets) {
    const finding = pinned.includes(target) ? { name: undefined, leave: leaveOfPinned } : { name, leave };
    const judged = judge(access, target, finding);
    if ("rejection" in judged) rejected.push(judged.rejection);
    else {
      targets.push(judged.target);
      if (judged.standing !== undefined) standings.push(judged.standing);
    }
  }
  if (named.orderedBy !== "nobody" || !differ(standings)) return { named: { ...named, targets }, rejected };
  const placed = targets.map((target, index) => ({ ...target, ...standings[index] }));
  return { named: { ...named, targets: placed, orderedBy: "group" }, rejected };
}

/** What a request pins beside a router's models is no place that the router leads to. */
export function gateFor(access: Access | undefined, leave: Leave, isPinnedByRequest = false): Gate | undefined {
  return access === undefined ? undefined : { access, leave, leaveOfPinned: isPinnedByRequest ? NO_LEAVE : leave };
}

function differ(standings: readonly Standing[]): boolean {
  const [first] = standings;
  return standings.some(({ priority, weight }) => priority !== first?.priority || weight !== first.weight);
}
