import { GatewayError } from "@signalbox/protocol";
import { describe, expect, test, vi } from "vitest";
import type { AccessPolicy, OwnedPolicy } from "../config/access.ts";
import type { ClientKey, OutageSettings } from "../config/settings.ts";
import { createLogger } from "../observe/log.ts";
import { StoreError } from "../store/errors.ts";
import type { SpendOwner } from "../store/ledger/ledger-rows.ts";
import { MemoryState } from "../store/shared-state/memory.ts";
import type { Claim, Spending } from "../store/shared-state/shared-state.ts";
import { type Ask, type Hold, standingsOf } from "./accounts.ts";
import { createAccounts } from "./create-accounts.ts";

const start = Date.parse("2026-11-21T12:00:00Z");
const settings: OutageSettings = { keysMinutes: 5, replicas: 1, budgetAllowanceNano: 0 };
const budget = { per: "key", window: "day", limitNano: 100, softPercent: 80 } as const;

/** Shared state that can be away. */
class FlakyState extends MemoryState {
  away = false;
  readonly charges: Spending[] = [];

  override hold(claim: Claim) {
    if (this.away) throw new StoreError("unavailable", "away");
    return super.hold(claim);
  }

  override isAvailable(): boolean {
    return !this.away;
  }

  override charge(spending: Spending): void {
    this.charges.push(spending);
    super.charge(spending);
  }
}

interface Options {
  readonly outage?: Partial<OutageSettings>;
  readonly spent?: (owner: SpendOwner, since: number) => Promise<number>;
}

function office({ outage = {}, spent = async () => 0 }: Options = {}) {
  const time = { now: start, monotonic: 0 };
  const shared = new FlakyState();
  const reads = vi.fn(spent);
  const accounts = createAccounts({
    shared,
    spent: reads,
    settings: { ...settings, ...outage },
    log: createLogger("silent"),
    now: () => time.now,
    monotonic: () => time.monotonic,
  });
  const pass = (ms: number) => {
    time.now += ms;
    time.monotonic += ms;
  };
  return { accounts, shared, reads, time, pass };
}

let keys = 0;

function keyWith(policy: AccessPolicy, others: readonly OwnedPolicy[] = [], parts: Partial<ClientKey> = {}): ClientKey {
  const id = `k${keys++}`;
  const policies: OwnedPolicy[] = [{ kind: "key", id, policy }, ...others];
  return { id, name: id, hash: "", policies, credentials: [], metadata: {}, disabled: false, ...parts };
}

let asks = 0;

function ask(key: ClientKey, parts: Partial<Ask> = {}): Ask {
  return { id: `r${asks++}`, key, tokens: { input: 10, output: 90 }, worstNano: 10, leaseMs: 900_000, ...parts };
}

async function refused(admitting: () => Hold | Promise<Hold>): Promise<GatewayError> {
  try {
    await admitting();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was let in");
}

const used = (costNano: number, input = 10, output = 5) => ({ costNano, tokens: { input, output } });

describe("a caller without limits", () => {
  test("is let in at once, and nothing is counted", () => {
    const { accounts, shared } = office();
    const key = keyWith({ models: ["*"] });
    const first = accounts.admit(ask(key));
    expect(first).not.toBeInstanceOf(Promise);
    expect(accounts.admit(ask(key))).toBe(first);
    expect(shared.size).toBe(0);
    expect(accounts.pressure({ key })).toEqual({ soft: false });
  });
});

describe("rate limits", () => {
  test("refuse in words, with the wait and how the limits stand, and let in again after it", async () => {
    const { accounts, pass } = office();
    const key = keyWith({ limits: [{ unit: "requests", per: "minute", limit: 2 }] });
    const hold = accounts.admit(ask(key));
    expect(hold).toMatchObject({
      standings: [{ limit: 2, remaining: 1, resetMs: 30_000, unit: "requests", windowMs: 60_000 }],
    });
    await accounts.admit(ask(key));
    const error = await refused(() => accounts.admit(ask(key)));
    expect(error).toMatchObject({
      code: "rate_limited",
      message: "API key per-minute rate limit exceeded (2 requests per minute).",
      detail: { retryAfterMs: 30_000 },
    });
    expect(standingsOf(error)).toMatchObject([{ limit: 2, remaining: 0 }]);
    pass(30_000);
    expect(accounts.admit(ask(key))).toMatchObject({ standings: [{ remaining: 0 }] });
  });

  test.each([
    ["5h", 18_000_000, "API key 5-hour rate limit exceeded (3 requests per 5 hours)."],
    ["7d", 604_800_000, "API key 7-day rate limit exceeded (3 requests per 7 days)."],
  ] as const)("of %s let in the whole limit in %d ms, and refill evenly", async (per, windowMs, message) => {
    const { accounts, pass } = office();
    const key = keyWith({ limits: [{ unit: "requests", per, limit: 3 }] });
    for (let count = 0; count < 3; count++) await accounts.admit(ask(key));
    expect(await refused(() => accounts.admit(ask(key)))).toMatchObject({
      message,
      detail: { retryAfterMs: windowMs / 3 },
    });
    pass(windowMs / 3);
    await accounts.admit(ask(key));
    await refused(() => accounts.admit(ask(key)));
  });

  test("of tokens hold the input and the longest answer, and count what was used", async () => {
    const { accounts } = office();
    const key = keyWith({ limits: [{ unit: "tokens", per: "minute", limit: 150 }] });
    const hold = await accounts.admit(ask(key));
    expect(hold.standings).toMatchObject([{ remaining: 50 }]);
    expect(await refused(() => accounts.admit(ask(key)))).toMatchObject({
      message: "API key per-minute token limit exceeded (150 tokens per minute).",
    });
    hold.settle(used(0, 10, 20));
    hold.settle(used(0, 0, 0));
    expect((await accounts.admit(ask(key))).standings).toMatchObject([{ remaining: 20 }]);
  });

  test("of tokens let in a longest answer beyond the limit, but not an input that never fits", async () => {
    const { accounts } = office();
    const key = keyWith({ limits: [{ unit: "tokens", per: "minute", limit: 150 }] });
    const hold = await accounts.admit(ask(key, { tokens: { input: 10, output: 128_000 } }));
    expect(hold.standings).toMatchObject([{ remaining: 0 }]);
    hold.settle(used(0, 0, 0));
    (await accounts.admit(ask(key, { tokens: { input: 300, output: 1 } }))).settle(used(0, 0, 0));
    const error = await refused(() => accounts.admit(ask(key, { tokens: { input: 301, output: 1 } })));
    expect(error).toMatchObject({
      code: "rate_limited",
      message:
        "The input of about 301 tokens is larger than the API key per-minute token limit (150 tokens per minute).",
    });
    expect(error.detail.retryAfterMs).toBeUndefined();
  });

  test("of a team are shared by its keys, and its name stands in the refusal", async () => {
    const { accounts } = office();
    const team: OwnedPolicy = {
      kind: "team",
      id: "t",
      policy: { limits: [{ unit: "requests", per: "hour", limit: 1 }] },
    };
    await accounts.admit(ask(keyWith({}, [team])));
    expect(await refused(() => accounts.admit(ask(keyWith({}, [team]))))).toMatchObject({
      message: "Team per-hour rate limit exceeded (1 requests per hour).",
    });
  });

  test("said twice of one owner and window hold once, by the lower", async () => {
    const { accounts } = office();
    const limit = { unit: "requests", per: "minute" } as const;
    const key = keyWith({
      limits: [
        { ...limit, limit: 5 },
        { ...limit, limit: 2 },
      ],
    });
    expect(accounts.admit(ask(key))).toMatchObject({ standings: [{ limit: 2, remaining: 1 }] });
  });

  test("are not refilled by a clock that is set back and forth", async () => {
    const { accounts, time } = office();
    const key = keyWith({ limits: [{ unit: "requests", per: "minute", limit: 1 }] });
    await accounts.admit(ask(key));
    for (let turn = 0; turn < 5; turn++) {
      time.now -= 120_000;
      await refused(() => accounts.admit(ask(key)));
      time.now += 120_000;
      await refused(() => accounts.admit(ask(key)));
    }
  });
});

test("concurrency is counted until a hold is settled", async () => {
  const { accounts } = office();
  const key = keyWith({ concurrency: 1 });
  const hold = await accounts.admit(ask(key));
  expect(await refused(() => accounts.admit(ask(key)))).toMatchObject({
    code: "rate_limited",
    message: "API key concurrency limit exceeded (1 request at one time).",
    detail: { retryAfterMs: 1_000 },
  });
  hold.settle(used(0));
  await accounts.admit(ask(key));
});

describe("budgets", () => {
  test("for exactly ten let in ten of two hundred, and read the ledger once", async () => {
    const { accounts, reads } = office();
    const key = keyWith({ budgets: [budget] });
    const answers = await Promise.allSettled(Array.from({ length: 200 }, async () => accounts.admit(ask(key))));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    expect(reads.mock.calls).toEqual([[{ kind: "key", id: key.id }, Date.parse("2026-11-21T00:00:00Z")]]);
  });

  test("begin with what the ledger says", async () => {
    const { accounts } = office({ spent: async () => 95 });
    const key = keyWith({ budgets: [budget] });
    expect(await refused(() => accounts.admit(ask(key)))).toMatchObject({ code: "budget_exceeded" });
    await accounts.admit(ask(key, { worstNano: 5 }));
  });

  test("are asked without waiting once they are known", async () => {
    const { accounts } = office();
    const key = keyWith({ budgets: [budget] });
    await accounts.admit(ask(key));
    expect(accounts.admit(ask(key))).not.toBeInstanceOf(Promise);
  });

  test("count what it cost in the place of what it might have", async () => {
    const { accounts } = office();
    const key = keyWith({ budgets: [budget] });
    const hold = await accounts.admit(ask(key, { worstNano: 100 }));
    await refused(() => accounts.admit(ask(key, { worstNano: 1 })));
    hold.settle(used(30));
    await accounts.admit(ask(key, { worstNano: 70 }));
    await refused(() => accounts.admit(ask(key, { worstNano: 1 })));
  });

  test("per key in a team's policy are each key's own; per team they are everybody's", async () => {
    const { accounts } = office();
    const policy = (per: "key" | "team"): OwnedPolicy => ({
      kind: "team",
      id: "t",
      policy: { budgets: [{ ...budget, per }] },
    });
    const own = [policy("key")];
    await accounts.admit(ask(keyWith({}, own, { team: "t" }), { worstNano: 100 }));
    await accounts.admit(ask(keyWith({}, own, { team: "t" }), { worstNano: 100 }));
    const shared = [policy("team")];
    await accounts.admit(ask(keyWith({}, shared, { team: "t" }), { worstNano: 100 }));
    await refused(() => accounts.admit(ask(keyWith({}, shared, { team: "t" }), { worstNano: 100 })));
  });

  test("per conversation are each conversation's own, and none where the client names none", async () => {
    const { accounts } = office();
    const key = keyWith({ budgets: [{ ...budget, per: "session" }] });
    await accounts.admit(ask(key, { session: "one", worstNano: 100 }));
    await accounts.admit(ask(key, { session: "two", worstNano: 100 }));
    await refused(() => accounts.admit(ask(key, { session: "one", worstNano: 1 })));
    await accounts.admit(ask(key, { worstNano: 1_000 }));
  });

  test("renew with their window, and a clock that is set back does not open the old one again", async () => {
    const { accounts, pass, time, reads } = office();
    const key = keyWith({ budgets: [budget] });
    await accounts.admit(ask(key, { worstNano: 100 }));
    pass(12 * 3_600_000);
    await accounts.admit(ask(key, { worstNano: 100 }));
    time.now -= 60_000;
    expect((await refused(() => accounts.admit(ask(key, { worstNano: 100 })))).message).toContain("2026-11-23");
    expect(reads).toHaveBeenCalledTimes(2);
  });

  test("press softly from their share on, and say whose", async () => {
    const { accounts } = office();
    const key = keyWith({ budgets: [budget] });
    expect(accounts.pressure({ key })).toEqual({ soft: false });
    await accounts.admit(ask(key, { worstNano: 79 }));
    expect(accounts.pressure({ key })).toEqual({ soft: false });
    await accounts.admit(ask(key, { worstNano: 1 }));
    expect(accounts.pressure({ key })).toEqual({
      soft: true,
      reason: "the daily budget of this API key is used to 80 %",
    });
  });

  test("do not press for what was held and not spent", async () => {
    const { accounts } = office();
    const key = keyWith({ budgets: [budget] });
    const hold = await accounts.admit(ask(key, { worstNano: 90 }));
    expect(accounts.pressure({ key })).toMatchObject({ soft: true });
    hold.settle(used(3));
    expect(accounts.pressure({ key })).toEqual({ soft: false });
    (await accounts.admit(ask(key, { worstNano: 77 }))).settle(used(77));
    expect(accounts.pressure({ key })).toMatchObject({
      soft: true,
      reason: "the daily budget of this API key is used to 80 %",
    });
  });
});

describe("while shared state is away", () => {
  test("limits hold by this replica's part, at least one", async () => {
    const { accounts, shared } = office({ outage: { replicas: 3 } });
    shared.away = true;
    const limits = [{ unit: "requests", per: "minute", limit: 7 } as const];
    const key = keyWith({ limits });
    const answers = await Promise.allSettled(Array.from({ length: 7 }, async () => accounts.admit(ask(key))));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    const single = keyWith({ concurrency: 1 });
    const hold = await accounts.admit(ask(single));
    await refused(() => accounts.admit(ask(single)));
    hold.settle(used(0));
    await accounts.admit(ask(single));
  });

  test("budgets fail closed", async () => {
    const { accounts, shared } = office();
    shared.away = true;
    expect(await refused(() => accounts.admit(ask(keyWith({ budgets: [budget] }))))).toMatchObject({
      code: "overloaded",
      detail: { retryAfterMs: 5_000 },
    });
  });

  test("budgets may spend their allowance where there is one, which is charged afterwards", async () => {
    const { accounts, shared } = office({ outage: { budgetAllowanceNano: 30 } });
    const key = keyWith({ budgets: [budget] });
    (await accounts.admit(ask(key))).settle(used(10));
    shared.away = true;
    const holds = await Promise.all([1, 2, 3].map(async () => accounts.admit(ask(key))));
    expect(await refused(() => accounts.admit(ask(key)))).toMatchObject({ code: "overloaded" });
    for (const hold of holds) hold.settle(used(9));
    for (const hold of holds) hold.settle(used(9));
    expect(shared.charges.map(({ costNano }) => costNano)).toEqual([9, 9, 9]);
    shared.away = false;
    await accounts.admit(ask(key, { worstNano: 63 }));
    await refused(() => accounts.admit(ask(key, { worstNano: 1 })));
  });

  test("the allowance does not reach beyond what was left when it was last known", async () => {
    const { accounts, shared } = office({ outage: { budgetAllowanceNano: 1_000 } });
    const key = keyWith({ budgets: [budget] });
    (await accounts.admit(ask(key, { worstNano: 95 }))).settle(used(95));
    shared.away = true;
    expect(await refused(() => accounts.admit(ask(key)))).toMatchObject({ code: "budget_exceeded" });
    await accounts.admit(ask(key, { worstNano: 5 }));
  });

  test("a ledger that cannot be read is the same outage for budgets", async () => {
    const spent = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new StoreError("unavailable", "away"));
    spent.mockResolvedValue(0);
    const { accounts } = office({ spent });
    const key = keyWith({ budgets: [budget] });
    expect(await refused(() => accounts.admit(ask(key)))).toMatchObject({ code: "overloaded" });
    await accounts.admit(ask(key));
  });
});
