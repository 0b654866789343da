import { describe, expect, test } from "vitest";
import { expectBooksAgree } from "../support/expectations.ts";
import { killConfig, killRuns } from "../support/kill-runs.ts";
import { report } from "../support/report.ts";
import { siteKinds } from "../support/sites.ts";

const KEY = "the-key-of-whoever-is-cut-off";
const keys = [{ name: "cut", key: KEY, budgets: [{ window: "month", limit: 1_000 }] }];
const [single, shared] = await siteKinds();

/** Three hundred in all. Replicas start beside each other, a single one only after itself. */
const runs = [
  { kind: single, kills: 60, seed: 2 },
  { kind: single, kills: 60, seed: 3 },
  { kind: shared, kills: 180, seed: 4 },
];

describe.concurrent.each(runs)(
  "a gateway that is killed $kills times (with $kind.name, seed $seed)",
  ({ kind, kills, seed }) => {
    test.skipIf(kind?.available !== true)(
      "has each request once in its ledger, at its cost",
      { timeout: 900_000 },
      async () => {
        const site = await kind?.make({ keys, config: killConfig });
        if (site === undefined) throw new Error("There is no such site.");
        try {
          const { seconds, ...books } = await killRuns(site, { kills, seed, keys: [KEY] });
          report(`${books.kills} kills with ${kind?.name}`, { seconds, ...books.counts, cost: books.sums.cost });
          expectBooksAgree(books);
          expect(books.kills).toBe(kills);
          expect(books.counts["whole"]).toBeGreaterThan(kills);
          expect(books.counts["unknown"]).toBeGreaterThan(kills / 10);
        } finally {
          await site.close();
        }
      },
    );
  },
);
