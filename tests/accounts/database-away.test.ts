import { describe, test } from "vitest";
import { databaseAway } from "./support/database-away.ts";
import { expectAnswersMeanwhile, expectBooksAgree, expectDatabaseUnmissed } from "./support/expectations.ts";
import { withOwnPostgres } from "./support/servers.ts";
import { siteKinds } from "./support/sites.ts";

const [, shared] = await siteKinds();
const outage = { how: "stopped", seconds: 5, lanes: 6 } as const;

describe.skipIf(shared?.available !== true)("a database that is away for five seconds under load", () => {
  test("is not missed by keys that are known, and has everything once afterwards", { timeout: 120_000 }, () =>
    withOwnPostgres(async (postgres) => expectDatabaseUnmissed(await databaseAway({ postgres, ...outage }))),
  );

  test("has everything once also where the gateway was killed meanwhile", { timeout: 120_000 }, () =>
    withOwnPostgres(async (postgres) => {
      const report = await databaseAway({ postgres, ...outage, killed: true });
      expectBooksAgree(report);
      expectAnswersMeanwhile(report);
    }),
  );
});
