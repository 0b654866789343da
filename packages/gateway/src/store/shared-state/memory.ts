import { type Level, moved, refilled, standingOf, takenBy, waitFor } from "./buckets.ts";
import { type Expiring, expiryHeap } from "./expiry-heap.ts";
import type { Claim, HoldAnswer, RateClaim, Settled, SharedState, Spending, Unfilled } from "./shared-state.ts";

const CHARGES_REMEMBERED_MS = 86_400_000;
/** For each bucket or counter that a hold names, so many others are looked at and dropped where they say nothing any more. */
const SWEPT_PER_CLAIM = 2;

interface Bucket {
  level: Level;
  limit: number;
}

interface Counter {
  spentNano: number;
  reservedNano: number;
  expiresAt: number;
}

interface Held extends Expiring {
  readonly claim: Claim;
  /** As they were then: a counter may have been forgotten and filled anew since. */
  readonly counters: readonly Counter[];
}

/** Counts in this process. */
export class MemoryState implements SharedState {
  readonly #buckets = new Map<string, Bucket>();
  readonly #taken = new Map<string, number>();
  readonly #counters = new Map<string, Counter>();
  readonly #holds = new Map<string, Held>();
  readonly #charged = new Map<string, number>();
  readonly #expiring = expiryHeap<Held>();
  readonly #sweepBuckets = sweeper(this.#buckets, isFull);
  readonly #sweepCounters = sweeper(this.#counters, ({ expiresAt }, now) => expiresAt <= now);
  #latest = 0;

  hold(claim: Claim): HoldAnswer {
    const { now } = claim;
    this.#passTo(now);
    this.#sweepBuckets(claim.rates.length * SWEPT_PER_CLAIM, now);
    this.#sweepCounters(claim.budgets.length * SWEPT_PER_CLAIM, now);
    const levels = claim.rates.map((rate) => refilled(this.#buckets.get(rate.bucket)?.level, rate.limit, now));
    const counters: Counter[] = [];
    for (const { counter: name } of claim.budgets) {
      const counter = this.#known(name, now);
      if (counter !== undefined) counters.push(counter);
    }
    const allKnown = counters.length === claim.budgets.length;
    const refusal =
      (allKnown ? overspent(claim, counters) : undefined) ?? tooFast(claim, levels) ?? crowded(claim, this.#taken);
    if (refusal !== undefined) {
      const rates = claim.rates.map((rate, index) => standingOf(rate, levels[index] ?? { debt: 0, at: now }));
      return { outcome: "refused", ...refusal, rates, budgets: allKnown ? counters.map(budgetStanding) : [] };
    }
    if (allKnown) return this.#take(claim, { levels, counters });
    const names = claim.budgets.map(({ counter }) => counter);
    return { outcome: "unfilled", counters: names.filter((name) => this.#known(name, now) === undefined) };
  }

  settle({ id, now, rates, costNano }: Settled): void {
    this.#passTo(now);
    const held = this.#holds.get(id);
    if (held === undefined) return;
    for (const claim of held.claim.rates) {
      const used = rates.find(({ bucket }) => bucket === claim.bucket)?.amount;
      if (used !== undefined) this.#correct(claim, used - takenBy(claim), now);
    }
    this.#end(held, costNano);
  }

  charge({ id, now, counters, costNano }: Spending): void {
    this.#passTo(now);
    if (!remember(this.#charged, id, now)) return;
    for (const name of counters) {
      const counter = this.#known(name, now);
      if (counter !== undefined) counter.spentNano += costNano;
    }
  }

  async fill(unfilled: readonly Unfilled[]): Promise<void> {
    const spent = await Promise.all(unfilled.map(({ read }) => read()));
    unfilled.forEach(({ counter, expiresAt }, index) => {
      if (this.#known(counter, this.#latest) !== undefined) return;
      this.#counters.set(counter, { spentNano: spent[index] ?? 0, reservedNano: 0, expiresAt });
    });
  }

  isAvailable(): boolean {
    return true;
  }

  async close(): Promise<void> {}

  /** How many buckets, counters and holds are remembered. */
  get size(): number {
    return this.#buckets.size + this.#taken.size + this.#counters.size + this.#holds.size + this.#charged.size;
  }

  #known(name: string, now: number): Counter | undefined {
    const counter = this.#counters.get(name);
    return counter !== undefined && counter.expiresAt > now ? counter : undefined;
  }

  #passTo(now: number): void {
    if (now > this.#latest) this.#latest = now;
    let first = this.#expiring.first();
    while (first !== undefined && first.expiresAt <= now) {
      this.#end(first);
      first = this.#expiring.first();
    }
  }

  #take(claim: Claim, { levels, counters }: Found): HoldAnswer {
    const rates = claim.rates.map((rate, index) => {
      const level = moved(levels[index] ?? { debt: 0, at: claim.now }, takenBy(rate), rate.windowMs);
      this.#setLevel(rate, level);
      return standingOf(rate, level);
    });
    for (const { bucket } of claim.concurrency) this.#taken.set(bucket, (this.#taken.get(bucket) ?? 0) + 1);
    claim.budgets.forEach(({ amountNano, expiresAt }, index) => {
      const counter = counters[index];
      if (counter === undefined) return;
      counter.reservedNano += amountNano;
      if (expiresAt > counter.expiresAt) counter.expiresAt = expiresAt;
    });
    const held = { claim, counters, expiresAt: claim.expiresAt, place: -1 };
    this.#holds.set(claim.id, held);
    this.#expiring.add(held);
    return { outcome: "held", rates, budgets: counters.map(budgetStanding) };
  }

  /** `costNano` is absent where the hold has expired: it counts in full. */
  #end(held: Held, costNano?: number): void {
    this.#holds.delete(held.claim.id);
    this.#expiring.remove(held);
    for (const { bucket } of held.claim.concurrency) {
      const left = (this.#taken.get(bucket) ?? 0) - 1;
      if (left > 0) this.#taken.set(bucket, left);
      else this.#taken.delete(bucket);
    }
    held.claim.budgets.forEach(({ counter: name, amountNano }, index) => {
      const counter = this.#counters.get(name);
      if (counter === undefined) return;
      if (counter === held.counters[index]) counter.reservedNano -= amountNano;
      counter.spentNano += costNano ?? amountNano;
    });
  }

  #correct(claim: RateClaim, units: number, now: number): void {
    const level = refilled(this.#buckets.get(claim.bucket)?.level, claim.limit, now);
    this.#setLevel(claim, moved(level, units, claim.windowMs));
  }

  #setLevel({ bucket: name, limit }: RateClaim, level: Level): void {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) this.#buckets.set(name, { level, limit });
    else {
      bucket.level = level;
      bucket.limit = limit;
    }
  }
}

interface Found {
  readonly levels: readonly Level[];
  readonly counters: readonly Counter[];
}

type Refusal = Pick<HoldAnswer & { outcome: "refused" }, "by" | "index" | "retryAfterMs">;

function overspent({ budgets }: Claim, counters: readonly Counter[]): Refusal | undefined {
  let worst: { readonly index: number; readonly expiresAt: number } | undefined;
  budgets.forEach(({ limitNano, amountNano, expiresAt }, index) => {
    const counter = counters[index];
    if (counter === undefined || counter.spentNano + counter.reservedNano + amountNano <= limitNano) return;
    if (worst === undefined || expiresAt > worst.expiresAt) worst = { index, expiresAt };
  });
  return worst === undefined ? undefined : { by: "budget", index: worst.index };
}

function tooFast({ rates }: Claim, levels: readonly Level[]): Refusal | undefined {
  let worst: Refusal | undefined;
  let longest = 0;
  rates.forEach((rate, index) => {
    const level = levels[index];
    const retryAfterMs = level === undefined ? 0 : waitFor(rate, level);
    if (retryAfterMs <= longest) return;
    longest = retryAfterMs;
    worst = { by: "rate", index, retryAfterMs };
  });
  return worst;
}

function crowded({ concurrency }: Claim, taken: ReadonlyMap<string, number>): Refusal | undefined {
  const index = concurrency.findIndex(({ bucket, limit }) => (taken.get(bucket) ?? 0) >= limit);
  return index < 0 ? undefined : { by: "concurrency", index };
}

function budgetStanding({ spentNano, reservedNano }: Counter): { spentNano: number; reservedNano: number } {
  return { spentNano, reservedNano };
}

function isFull({ level, limit }: Bucket, now: number): boolean {
  return level.debt <= (now - level.at) * limit;
}

/** False: it was there already. */
function remember(charged: Map<string, number>, id: string, now: number): boolean {
  if (charged.has(id)) return false;
  for (const [old, at] of charged) {
    if (at + CHARGES_REMEMBERED_MS > now) break;
    charged.delete(old);
  }
  charged.set(id, now);
  return true;
}

/** Goes round and round a map, a few entries at a time, so that what nobody asks for any more does not stay. */
function sweeper<T>(
  map: Map<string, T>,
  isIdle: (entry: T, now: number) => boolean,
): (count: number, now: number) => void {
  let cursor = map.entries();
  return (count, now) => {
    for (let step = 0; step < count; step++) {
      const next = cursor.next();
      if (next.done === true) {
        cursor = map.entries();
        return;
      }
      const [name, entry] = next.value;
      if (isIdle(entry, now)) map.delete(name);
    }
  };
}
