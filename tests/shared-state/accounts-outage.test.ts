import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ask } from "../../packages/gateway/src/accounting/accounts.ts";
import { createAccounts } from "../../packages/gateway/src/accounting/create-accounts.ts";
import type { ClientKey } from "../../packages/gateway/src/config/settings.ts";
import { createLogger } from "../../packages/gateway/src/observe/log.ts";
import type { RedisState } from "../../packages/gateway/src/store/shared-state/redis.ts";
import { testRedis } from "../support/redis.ts";
import { canStartRedis, type RedisServer, startRedis } from "../support/redis-server.ts";
import { openRedis } from "./states.ts";

// SIGNALBOX_TEST_REDIS may name a server elsewhere, but this one is killed.
const available = (await testRedis()) !== undefined && canStartRedis();

const key: ClientKey = {
  id: "k",
  name: "k",
  hash: "",
  policies: [
    {
      kind: "key",
      id: "k",
      policy: { budgets: [{ per: "key", window: "total", limitNano: 1_000, softPercent: 80 }] },
    },
  ],
  credentials: [],
  metadata: {},
  disabled: false,
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.skipIf(!available).each([
  { kept: "everything", persistent: true },
  { kept: "nothing", persistent: false },
])("an allowance that is spent while Redis is away, which then has kept $kept", ({ persistent }) => {
  let server: RedisServer;
  let shared: RedisState;
  beforeEach(async () => {
    const started = await startRedis({ persistent });
    if (started === undefined) throw new Error("no Redis");
    server = started;
    shared = await openRedis({ url: server.url });
  });
  afterEach(async () => {
    await shared.close();
    await server.stop();
  });

  test("counts against the budget once, beside all that was spent before and is spent after", async () => {
    const ledger = { spent: 0 };
    const settings = { keysMinutes: 5, replicas: 1, budgetAllowanceNano: 250 };
    const log = createLogger("silent");
    const accounts = createAccounts({ shared, spent: async () => ledger.spent, settings, log });
    let count = 0;
    const ask = (worstNano: number): Ask => {
      const tokens = { input: 1, output: 1 };
      return { id: `r${count++}`, key, tokens, worstNano, leaseMs: 60_000 };
    };
    const spend = async (costNano: number) => {
      const hold = await accounts.admit(ask(100));
      ledger.spent += costNano;
      hold.settle({ tokens: { input: 1, output: 1 }, costNano });
    };
    await spend(50);
    await spend(50);
    const running = await accounts.admit(ask(100));
    await server.kill();
    await until(() => !shared.isAvailable());
    await spend(60);
    await spend(60);
    await expect(spend(60).then(() => spend(60))).rejects.toMatchObject({ code: "overloaded" });
    await server.start();
    await until(() => shared.isAvailable());
    await spend(70);
    ledger.spent += 30;
    running.settle({ tokens: { input: 1, output: 1 }, costNano: 30 });
    await shared.flush();
    const left = 1_000 - ledger.spent;
    await expect((async () => accounts.admit(ask(left + 1)))()).rejects.toMatchObject({ code: "budget_exceeded" });
    await accounts.admit(ask(left));
    await accounts.close();
  });
});
