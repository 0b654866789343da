import type { Claim, HoldAnswer, Settled, Spending } from "./shared-state.ts";

/** All keys carry one hash tag: a claim is one script, and its keys must stand on one server. */
export interface Keys {
  readonly epoch: string;
  readonly expiring: string;
  readonly hold: (id: string) => string;
  readonly bucket: (name: string) => string;
  readonly slots: (name: string) => string;
  readonly counter: (name: string) => string;
  readonly charge: (id: string) => string;
}

export function keysUnder(prefix: string): Keys {
  const of = `${prefix}{limits}:`;
  return {
    epoch: `${of}epoch`,
    expiring: `${of}expiring`,
    hold: (id) => `${of}hold:${id}`,
    bucket: (name) => `${of}rate:${name}`,
    slots: (name) => `${of}slots:${name}`,
    counter: (name) => `${of}spent:${name}`,
    charge: (id) => `${of}charge:${id}`,
  };
}

export interface Arguments {
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

/** What the `hold` script is told. `clock` is 1 for Redis's own. */
export function holdArguments(claim: Claim, keys: Keys, clock: 0 | 1): Arguments {
  const { id, now, expiresAt, rates, concurrency, budgets } = claim;
  const names = [keys.epoch, keys.expiring, keys.hold(id)];
  let numbers = `${clock} ${now} ${expiresAt - now} ${rates.length} ${concurrency.length} ${budgets.length}`;
  for (const { bucket, limit, windowMs, amount } of rates) {
    names.push(keys.bucket(bucket));
    numbers += ` ${limit} ${windowMs} ${amount}`;
  }
  for (const { bucket, limit } of concurrency) {
    names.push(keys.slots(bucket));
    numbers += ` ${limit}`;
  }
  for (const { counter, limitNano, amountNano, expiresAt: until } of budgets) {
    names.push(keys.counter(counter));
    numbers += ` ${limitNano} ${amountNano} ${until - now}`;
  }
  return { keys: names, values: [numbers] };
}

/** A settlement on its way. */
export interface Ending extends Settled {
  /** Of Redis, when the hold was taken; "" where nobody knows of it. */
  readonly epoch: string;
  readonly counters: readonly string[];
  /** When it was settled, by this process's monotonic clock. */
  readonly at: number;
}

export interface Charge extends Spending {
  /** Where it is remembered that it was counted. */
  readonly key: string;
  readonly at: number;
}

export function settleArguments(endings: readonly Ending[], keys: Keys, clock: 0 | 1): Arguments {
  const names = [keys.epoch, keys.expiring];
  const values = [String(clock)];
  const now = performance.now();
  for (const { id, now: claimed, at, costNano, epoch, rates } of endings) {
    names.push(keys.hold(id));
    values.push(String(costNano), String(clock === 1 ? now - at : claimed), epoch, String(rates.length));
    for (const { bucket, amount } of rates) values.push(keys.bucket(bucket), String(amount));
  }
  return { keys: names, values };
}

export function chargeArguments(charges: readonly Charge[], keys: Keys, clock: 0 | 1): Arguments {
  const names = [keys.epoch];
  const values = [String(clock)];
  const now = performance.now();
  for (const { key, now: claimed, at, costNano, counters } of charges) {
    names.push(key);
    values.push(String(costNano), String(clock === 1 ? now - at : claimed), String(counters.length));
    for (const counter of counters) values.push(keys.counter(counter));
  }
  return { keys: names, values };
}

export interface HoldReply {
  readonly epoch: string;
  readonly answer: HoldAnswer;
}

const reasons = ["budget", "rate", "concurrency"] as const;

/** Undefined: Redis has no epoch, so it has forgotten everything. Throws where it is no answer of the script. */
export function readHoldReply(reply: unknown, claim: Claim): HoldReply | undefined {
  if (!Array.isArray(reply)) throw new Error("the answer is not one of the hold script");
  const [code, epoch, ...rest] = reply;
  if (code === 5) return undefined;
  const numbers = rest.map(Number);
  if (typeof epoch !== "string" || !numbers.every(Number.isFinite)) throw new Error("the answer is damaged");
  if (code === 0) return { epoch, answer: { outcome: "held", ...standings(numbers, claim) } };
  if (code === 4) {
    const counters = numbers.flatMap((index) => claim.budgets[index]?.counter ?? []);
    return { epoch, answer: { outcome: "unfilled", counters } };
  }
  const by = reasons[Number(code) - 1];
  if (by === undefined) throw new Error("the answer is damaged");
  const [index = 0, retryAfterMs = 0, ...after] = numbers;
  const wait = by === "rate" ? { retryAfterMs } : {};
  return { epoch, answer: { outcome: "refused", by, index, ...wait, ...standings(after, claim) } };
}

function standings(
  numbers: readonly number[],
  { rates, budgets }: Claim,
): Pick<HoldAnswer & { outcome: "held" }, "rates" | "budgets"> {
  const from = 2 * rates.length;
  return {
    rates: rates.map(({ limit }, index) => ({
      limit,
      remaining: numbers[2 * index] ?? 0,
      resetMs: numbers[2 * index + 1] ?? 0,
    })),
    budgets:
      numbers.length < from + 2 * budgets.length
        ? []
        : budgets.map((_, index) => ({
            spentNano: numbers[from + 2 * index] ?? 0,
            reservedNano: numbers[from + 2 * index + 1] ?? 0,
          })),
  };
}
