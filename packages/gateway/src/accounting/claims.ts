import type { Budget, OwnedPolicy } from "../config/access.ts";
import type { ClientKey } from "../config/settings.ts";
import type { BudgetClaim, Claim, RateClaim, Settled } from "../store/shared-state/shared-state.ts";
import { type OpenBudget, openBudget, type PlannedBudget, type Spender } from "./budgets.ts";
import { type PlannedRate, type PlannedSlots, plannedRate } from "./limits.ts";

/** All that limits one key, whoever says it. */
export interface LimitPlan {
  readonly rates: readonly PlannedRate[];
  readonly slots: readonly PlannedSlots[];
  readonly budgets: readonly PlannedBudget[];
}

/** What the limits are asked for. */
export interface Need extends Spender {
  readonly id: string;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly worstNano: number;
  readonly leaseMs: number;
}

/** Of one request. */
export interface PlannedClaim {
  readonly claim: Claim;
  readonly plan: LimitPlan;
  /** In the order of the claim's budgets. */
  readonly budgets: readonly OpenBudget[];
}

/** Undefined where nothing limits it. Where one thing is limited twice the lower limit holds, for it is counted once. */
export function limitPlan({ policies }: Pick<ClientKey, "policies">): LimitPlan | undefined {
  const rates = new Map<string, PlannedRate>();
  const slots = new Map<string, PlannedSlots>();
  const budgets = new Map<string, PlannedBudget>();
  for (const owned of policies) {
    const { kind, id, policy } = owned;
    for (const limit of policy.limits ?? []) {
      const rate = plannedRate(kind, id, limit);
      if (rate.limit < (rates.get(rate.bucket)?.limit ?? Number.POSITIVE_INFINITY)) rates.set(rate.bucket, rate);
    }
    addSlots(slots, owned);
    for (const budget of policy.budgets ?? []) addBudget(budgets, budget);
  }
  if (rates.size + slots.size + budgets.size === 0) return undefined;
  return { rates: [...rates.values()], slots: [...slots.values()], budgets: [...budgets.values()] };
}

export function planClaim(plan: LimitPlan, need: Need, now: number): PlannedClaim {
  const tokens = Math.ceil(need.tokens.input + need.tokens.output);
  const worstNano = Math.ceil(need.worstNano);
  const budgets = openBudgets(plan, need, now);
  const claim: Claim = {
    id: need.id,
    now,
    expiresAt: now + need.leaseMs,
    rates: plan.rates.map((rate) => rateClaim(rate, rate.unit === "tokens" ? tokens : 1)),
    concurrency: plan.slots,
    budgets: budgets.map((open) => budgetClaim(open, worstNano)),
  };
  return { claim, plan, budgets };
}

/** For a settlement: only tokens are not what was held. */
export function usedRates({ plan }: PlannedClaim, tokens: Need["tokens"]): Settled["rates"] {
  const used: { bucket: string; amount: number }[] = [];
  for (const { unit, bucket } of plan.rates) {
    if (unit === "tokens") used.push({ bucket, amount: Math.ceil(tokens.input + tokens.output) });
  }
  return used;
}

export function openBudgets(plan: LimitPlan, spender: Spender, now: number): readonly OpenBudget[] {
  const open: OpenBudget[] = [];
  for (const budget of plan.budgets) {
    const one = openBudget(budget, spender, now);
    if (one !== undefined) open.push(one);
  }
  return open;
}

function rateClaim({ bucket, limit, windowMs }: PlannedRate, amount: number): RateClaim {
  return { bucket, limit, windowMs, amount };
}

function budgetClaim({ budget, counter, expiresAt }: OpenBudget, amountNano: number): BudgetClaim {
  return { counter, limitNano: budget.limitNano, amountNano, expiresAt };
}

function addSlots(slots: Map<string, PlannedSlots>, { kind, id, policy }: OwnedPolicy): void {
  const { concurrency } = policy;
  const bucket = `${kind}:${id}`;
  if (concurrency === undefined || concurrency >= (slots.get(bucket)?.limit ?? Number.POSITIVE_INFINITY)) return;
  slots.set(bucket, { owner: kind, bucket, limit: concurrency });
}

function addBudget(budgets: Map<string, PlannedBudget>, { per, window, limitNano, softPercent }: Budget): void {
  const name = `${per}:${window}`;
  const known = budgets.get(name);
  budgets.set(name, {
    scope: per,
    window,
    limitNano: Math.min(limitNano, known?.limitNano ?? limitNano),
    softNano: Math.min((limitNano * softPercent) / 100, known?.softNano ?? Number.POSITIVE_INFINITY),
  });
}
