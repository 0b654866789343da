import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HoldAnswer } from "../../packages/gateway/src/store/shared-state/shared-state.ts";
import { claimOf, type TestState, testStates } from "./states.ts";

const at = Date.UTC(2026, 10, 21, 12);
const far = at + 86_400_000;

describe.each(await testStates())("shared state: $kind", ({ available, open }) => {
  let opened: TestState;
  let count = 0;
  beforeEach(async () => {
    if (available) opened = await open();
  });
  afterEach(async () => {
    if (available) await opened.state.close();
  });

  const id = () => `request-${count++}`;
  const perMinute = (limit: number, amount = 1) => ({ bucket: "requests", limit, windowMs: 60_000, amount });
  const ask = (now: number, limit: number, amount = 1) =>
    opened.state.hold(claimOf(id(), now, { rates: [perMinute(limit, amount)] }));
  interface Options {
    readonly limitNano?: number;
    readonly now?: number;
    readonly name?: string;
    readonly expiresAt?: number;
  }
  const spend = (amountNano: number, { limitNano = 100, now = at, name = id(), expiresAt }: Options = {}) =>
    opened.state.hold({
      ...claimOf(name, now, { budgets: [{ counter: "budget", limitNano, amountNano, expiresAt: far }] }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
  const fill = (spentNano: number, expiresAt = far) =>
    opened.state.fill([{ counter: "budget", expiresAt, read: async () => spentNano }]);
  const settle = async (name: string, now: number, costNano: number) => {
    opened.state.settle({ id: name, now, rates: [], costNano });
    await opened.flush();
  };
  const outcomes = async (answers: readonly (HoldAnswer | Promise<HoldAnswer>)[]) =>
    (await Promise.all(answers)).map(({ outcome }) => outcome);

  describe.skipIf(!available)("rates", () => {
    test("let in as many as the limit at once, whatever fraction of the window each takes", async () => {
      for (const limit of [1, 3, 7, 60, 997]) {
        const bucket = { bucket: `limit-${limit}`, limit, windowMs: 604_800_000, amount: 1 };
        const answers = await outcomes(
          Array.from({ length: limit + 2 }, () => opened.state.hold(claimOf(id(), at, { rates: [bucket] }))),
        );
        expect(answers.filter((outcome) => outcome === "held")).toHaveLength(limit);
      }
    });

    test("say when the next one would be let in, and let it in then and not before", async () => {
      await Promise.all([ask(at, 3), ask(at, 3), ask(at, 3)]);
      expect(await ask(at, 3)).toMatchObject({ outcome: "refused", by: "rate", index: 0, retryAfterMs: 20_000 });
      expect(await ask(at + 19_999, 3)).toMatchObject({ outcome: "refused", retryAfterMs: 1 });
      expect(await ask(at + 20_000, 3)).toMatchObject({
        outcome: "held",
        rates: [{ limit: 3, remaining: 0, resetMs: 60_000 }],
      });
    });

    test("tell what remains and when the bucket is full again", async () => {
      expect(await ask(at, 60)).toMatchObject({ rates: [{ limit: 60, remaining: 59, resetMs: 1_000 }] });
      expect(await ask(at + 500, 60)).toMatchObject({ rates: [{ limit: 60, remaining: 58, resetMs: 1_500 }] });
    });

    test("give back what was held and not used, and take what was used beyond it", async () => {
      const rates = (amount: number) => [{ bucket: "tokens", limit: 100, windowMs: 60_000, amount }];
      await opened.state.hold(claimOf("thrifty", at, { rates: rates(90) }));
      opened.state.settle({ id: "thrifty", now: at, rates: [{ bucket: "tokens", amount: 10 }], costNano: 0 });
      await opened.flush();
      expect(await opened.state.hold(claimOf("other", at, { rates: rates(90) }))).toMatchObject({ outcome: "held" });
      opened.state.settle({ id: "other", now: at, rates: [{ bucket: "tokens", amount: 140 }], costNano: 0 });
      await opened.flush();
      expect(await opened.state.hold(claimOf("late", at, { rates: rates(1) }))).toMatchObject({
        outcome: "refused",
        retryAfterMs: 30_600,
        rates: [{ remaining: 0, resetMs: 90_000 }],
      });
    });

    test("never hold more than the window back for a refund that comes late", async () => {
      await opened.state.hold(claimOf("slow", at, { rates: [perMinute(10, 10)] }));
      opened.state.settle({ id: "slow", now: at + 120_000, rates: [{ bucket: "requests", amount: 0 }], costNano: 0 });
      await opened.flush();
      const answers = await outcomes(Array.from({ length: 11 }, () => ask(at + 120_000, 10)));
      expect(answers.filter((outcome) => outcome === "held")).toHaveLength(10);
    });

    test("take more than the limit as the limit: it needs a full bucket", async () => {
      expect(await ask(at, 10, 1_000)).toMatchObject({ outcome: "held", rates: [{ remaining: 0 }] });
      expect(await ask(at + 59_999, 10, 1_000)).toMatchObject({ outcome: "refused", retryAfterMs: 1 });
    });

    test("a clock that goes back frees nothing, and costs nothing", async () => {
      await Promise.all([ask(at, 2), ask(at, 2)]);
      expect(await ask(at - 3_600_000, 2)).toMatchObject({ outcome: "refused" });
      expect(await ask(at + 30_000, 2)).toMatchObject({ outcome: "held" });
    });

    test("of two that refuse, the one with the longer wait is told", async () => {
      const rates = [perMinute(1), { bucket: "hourly", limit: 1, windowMs: 3_600_000, amount: 1 }];
      await opened.state.hold(claimOf("first", at, { rates }));
      expect(await opened.state.hold(claimOf("second", at, { rates }))).toMatchObject({
        index: 1,
        retryAfterMs: 3_600_000,
      });
    });
  });

  describe.skipIf(!available)("concurrency", () => {
    const concurrency = [{ bucket: "key", limit: 2 }];

    test("frees a place when a hold is settled, for whoever asks right after", async () => {
      await opened.state.hold(claimOf("a", at, { concurrency }));
      await opened.state.hold(claimOf("b", at, { concurrency }));
      expect(await opened.state.hold(claimOf("c", at, { concurrency }))).toMatchObject({
        outcome: "refused",
        by: "concurrency",
        index: 0,
      });
      opened.state.settle({ id: "a", now: at, rates: [], costNano: 0 });
      expect(await opened.state.hold(claimOf("d", at, { concurrency }))).toMatchObject({ outcome: "held" });
    });

    test("frees a place when a hold expires, and only once", async () => {
      await opened.state.hold({ ...claimOf("a", at, { concurrency }), expiresAt: at + 1_000 });
      await opened.state.hold(claimOf("b", at, { concurrency }));
      expect(await opened.state.hold(claimOf("c", at + 999, { concurrency }))).toMatchObject({ outcome: "refused" });
      expect(await opened.state.hold(claimOf("d", at + 1_000, { concurrency }))).toMatchObject({ outcome: "held" });
      await settle("a", at + 1_000, 0);
      expect(await opened.state.hold(claimOf("e", at + 1_000, { concurrency }))).toMatchObject({ outcome: "refused" });
    });
  });

  describe.skipIf(!available)("budgets", () => {
    test("of two hundred at once into a budget for exactly ten, ten are let in", async () => {
      await fill(0);
      const answers = await outcomes(Array.from({ length: 200 }, () => spend(10)));
      expect(answers.filter((outcome) => outcome === "held")).toHaveLength(10);
      expect(new Set(answers)).toEqual(new Set(["held", "refused"]));
    });

    test("ask for what they do not know, once", async () => {
      expect(await spend(10)).toEqual({ outcome: "unfilled", counters: ["budget"] });
      await fill(95);
      await fill(0);
      expect(await spend(10)).toMatchObject({ outcome: "refused", by: "budget", budgets: [{ spentNano: 95 }] });
      expect(await spend(5)).toMatchObject({ outcome: "held", budgets: [{ spentNano: 95, reservedNano: 5 }] });
    });

    test("put the real cost in the place of what was held, once, however often it is said", async () => {
      await fill(0);
      await spend(60, { name: "call" });
      await settle("call", at, 25);
      await settle("call", at, 25);
      expect(await spend(75)).toMatchObject({ outcome: "held", budgets: [{ spentNano: 25, reservedNano: 75 }] });
    });

    test("count a real cost beyond what was held, and the limit", async () => {
      await fill(0);
      await spend(100, { name: "call" });
      await settle("call", at, 130);
      expect(await spend(1)).toMatchObject({ outcome: "refused", budgets: [{ spentNano: 130, reservedNano: 0 }] });
    });

    test("count a hold that has expired in full, also when it is settled afterwards", async () => {
      await fill(0);
      await spend(60, { name: "call", expiresAt: at + 1_000 });
      await settle("call", at + 1_000, 5);
      expect(await spend(40, { now: at + 1_000 })).toMatchObject({
        outcome: "held",
        budgets: [{ spentNano: 60, reservedNano: 40 }],
      });
    });

    test("are unknown again when their time is over", async () => {
      await fill(50, at + 1_000);
      expect(await spend(10, { now: at + 1_000 })).toEqual({ outcome: "unfilled", counters: ["budget"] });
    });

    test("stay known as long as the last claim says", async () => {
      await fill(0, at + 1_000);
      await spend(10, { now: at + 999 });
      expect(await spend(10, { now: at + 1_000 })).toMatchObject({ outcome: "held" });
    });

    test("take a charge that nothing was held for, once", async () => {
      await fill(0);
      const spending = { id: "outage-1", now: at, counters: ["budget", "unknown"], costNano: 30 };
      opened.state.charge(spending);
      opened.state.charge(spending);
      await opened.flush();
      expect(await spend(10)).toMatchObject({ budgets: [{ spentNano: 30, reservedNano: 10 }] });
    });

    test("do not take the cost of a call to another window's counter", async () => {
      await fill(0, at + 1_000);
      await opened.state.hold(
        claimOf("call", at, {
          budgets: [{ counter: "budget", limitNano: 100, amountNano: 10, expiresAt: at + 1_000 }],
        }),
      );
      const next = { counter: "next", limitNano: 100, amountNano: 10, expiresAt: far };
      await opened.state.fill([{ counter: "next", expiresAt: far, read: async () => 0 }]);
      await settle("call", at + 2_000, 50);
      expect(await opened.state.hold(claimOf("new", at + 2_000, { budgets: [next] }))).toMatchObject({
        budgets: [{ spentNano: 0, reservedNano: 10 }],
      });
    });

    test("refuse as unknown what cannot be read, and say so", async () => {
      const read = () => Promise.reject(new Error("the ledger is away"));
      await expect(opened.state.fill([{ counter: "budget", expiresAt: far, read }])).rejects.toThrow(
        "the ledger is away",
      );
      expect(await spend(10)).toMatchObject({ outcome: "unfilled" });
    });
  });

  describe.skipIf(!available)("a claim of several", () => {
    const all = {
      rates: [perMinute(5)],
      concurrency: [{ bucket: "key", limit: 5 }],
      budgets: [{ counter: "budget", limitNano: 50, amountNano: 10, expiresAt: far }],
    };

    test("takes nothing when one refuses", async () => {
      await fill(0);
      const full = { ...all, budgets: [{ counter: "budget", limitNano: 5, amountNano: 10, expiresAt: far }] };
      for (let turn = 0; turn < 20; turn++) {
        expect(await opened.state.hold(claimOf(id(), at, full))).toMatchObject({ outcome: "refused", by: "budget" });
      }
      const answers = await outcomes(Array.from({ length: 6 }, () => opened.state.hold(claimOf(id(), at, all))));
      expect(answers.filter((outcome) => outcome === "held")).toHaveLength(5);
    });

    test("names the reason that lasts longest: a budget, else a rate, else concurrency", async () => {
      const one = {
        rates: [perMinute(1)],
        concurrency: [{ bucket: "key", limit: 1 }],
        budgets: [{ counter: "budget", limitNano: 10, amountNano: 10, expiresAt: far }],
      };
      await fill(0);
      await opened.state.hold(claimOf("first", at, one));
      expect(await opened.state.hold(claimOf(id(), at, one))).toMatchObject({ by: "budget" });
      expect(await opened.state.hold(claimOf(id(), at, { ...one, budgets: [] }))).toMatchObject({ by: "rate" });
      expect(await opened.state.hold(claimOf(id(), at, { concurrency: one.concurrency }))).toMatchObject({
        by: "concurrency",
      });
    });

    test("does not ask the ledger for a caller that is too fast anyway", async () => {
      await ask(at, 1);
      const claim = { ...all, rates: [perMinute(1)] };
      expect(await opened.state.hold(claimOf(id(), at, claim))).toMatchObject({ by: "rate", budgets: [] });
    });

    test("of two budgets that refuse, the one that renews last is told", async () => {
      const day = { counter: "day", limitNano: 1, amountNano: 10, expiresAt: at + 10_000 };
      const month = { counter: "month", limitNano: 1, amountNano: 10, expiresAt: far };
      const read = async () => 0;
      await opened.state.fill([day, month].map(({ counter, expiresAt }) => ({ counter, expiresAt, read })));
      expect(await opened.state.hold(claimOf(id(), at, { budgets: [day, month] }))).toMatchObject({ index: 1 });
    });
  });
});
