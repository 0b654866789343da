import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Claim } from "../../packages/gateway/src/store/shared-state/shared-state.ts";
import { NaiveState } from "./naive-state.ts";
import { claimOf, type TestState, testStates } from "./states.ts";

type Step = Hold | Settle | Charge | Fill;

interface Hold {
  readonly does: "hold";
  readonly passMs: number;
  readonly leaseMs: number;
  readonly claim: Parts;
}

interface Settle {
  readonly does: "settle";
  readonly passMs: number;
  readonly which: number;
  readonly used: number | undefined;
  readonly costNano: number;
}

interface Charge {
  readonly does: "charge";
  readonly passMs: number;
  readonly which: number;
  readonly costNano: number;
}

interface Fill {
  readonly does: "fill";
  readonly passMs: number;
  readonly which: number;
  readonly spentNano: number;
  readonly lastsMs: number;
}

type Parts = Pick<Claim, "rates" | "concurrency" | "budgets">;

const start = Date.UTC(2026, 10, 21, 12);
const counters = ["day", "month", "total"] as const;

const amounts = fc.oneof(fc.nat(50), fc.nat(2_000_000));
const pause = fc.oneof(fc.constant(0), fc.nat(3_000), fc.nat(90_000));
const limits = fc.constantFrom(1, 3, 7, 1_000, 1_000_000);

/** Their limits are those of the run. */
const rates = fc
  .tuple(fc.boolean(), fc.option(amounts, { nil: undefined }))
  .map(([asks, used]) => [
    ...(asks ? [{ bucket: "requests", windowMs: 60_000, limit: 1, amount: 1 }] : []),
    ...(used === undefined ? [] : [{ bucket: "tokens", windowMs: 604_800_000, limit: 1, amount: used }]),
  ]);

const concurrency = fc
  .uniqueArray(fc.constantFrom("key", "team"), { maxLength: 2 })
  .chain((names) =>
    fc.tuple(...names.map((bucket) => fc.integer({ min: 1, max: 3 }).map((limit) => ({ bucket, limit })))),
  );

const budgets = fc
  .uniqueArray(fc.constantFrom(...counters), { maxLength: 3 })
  .chain((names) =>
    fc.tuple(
      ...names.map((counter) =>
        fc
          .record({ limitNano: fc.nat(200), amountNano: fc.nat(60), lastsMs: fc.nat(60_000) })
          .map((rest) => ({ counter, ...rest })),
      ),
    ),
  );

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("hold" as const),
      passMs: pause,
      leaseMs: fc.integer({ min: 1, max: 30_000 }),
      claim: fc.record({
        rates,
        concurrency,
        budgets: budgets.map((list) => list.map(({ lastsMs, ...rest }) => ({ ...rest, expiresAt: lastsMs }))),
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("settle" as const),
      passMs: pause,
      which: fc.nat(10),
      used: fc.option(amounts, { nil: undefined }),
      costNano: fc.nat(100),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("charge" as const),
      passMs: pause,
      which: fc.nat(3),
      costNano: fc.nat(50),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("fill" as const),
      passMs: fc.constant(0),
      which: fc.nat(2),
      spentNano: fc.nat(150),
      lastsMs: fc.integer({ min: 1, max: 120_000 }),
    }),
  },
);

class Run {
  readonly #naive = new NaiveState();
  readonly #ids: string[] = [];
  readonly #opened: TestState;
  readonly #limits: readonly number[];
  #now = start;
  #passes = 0;

  constructor(opened: TestState, limits: readonly number[]) {
    this.#opened = opened;
    this.#limits = limits;
  }

  async take(step: Step): Promise<void> {
    const { state, flush } = this.#opened;
    this.#now += step.passMs;
    switch (step.does) {
      case "hold": {
        const claim = this.#claim(step);
        expect(await state.hold(claim)).toEqual(this.#naive.hold(claim));
        return;
      }
      case "settle": {
        const rates = step.used === undefined ? [] : [{ bucket: "tokens", amount: step.used }];
        const id = this.#ids.at(-1 - step.which) ?? "nobody";
        const settled = { id, now: this.#now, rates, costNano: step.costNano };
        state.settle(settled);
        this.#naive.settle(settled);
        return flush();
      }
      case "charge": {
        const { which, costNano } = step;
        const spending = { id: `charge-${which}`, now: this.#now, counters: [...counters], costNano };
        state.charge(spending);
        this.#naive.charge(spending);
        return flush();
      }
      case "fill": {
        const counter = counters[step.which] ?? "day";
        const expiresAt = this.#now + step.lastsMs;
        // Redis ends what has expired at the next hold. By name a counter is of one window, so that nobody sees the difference.
        await state.hold(claimOf(`pass-${this.#passes++}`, this.#now, {}));
        await state.fill([{ counter, expiresAt, read: async () => step.spentNano }]);
        this.#naive.fill(counter, step.spentNano, expiresAt);
        return;
      }
    }
  }

  #claim({ leaseMs, claim }: Hold): Claim {
    const now = this.#now;
    const id = `request-${this.#ids.length}`;
    this.#ids.push(id);
    const rates = claim.rates.map((rate) => ({ ...rate, limit: this.#limits[rate.bucket === "tokens" ? 0 : 1] ?? 1 }));
    const budgets = claim.budgets.map(({ expiresAt, ...rest }) => ({ ...rest, expiresAt: now + expiresAt }));
    return { id, now, expiresAt: now + leaseMs, rates, concurrency: claim.concurrency, budgets };
  }
}

describe.each(await testStates())("any sequence of holds, settlements, charges and fillings: $kind", (states) => {
  test.skipIf(!states.available)(
    "is answered as the plainest account of it answers",
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.tuple(limits, limits),
          fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
          async (both, steps) => {
            const opened = await states.open();
            const run = new Run(opened, both);
            for (const one of steps) await run.take(one);
            await opened.state.close();
          },
        ),
        { numRuns: states.kind === "memory" ? 1_000 : 200 },
      );
    },
  );
});
