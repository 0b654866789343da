import { describe, expect, test } from "vitest";
import { expectRedisUnmissed } from "./support/expectations.ts";
import { outageKeys, redisAway, spentInRedis } from "./support/redis-away.ts";
import { siteKinds } from "./support/sites.ts";
import { callsOf, expectOutOfMoney, type Storm, storm, UNIT_DOLLARS, UNIT_NANO } from "./support/storm.ts";

const [, shared] = await siteKinds();

describe.skipIf(shared?.available !== true)("a Redis that is away for five seconds under load", () => {
  test.each(["frozen", "emptied"] as const)(
    "and %s closes budgets, shares limits and loses no cent",
    {
      timeout: 120_000,
    },
    async (how) => {
      const site = await shared?.make({ keys: outageKeys, config: { outage: { replicas: 3 } } });
      if (site?.redis === undefined) throw new Error("There is no Redis.");
      try {
        expectRedisUnmissed(await redisAway({ ...site, redis: site.redis }, { how, seconds: 5, lanes: 3 }));
      } finally {
        await site.close();
      }
    },
  );
});

describe.skipIf(shared?.available !== true)("a budget for ten with an allowance for four", () => {
  const key = "the-key-with-an-allowance";
  const budgets = [{ window: "total", limit: 10 * UNIT_DOLLARS }];

  test("lets in two before, four while Redis is away, and four after it", { timeout: 60_000 }, async () => {
    const site = await shared?.make({
      keys: [{ name: "money", key, budgets }],
      config: { outage: { budgetAllowance: 4 * UNIT_DOLLARS } },
    });
    if (site?.redis === undefined) throw new Error("There is no Redis.");
    const { redis, simulator } = site;
    try {
      const urls = [await site.start(0).listening];
      const run = (name: string, more: Partial<Storm> = {}) => storm({ name, urls, keys: [key], ...more });
      expect((await run("before", { calls: 2 })).answered).toHaveLength(2);
      await redis.kill();
      const meanwhile = await run("meanwhile", { patience: 0 });
      expect(meanwhile.answered).toHaveLength(4);
      expect(callsOf(simulator, "meanwhile")).toHaveLength(4);
      for (const { dialect, answer } of meanwhile.refused) {
        expect([answer.status, answer.headers["retry-after"]]).toEqual([
          dialect === "anthropic-messages" ? 529 : 503,
          "5",
        ]);
      }
      await redis.start();
      await expect
        .poll(async () => (await run("looking", { calls: 1, patience: 0 })).answered.length, { timeout: 10_000 })
        .toBe(1);
      expect(await spentInRedis(redis, "key:config:money:total")).toBe(String(7 * UNIT_NANO));
      const after = await run("after");
      expect(after.answered).toHaveLength(3);
      for (const one of after.refused) expectOutOfMoney(one);
      expect(await spentInRedis(redis, "key:config:money:total")).toBe(String(10 * UNIT_NANO));
    } finally {
      await site.close();
    }
  });
});
