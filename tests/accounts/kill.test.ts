import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "./support/asking.ts";
import { killConfig, killRuns } from "./support/kill-runs.ts";
import { type SharingSite, siteKinds } from "./support/sites.ts";
import { callsOf, expectOutOfMoney, storm, UNIT_DOLLARS } from "./support/storm.ts";

const CUT = "the-key-of-whoever-is-cut-off";
const TEN = "the-key-with-money-for-ten";
const keys = [
  { name: "cut", key: CUT, budgets: [{ window: "month", limit: 1_000 }] },
  { name: "ten", key: TEN, budgets: [{ window: "total", limit: 10 * UNIT_DOLLARS }] },
];

describe.each(await siteKinds())("with $name", ({ available, make, replicas }) => {
  describe.skipIf(!available)("a gateway that is killed", () => {
    let site: SharingSite;
    beforeAll(async () => {
      site = await make({ keys, config: killConfig });
    });
    afterAll(() => site.close());

    test("six times under load has each request once in its ledger, at its cost", {
      timeout: 120_000,
    }, async () => {
      const report = await killRuns(site, { kills: 6, seed: 1, keys: [CUT] });
      expect(report.problems).toEqual([]);
      for (const [name, sums] of Object.entries(report.others)) expect([name, sums]).toEqual([name, report.sums]);
      expect(report.counts["whole"]).toBeGreaterThan(10);
      expect(report.counts["unknown"]).toBeGreaterThan(0);
    });

    test("has not given back what was held for those that it was serving", { timeout: 60_000 }, async () => {
      const children = Array.from({ length: replicas }, (_, replica) => site.start(replica));
      const [first = "", ...others] = await Promise.all(children.map(({ listening }) => listening));
      const endless = { dialect: "openai-chat", key: TEN, model: "exact/m", text: "lost-1 [[fault hang]]" } as const;
      const lost = Array.from({ length: 4 }, () => ask(first, endless).catch(() => "lost"));
      await expect.poll(() => callsOf(site.simulator, "lost").length).toBe(4);
      await children[0]?.end("SIGKILL");
      expect(await Promise.all(lost)).toEqual(["lost", "lost", "lost", "lost"]);
      const urls = [await site.start(0).listening, ...others];
      const { answered, refused } = await storm({ name: "left", urls, keys: [TEN] });
      expect([answered.length, refused.length]).toEqual([6, 194]);
      for (const one of refused) expectOutOfMoney(one);
    });
  });
});
