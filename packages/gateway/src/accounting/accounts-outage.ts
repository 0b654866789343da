import type { OutageSettings } from "../config/settings.ts";
import { MemoryState } from "../store/shared-state/memory.ts";
import type { Claim, SharedState } from "../store/shared-state/shared-state.ts";
import type { Hold, Used } from "./accounts.ts";
import { budgetExceeded, type OpenBudget } from "./budgets.ts";
import { type PlannedClaim, usedRates } from "./claims.ts";
import { cannotBeChecked, limitStandings, refusal } from "./refusal.ts";

export interface LocalShareOptions {
  readonly shared: SharedState;
  readonly settings: OutageSettings;
  readonly clock: () => number;
  /** What was spent and reserved of a budget when it was last heard of. */
  readonly known: (counter: string) => number;
}

/**
 * What this process lets in by itself while Redis, or the ledger that fills budgets, is away: its part of every limit, and of budgets
 * what `budgetAllowanceNano` allows. What is spent so is charged when they are back.
 */
export class LocalShare {
  readonly #options: LocalShareOptions;
  readonly #local = new MemoryState();
  /** Each outage has an allowance of its own. */
  #outages = 0;
  #isAway = false;

  constructor(options: LocalShareOptions) {
    this.#options = options;
  }

  /** The outage is over. */
  end(): void {
    this.#isAway = false;
  }

  async admit(planned: PlannedClaim): Promise<Hold> {
    if (!this.#isAway) this.#outages++;
    this.#isAway = true;
    if (planned.budgets.length > 0 && this.#options.settings.budgetAllowanceNano === 0) throw cannotBeChecked();
    const claim = this.#share(planned);
    const unspent = claim.budgets.map(({ counter, expiresAt }) => ({ counter, expiresAt, read: async () => 0 }));
    await this.#local.fill(unspent);
    const answer = this.#local.hold(claim);
    if (answer.outcome === "unfilled") throw cannotBeChecked();
    if (answer.outcome === "held") return this.#holdOf(planned, limitStandings(planned, answer.rates));
    if (answer.by === "budget") throw this.#overspent(planned, answer.index);
    throw refusal(answer, planned);
  }

  #share({ claim, budgets }: PlannedClaim): Claim {
    const { replicas, budgetAllowanceNano } = this.#options.settings;
    const part = (limit: number) => Math.max(1, Math.floor(limit / replicas));
    const allowance = Math.floor(budgetAllowanceNano / replicas);
    return {
      ...claim,
      rates: claim.rates.map((rate) => ({ ...rate, limit: part(rate.limit) })),
      concurrency: claim.concurrency.map((slots) => ({ ...slots, limit: part(slots.limit) })),
      budgets: claim.budgets.map((budget, index) => ({
        ...budget,
        counter: `outage-${this.#outages}:${budget.counter}`,
        limitNano: Math.min(allowance, this.#left(budgets[index])),
      })),
    };
  }

  #left(open: OpenBudget | undefined): number {
    return open === undefined ? 0 : open.budget.limitNano - this.#options.known(open.counter);
  }

  /** As far as is known it is used up, or only what may be spent without knowing. */
  #overspent({ claim, budgets }: PlannedClaim, index: number): Error {
    const open = budgets[index];
    const amountNano = claim.budgets[index]?.amountNano ?? 0;
    if (open === undefined || this.#left(open) >= amountNano) return cannotBeChecked();
    return budgetExceeded({ open, amountNano, spentNano: this.#options.known(open.counter) });
  }

  #holdOf(planned: PlannedClaim, standings: Hold["standings"]): Hold {
    const { shared, clock } = this.#options;
    const { id, budgets } = planned.claim;
    let settled = false;
    const settle = (used: Used): void => {
      if (settled) return;
      settled = true;
      const now = clock();
      this.#local.settle({ id, now, rates: usedRates(planned, used.tokens), costNano: used.costNano });
      if (budgets.length === 0) return;
      shared.charge({ id, now, counters: budgets.map(({ counter }) => counter), costNano: used.costNano });
    };
    return { standings, settle };
  }
}
