import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { expectBooksAgree } from "./support/expectations.ts";
import { closeBooks } from "./support/kill-runs.ts";
import { type Load, seeded, startLoad } from "./support/load.ts";
import { makeSite, type Site } from "./support/site.ts";
import { mountSmallDisk } from "./support/small-disk.ts";

const KEY = "the-key-on-a-small-disk";
const LANES = 4;

let site: Site | undefined;
afterEach(() => site?.close());

function begin(onFullDisk: "continue" | "refuse"): Promise<Site> {
  return makeSite({ keys: [{ name: "small", key: KEY }], config: { ledger: { onFullDisk }, logLevel: "error" } });
}

const load = (url: string, prefix: string): Load =>
  startLoad({ prefix, keys: [KEY], url: () => url, lanes: LANES, random: seeded(3), pauseMs: 2 });

/** How many of the last were answered so. */
const lastOf = ({ told }: Load, status: number, of: number) =>
  told.slice(-of).filter(({ answer }) => answer?.status === status).length;

test("where no file may grow any more, requests are refused, and what was answered before is in the ledger", {
  timeout: 60_000,
}, async () => {
  site = await begin("refuse");
  const limited = site.start(0, { fileKib: 300 });
  const before = load(await limited.listening, "before");
  await expect.poll(() => lastOf(before, 503, 20), { timeout: 30_000 }).toBeGreaterThan(10);
  await before.stop();
  await limited.end("SIGKILL");
  const books = await closeBooks(site, [await site.start(0).listening], before.told);
  // Of those that ran when the limit was reached nobody could write the end.
  const lost = books.problems.filter((problem) => problem.includes("answered in full and is not settled"));
  expect(lost.length).toBeLessThanOrEqual(LANES);
  expectBooksAgree({ ...books, problems: books.problems.filter((problem) => !lost.includes(problem)) });
  expect(books.counts["whole"]).toBeGreaterThan(100);
});

describe.each(["refuse", "continue"] as const)(
  "a disk that is full for a while, where the policy is to %s",
  (policy) => {
    test("costs no row, and nothing is half written", { timeout: 60_000 }, async ({ skip }) => {
      site = await begin(policy);
      const disk = mountSmallDisk(join(site.folders[0] ?? "", "data"), 16);
      if (disk === undefined) return skip("this user may not mount anything");
      try {
        const child = site.start(0);
        const url = await child.listening;
        const running = load(url, policy);
        await expect.poll(() => running.told.length, { timeout: 20_000 }).toBeGreaterThan(100);
        disk.fill();
        const { length } = running.told;
        await expect.poll(() => running.told.length, { timeout: 20_000 }).toBeGreaterThan(length + 100);
        if (policy === "refuse") expect(lastOf(running, 503, 20) + lastOf(running, 529, 20)).toBe(20);
        else expect(lastOf(running, 200, 20)).toBeGreaterThan(10);
        disk.free();
        await expect.poll(() => lastOf(running, 200, 20), { timeout: 20_000 }).toBeGreaterThan(10);
        await running.stop();
        const books = await closeBooks(site, [url], running.told);
        expectBooksAgree(books);
        expect(books.sums.unknown).toBe(0);
        await child.end("SIGTERM");
        const again = site.start(0);
        expect((await closeBooks(site, [await again.listening], running.told)).sums).toEqual(books.sums);
        await again.end("SIGTERM");
      } finally {
        disk.unmount();
      }
    });
  },
);
