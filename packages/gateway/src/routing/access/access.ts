import { GatewayError } from "@signalbox/protocol";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import { figuresOf } from "../auto/facts.ts";
import type { Caller } from "../request-view.ts";
import type { Rejection, Target } from "../target.ts";
import { accountsAt, type Standing } from "./accounts.ts";
import { isOnList, type Objection, type Rules, rulesOf, rulesOfGroup } from "./rules.ts";

/** What of a caller says where it may go. */
export type Entrant = Pick<Caller, "policies" | "group" | "credentials" | "refusesUnpriced">;

/** What stands between a caller and targets. */
export interface Access {
  readonly entrant: Entrant;
  /** Of its policies and its group. */
  readonly rules: readonly Rules[];
}

/** The rules whose lists of models do not hold on a way, because they list the router that was asked for. */
export type Leave = readonly Rules[];

export const NO_LEAVE: Leave = [];

/** How a target was found. */
export interface Finding {
  /** The name that stands for it, where whoever may ask for the name may have the target. */
  readonly name: string | undefined;
  readonly leave: Leave;
}

/** Undefined where nothing stands in the way of this caller, which is found out once for a key. */
export function accessOf(entrant: Entrant, { providers }: Pick<Snapshot, "providers">): Access | undefined {
  const { policies, group, credentials, refusesUnpriced } = entrant;
  const rules = rulesOf(policies);
  const isPlain = rules.length === 0 && group === undefined && credentials.length === 0 && !refusesUnpriced;
  if (isPlain && !someBring(providers)) return undefined;
  return { entrant, rules: group === undefined ? rules : [...rules, rulesOfGroup(group)] };
}

/** What routing asks of a key. */
export function entrantOf(key: ClientKey, { unpriced }: Pick<Snapshot, "unpriced">): Entrant {
  const { policies, credentials, group } = key;
  const budgeted =
    unpriced === "refuse-under-budget" && policies.some(({ policy }) => (policy.budgets ?? []).length > 0);
  const refusesUnpriced = unpriced === "refuse" || budgeted;
  return { policies, credentials, refusesUnpriced, ...(group === undefined ? {} : { group }) };
}

/** A snapshot's providers never change. */
const bringing = new WeakMap<Snapshot["providers"], boolean>();

function someBring(providers: Snapshot["providers"]): boolean {
  const known = bringing.get(providers) ?? [...providers.values()].some(({ callersBring }) => callersBring === true);
  bringing.set(providers, known);
  return known;
}

/**
 * The lists of models that do not hold for what this router leads to. Throws `permission_denied` where a list of routers holds
 * and the router is not on it.
 */
export function enter(access: Access, router: string): Leave {
  const closed = objectionToRouter(access, router);
  if (closed !== undefined) throw forbidden(`router/${router}`, [closed.brief]);
  return leaveOf(access, router);
}

export function objectionToRouter({ rules }: Access, router: string): Objection | undefined {
  return rules.find(({ routers, leads }) => routers?.(router) === false && !leads(router))?.notRouted;
}

export function leaveOf({ rules }: Access, router: string): Leave {
  return rules.filter(({ leads }) => leads(router));
}

/** Says what was asked for and whose rule it is, and nothing of what else exists. */
export function forbidden(asked: string, reasons: readonly string[]): GatewayError {
  const why = [...new Set(reasons)].slice(0, 3).join("; ");
  return new GatewayError("permission_denied", `This key may not ask for '${asked.slice(0, 200)}': ${why}.`, {
    param: "model",
  });
}

export type Judged =
  | { readonly target: Target; readonly standing?: Standing | undefined }
  | { readonly rejection: Rejection };

/** The target with the accounts by which this caller reaches it, or why it does not. */
export function judge(access: Access, target: Target, finding: Finding): Judged {
  const { provider, model } = target;
  const found = waysTo(access, target, finding);
  if ("by" in found) {
    const { by, why, brief } = found;
    return { rejection: { target: `${provider.id}/${model}`, why, refused: { by, brief } } };
  }
  const { credentials, standing } = found;
  return { target: credentials === undefined ? target : { ...target, credentials }, standing };
}

/** Whether the target is open to this caller at all. */
export function isOpen(access: Access, place: Pick<Target, "provider" | "model">, finding: Finding): boolean {
  return !("by" in waysTo(access, place, finding));
}

interface Refusal extends Objection {
  readonly by: "access" | "price";
}

const UNPRICED: Refusal = {
  by: "price",
  why: "no price is known for it, and this key may only ask for what has one",
  brief:
    "no price is known for it, and without one this key may not ask. Whoever runs this gateway can write its price under the provider's models, or set 'unpriced: allow'",
};

function waysTo(access: Access, place: Pick<Target, "provider" | "model">, finding: Finding) {
  const { provider, model } = place;
  const objection = objectionTo(access, place, finding);
  if (objection !== undefined) return refusal(objection);
  const accounts = accountsAt(provider, access.entrant);
  if ("objection" in accounts) return refusal(accounts.objection);
  const isUnpriced = access.entrant.refusesUnpriced && figuresOf(provider, model).price === undefined;
  return isUnpriced ? UNPRICED : accounts;
}

const refusal = (objection: Objection): Refusal => ({ by: "access", ...objection });

function objectionTo(
  { rules }: Access,
  { provider, model }: Pick<Target, "provider" | "model">,
  { name, leave }: Finding,
): Objection | undefined {
  for (const rule of rules) {
    const objection = rule.provider(provider);
    if (objection !== undefined) return objection;
    const { models } = rule;
    if (models === undefined || leave.includes(rule)) continue;
    if (name !== undefined && models(name)) continue;
    if (!isOnList(models, provider.id, model)) return rule.notListed;
  }
  return undefined;
}
