import { describe, expect, test } from "vitest";
import { databaseAway } from "../support/database-away.ts";
import { expectDatabaseUnmissed, expectRedisUnmissed } from "../support/expectations.ts";
import { outageKeys, redisAway } from "../support/redis-away.ts";
import { report } from "../support/report.ts";
import { withOwnPostgres } from "../support/servers.ts";
import { siteKinds } from "../support/sites.ts";

const [, shared] = await siteKinds();

describe.concurrent("for a minute under load", () => {
  describe.skipIf(shared?.available !== true).each(["frozen", "stopped"] as const)("a database that is %s", (how) => {
    test("is not missed by keys that are known, and has everything once afterwards", { timeout: 300_000 }, () =>
      withOwnPostgres(async (postgres) => {
        const outage = await databaseAway({ postgres, how, seconds: 60, lanes: 6, segments: 2 });
        const { awaySeconds, segments, statuses, counts, sums } = outage;
        report(`a database ${how}`, { awaySeconds, ...segments, ...statuses, ...counts, cost: sums.cost });
        expectDatabaseUnmissed(outage);
        // The spool has grown by more than a file, and is one file again.
        expect(segments.most).toBeGreaterThan(1);
        expect(segments.after).toBe(1);
      }),
    );
  });

  describe.skipIf(shared?.available !== true).each(["frozen", "emptied"] as const)("a Redis that is %s", (how) => {
    test("closes budgets, shares limits and loses no cent", { timeout: 300_000 }, async () => {
      const site = await shared?.make({ keys: outageKeys, config: { outage: { replicas: 3 } } });
      if (site?.redis === undefined) throw new Error("There is no Redis.");
      try {
        const outage = await redisAway({ ...site, redis: site.redis }, { how, seconds: 60, lanes: 2 });
        const { counts, free, money, spent } = outage;
        report(`a Redis ${how}`, { ...counts, free: JSON.stringify(free), money: JSON.stringify(money), ...spent });
        expectRedisUnmissed(outage);
      } finally {
        await site.close();
      }
    });
  });
});
