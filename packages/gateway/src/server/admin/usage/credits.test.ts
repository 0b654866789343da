import { describe, expect, test } from "vitest";
import { testStores } from "../../../../../../tests/support/stores.ts";
import type { ClientKey } from "../../../config/settings.ts";
import { DAY, entry, NOW } from "./testing/ledger.ts";
import { as, serveUsage } from "./testing/usage-api.ts";

const [sqlite] = await testStores();

describe("credits", () => {
  const total = (per: "key" | "team" | "session", dollars: number) =>
    ({ per, window: "total", limitNano: dollars * 1_000_000_000, softPercent: 80 }) as const;

  async function creditsOf(key: Partial<ClientKey>) {
    const entries = [
      entry({ key: "mine", team: "team_a" }),
      entry({ key: "other", team: "team_a" }),
      entry({ key: "old", at: NOW - 300 * DAY }),
    ];
    const api = await serveUsage(sqlite, { entries, callers: { "credits-secret-of-16": key } });
    try {
      return (await api.call("GET /v1/credits", undefined, as("credits-secret-of-16"))).body;
    } finally {
      await api.close();
    }
  }

  test("without a total budget there is no balance, and not one of nothing", async () => {
    const policies = [
      { kind: "key", id: "mine", policy: { budgets: [{ ...total("key", 9), window: "day" }, total("session", 1)] } },
    ] as const;
    expect(await creditsOf({ id: "mine", team: "team_a", policies })).toEqual({
      data: { total_credits: null, total_usage: 1.000000005 },
      balance: null,
      balance_nano: null,
      total_usage: 1.000000005,
      total_usage_nano: "1000000005",
    });
  });

  test("the balance is what is left of the tightest, whoever has spent it", async () => {
    const policies = [
      { kind: "key", id: "mine", policy: { budgets: [total("key", 5)] } },
      { kind: "team", id: "team_a", policy: { budgets: [total("team", 3)] } },
    ] as const;
    expect(await creditsOf({ id: "mine", team: "team_a", policies })).toMatchObject({
      data: { total_credits: 3, total_usage: 2.00000001 },
      balance: 0.99999999,
      balance_nano: "999999990",
      total_usage: 1.000000005,
    });
  });

  test("what is overdrawn leaves nothing", async () => {
    const policies = [{ kind: "key", id: "old", policy: { budgets: [total("key", 1)] } }] as const;
    expect(await creditsOf({ id: "old", policies })).toMatchObject({ balance: 0, data: { total_usage: 1.000000005 } });
  });
});
