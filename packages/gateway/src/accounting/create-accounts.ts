import type { ClientKey, OutageSettings } from "../config/settings.ts";
import type { Logger } from "../observe/log.ts";
import { StoreError } from "../store/errors.ts";
import type { SpendOwner } from "../store/ledger/ledger-rows.ts";
import type { HoldAnswer, SharedState } from "../store/shared-state/shared-state.ts";
import type { Accounts, Ask, Correction, Hold, LimitStanding, Pressure, Used } from "./accounts.ts";
import { LocalShare } from "./accounts-outage.ts";
import { budgetPressure, type OpenBudget } from "./budgets.ts";
import { type LimitPlan, limitPlan, openBudgets, type PlannedClaim, planClaim, usedRates } from "./claims.ts";
import { isTooLarge, neverFits } from "./limits.ts";
import { limitStandings, refusal } from "./refusal.ts";
import { steadyClock } from "./steady-clock.ts";

export interface AccountsOptions {
  readonly shared: SharedState;
  /** The ledger's sum of one owner since then (ms since 1970), with all that this process has settled before. */
  readonly spent: (owner: SpendOwner, since: number) => Promise<number>;
  readonly settings: OutageSettings;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly monotonic?: () => number;
}

/** A counter may be lost between its filling and the next hold, when Redis restarts: not for ever. */
const MOST_FILLINGS = 3;
/** What is remembered of budgets for `pressure`. */
const MOST_KNOWN = 50_000;

const nothing: Hold = { standings: [], settle: () => {} };
const unlimited: Pressure = { soft: false };

export function createAccounts(options: AccountsOptions): Accounts {
  const desk = new Desk(options);
  return {
    admit: (ask) => desk.admit(ask),
    pressure: (caller) => desk.pressure(caller),
    correct: (correction) => desk.correct(correction),
    close: () => options.shared.close(),
  };
}

class Desk {
  readonly #shared: SharedState;
  readonly #spent: AccountsOptions["spent"];
  readonly #clock: () => number;
  readonly #log: Logger;
  readonly #share: LocalShare;
  readonly #plans = new WeakMap<ClientKey, LimitPlan | "none">();
  readonly #filling = new Map<string, Promise<void>>();
  /** Spent and reserved, by counter, when it was last heard of. */
  readonly #known = new Map<string, number>();
  #unreadable = false;

  constructor({ shared, spent, settings, log, now = Date.now, monotonic = () => performance.now() }: AccountsOptions) {
    this.#shared = shared;
    this.#spent = spent;
    this.#log = log;
    this.#clock = steadyClock({ wall: now, monotonic });
    const known = (counter: string) => this.#known.get(counter) ?? 0;
    this.#share = new LocalShare({ shared, settings, clock: this.#clock, known });
  }

  admit(ask: Ask): Hold | Promise<Hold> {
    const plan = this.#planOf(ask.key);
    if (plan === "none") return nothing;
    for (const rate of plan.rates) {
      if (isTooLarge(rate, ask.tokens.input)) throw neverFits(rate, ask.tokens.input);
    }
    const planned = planClaim(plan, ask, this.#clock());
    if (!this.#shared.isAvailable()) return this.#share.admit(planned);
    const answer = this.#shared.hold(planned.claim);
    if (answer instanceof Promise) return this.#later(answer, planned);
    return answer.outcome === "unfilled" ? this.#later(answer, planned) : this.#conclude(answer, planned);
  }

  pressure({ key, session, agent }: Pick<Ask, "key" | "session" | "agent">): Pressure {
    const plan = this.#planOf(key);
    if (plan === "none" || plan.budgets.length === 0) return unlimited;
    const spender = { key, ...(session === undefined ? {} : { session }), ...(agent === undefined ? {} : { agent }) };
    for (const open of openBudgets(plan, spender, this.#clock())) {
      const used = this.#known.get(open.counter);
      if (used !== undefined && used >= open.budget.softNano) return { soft: true, reason: budgetPressure(open, used) };
    }
    return unlimited;
  }

  correct({ id, at, costNano, ...spender }: Correction): void {
    const plan = this.#planOf(spender.key);
    if (plan === "none" || costNano === 0) return;
    const counters = openBudgets(plan, spender, at).map(({ counter }) => counter);
    if (counters.length === 0) return;
    this.#shared.charge({ id: `correction:${id}`, now: this.#clock(), counters, costNano });
    for (const counter of counters) {
      const used = this.#known.get(counter);
      if (used !== undefined) this.#known.set(counter, Math.max(0, used + costNano));
    }
  }

  #planOf(key: ClientKey): LimitPlan | "none" {
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const plan = limitPlan(key) ?? "none";
    this.#plans.set(key, plan);
    return plan;
  }

  async #later(first: HoldAnswer | Promise<HoldAnswer>, planned: PlannedClaim): Promise<Hold> {
    const answer = await this.#answerOf(first, planned);
    return answer === undefined ? this.#share.admit(planned) : this.#conclude(answer, planned);
  }

  /** Undefined: what must be asked is away. */
  async #answerOf(
    first: HoldAnswer | Promise<HoldAnswer>,
    planned: PlannedClaim,
  ): Promise<Exclude<HoldAnswer, { outcome: "unfilled" }> | undefined> {
    try {
      let answer = await first;
      for (let fillings = 0; answer.outcome === "unfilled"; fillings++) {
        if (fillings === MOST_FILLINGS) return undefined;
        await this.#fill(answer.counters, planned);
        answer = await this.#shared.hold({ ...planned.claim, now: this.#clock() });
      }
      return answer;
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  async #fill(counters: readonly string[], { budgets }: PlannedClaim): Promise<void> {
    const missing = budgets.filter(({ counter }) => counters.includes(counter));
    const mine = missing.filter(({ counter }) => !this.#filling.has(counter));
    if (mine.length > 0) {
      const filling = this.#fillFromLedger(mine);
      for (const { counter } of mine) this.#filling.set(counter, filling);
      const done = () => {
        for (const { counter } of mine) this.#filling.delete(counter);
      };
      filling.then(done, done);
    }
    await Promise.all(missing.map(({ counter }) => this.#filling.get(counter)));
  }

  async #fillFromLedger(missing: readonly OpenBudget[]): Promise<void> {
    try {
      await this.#shared.fill(
        missing.map(({ counter, owner, since, expiresAt }) => ({
          counter,
          expiresAt,
          read: () => this.#spent(owner, since),
        })),
      );
      this.#unreadable = false;
    } catch (error) {
      if (!this.#unreadable) this.#log.error({ err: error }, "budgets cannot be read from the ledger");
      this.#unreadable = true;
      throw new StoreError("unavailable", "The ledger cannot be read.");
    }
  }

  #conclude(answer: Exclude<HoldAnswer, { outcome: "unfilled" }>, planned: PlannedClaim): Hold {
    this.#share.end();
    answer.budgets.forEach(({ spentNano, reservedNano }, index) => {
      const counter = planned.budgets[index]?.counter;
      if (counter !== undefined) this.#remember(counter, spentNano + reservedNano);
    });
    if (answer.outcome === "refused") throw refusal(answer, planned);
    return this.#holdOf(planned, limitStandings(planned, answer.rates));
  }

  #holdOf(planned: PlannedClaim, standings: readonly LimitStanding[]): Hold {
    let settled = false;
    const settle = ({ tokens, costNano }: Used): void => {
      if (settled) return;
      settled = true;
      this.#shared.settle({ id: planned.claim.id, now: this.#clock(), rates: usedRates(planned, tokens), costNano });
      this.#giveBack(planned, costNano);
    };
    return { standings, settle };
  }

  /** What was held counted as used; from now on only what it came to does. */
  #giveBack({ claim }: PlannedClaim, costNano: number): void {
    for (const { counter, amountNano } of claim.budgets) {
      const used = this.#known.get(counter);
      if (used !== undefined) this.#known.set(counter, Math.max(0, used - amountNano + costNano));
    }
  }

  #remember(counter: string, usedNano: number): void {
    if (this.#known.size >= MOST_KNOWN && !this.#known.has(counter)) {
      const oldest = this.#known.keys().next();
      if (oldest.done !== true) this.#known.delete(oldest.value);
    }
    this.#known.set(counter, usedNano);
  }
}
