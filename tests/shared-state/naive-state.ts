import type {
  Claim,
  HoldAnswer,
  Settled,
  Spending,
} from "../../packages/gateway/src/store/shared-state/shared-state.ts";

interface Held {
  readonly claim: Claim;
  /** The fillings that its counters were of. */
  readonly fillings: readonly (number | undefined)[];
  open: boolean;
}

interface Counter {
  readonly filling: number;
  spent: bigint;
  expiresAt: number;
}

/** What shared state means, written down as plainly as possible: everything is kept, and counted anew for every question. */
export class NaiveState {
  readonly #holds: Held[] = [];
  readonly #counters = new Map<string, Counter>();
  readonly #charged = new Set<string>();
  /** What is missing from each bucket, in units times the window. */
  readonly #missing = new Map<string, { amount: bigint; at: number }>();
  #fillings = 0;
  #latest = 0;

  hold(claim: Claim): HoldAnswer {
    this.#passTo(claim.now);
    const { rates, concurrency, budgets } = claim;
    const levels = rates.map(({ bucket, limit }) => this.#level(bucket, limit, claim.now));
    const taken = rates.map(({ amount, limit }) => BigInt(Math.min(amount, limit)));
    const waits = rates.map(({ limit, windowMs }, index) => {
      const over = (levels[index] ?? 0n) + (taken[index] ?? 0n) * BigInt(windowMs) - BigInt(limit) * BigInt(windowMs);
      return over <= 0n ? 0 : Number((over + BigInt(limit) - 1n) / BigInt(limit));
    });
    const known = budgets.map(({ counter }) => this.#known(counter, claim.now));
    const allKnown = known.every((counter) => counter !== undefined);
    const sums = budgets.map(({ counter }, index) => ({
      spentNano: Number(known[index]?.spent ?? 0n),
      reservedNano: this.#reserved(counter),
    }));
    const standings = (after: boolean) =>
      rates.map(({ limit, windowMs }, index) => {
        const missing = (levels[index] ?? 0n) + (after ? (taken[index] ?? 0n) * BigInt(windowMs) : 0n);
        const remaining = Math.max(
          0,
          Math.floor(Number((BigInt(limit) * BigInt(windowMs) - missing) / BigInt(windowMs))),
        );
        return { limit, remaining, resetMs: Number((missing + BigInt(limit) - 1n) / BigInt(limit)) };
      });
    const overspent = budgets
      .map((budget, index) => ({ ...budget, index, ...sums[index] }))
      .filter(
        ({ spentNano = 0, reservedNano = 0, amountNano, limitNano }) =>
          spentNano + reservedNano + amountNano > limitNano,
      )
      .sort((a, b) => b.expiresAt - a.expiresAt || a.index - b.index)[0];
    const longest = Math.max(0, ...waits);
    const full = concurrency.findIndex(({ bucket, limit }) => this.#running(bucket) >= limit);
    const refused = { outcome: "refused", rates: standings(false), budgets: allKnown ? sums : [] } as const;
    if (allKnown && overspent !== undefined) return { ...refused, by: "budget", index: overspent.index };
    if (longest > 0) return { ...refused, by: "rate", index: waits.indexOf(longest), retryAfterMs: longest };
    if (full >= 0) return { ...refused, by: "concurrency", index: full };
    if (!allKnown) {
      return {
        outcome: "unfilled",
        counters: budgets.flatMap(({ counter }, index) => (known[index] === undefined ? [counter] : [])),
      };
    }
    rates.forEach(({ bucket, windowMs }, index) => {
      this.#missing.set(bucket, {
        amount: (levels[index] ?? 0n) + (taken[index] ?? 0n) * BigInt(windowMs),
        at: claim.now,
      });
    });
    budgets.forEach(({ expiresAt }, index) => {
      const counter = known[index];
      if (counter !== undefined) counter.expiresAt = Math.max(counter.expiresAt, expiresAt);
    });
    this.#holds.push({ claim, fillings: known.map((counter) => counter?.filling), open: true });
    const after = budgets.map(({ counter }, index) => ({
      spentNano: sums[index]?.spentNano ?? 0,
      reservedNano: this.#reserved(counter),
    }));
    return { outcome: "held", rates: standings(true), budgets: after };
  }

  settle({ id, now, rates, costNano }: Settled): void {
    this.#passTo(now);
    const held = this.#holds.find(({ claim, open }) => open && claim.id === id);
    if (held === undefined) return;
    for (const { bucket, limit, windowMs, amount } of held.claim.rates) {
      const used = rates.find((rate) => rate.bucket === bucket)?.amount;
      if (used === undefined) continue;
      const level = this.#level(bucket, limit, now) + BigInt(used - Math.min(amount, limit)) * BigInt(windowMs);
      this.#missing.set(bucket, { amount: level < 0n ? 0n : level, at: now });
    }
    this.#end(held, costNano);
  }

  charge({ id, now, counters, costNano }: Spending): void {
    this.#passTo(now);
    if (this.#charged.has(id)) return;
    this.#charged.add(id);
    for (const name of counters) {
      const counter = this.#known(name, now);
      if (counter !== undefined) counter.spent += BigInt(costNano);
    }
  }

  fill(name: string, spentNano: number, expiresAt: number): void {
    if (this.#known(name, this.#latest) !== undefined) return;
    this.#counters.set(name, { filling: this.#fillings++, spent: BigInt(spentNano), expiresAt });
  }

  #passTo(now: number): void {
    this.#latest = now;
    for (const held of this.#holds) if (held.open && held.claim.expiresAt <= now) this.#end(held);
  }

  #end(held: Held, costNano?: number): void {
    held.open = false;
    for (const { counter: name, amountNano } of held.claim.budgets) {
      const counter = this.#counters.get(name);
      if (counter !== undefined) counter.spent += BigInt(costNano ?? amountNano);
    }
  }

  #known(name: string, now: number): Counter | undefined {
    const counter = this.#counters.get(name);
    return counter !== undefined && counter.expiresAt > now ? counter : undefined;
  }

  #reserved(name: string): number {
    const filling = this.#counters.get(name)?.filling;
    let sum = 0;
    for (const { claim, fillings, open } of this.#holds) {
      claim.budgets.forEach(({ counter, amountNano }, index) => {
        if (open && counter === name && fillings[index] === filling) sum += amountNano;
      });
    }
    return sum;
  }

  #running(bucket: string): number {
    return this.#holds.filter(({ open, claim }) => open && claim.concurrency.some((one) => one.bucket === bucket))
      .length;
  }

  #level(bucket: string, limit: number, now: number): bigint {
    const missing = this.#missing.get(bucket);
    if (missing === undefined) return 0n;
    const left = missing.amount - BigInt(now - missing.at) * BigInt(limit);
    return left < 0n ? 0n : left;
  }
}
