import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { expectBooksAgree } from "./support/expectations.ts";
import { closeBooks } from "./support/kill-runs.ts";
import { seeded, startLoad } from "./support/load.ts";
import { makeSite } from "./support/site.ts";
import { storm, UNIT_DOLLARS } from "./support/storm.ts";

const KEY = "the-key-of-who-has-time";
const TEN = "the-key-with-ten-a-day";
const RATE = "the-key-with-ten-calls-a-day";
const keys = [
  { name: "free", key: KEY },
  { name: "ten", key: TEN, budgets: [{ window: "day", limit: 10 * UNIT_DOLLARS }] },
  { name: "rate", key: RATE, limits: [{ unit: "requests", per: "day", limit: 10 }] },
];
const HOUR_MS = 3_600_000;

test("a clock that is set back opens no budget and no limit again, and makes no time negative and no id twice", {
  timeout: 60_000,
}, async () => {
  const site = await makeSite({ keys });
  const file = join(site.folders[0] ?? "", "..", "clock");
  const setClock = async (shiftMs: number) => {
    writeFileSync(file, String(shiftMs));
    // Longer than it takes to be noticed.
    await pause(100);
  };
  const start = () => site.start(0, { preload: ["shifted-clock.ts"], environment: { SIGNALBOX_TEST_CLOCK: file } });
  try {
    writeFileSync(file, "0");
    let child = start();
    let url = await child.listening;
    const load = startLoad({ prefix: "clock", keys: [KEY], url: () => url, lanes: 4, random: seeded(5), pauseMs: 5 });
    const answered = async (name: string) => {
      const calls = { urls: [url], calls: 50 };
      const money = await storm({ name: `money-${name}`, keys: [TEN], ...calls });
      const rate = await storm({ name: `rate-${name}`, keys: [RATE], ...calls });
      return [money.answered.length, rate.answered.length];
    };
    expect(await answered("at-first")).toEqual([10, 10]);
    await setClock(-26 * HOUR_MS);
    expect(await answered("a-day-before")).toEqual([0, 0]);
    await setClock(-20 * 24 * HOUR_MS);
    expect(await answered("weeks-before")).toEqual([0, 0]);
    await setClock(0);
    expect(await answered("back-again")).toEqual([0, 0]);
    // On a starved machine the storms are over sooner than the load has been heard.
    while (load.told.filter(({ whole }) => whole).length <= 50) await pause(20);
    await load.stop();

    // A process that begins with the wrong clock knows of nothing but its ledger.
    await child.end("SIGTERM");
    await setClock(-26 * HOUR_MS);
    child = start();
    url = await child.listening;
    expect((await answered("anew"))[0]).toBe(0);
    await setClock(0);

    const books = await closeBooks(site, [url], load.told);
    expectBooksAgree(books);
    expect(books.counts["whole"]).toBeGreaterThan(50);
    const [times] = await site.query(
      `select min(a.duration_ms) as attempt, min(a.started_after_ms) as waited, min(a.first_token_ms) as first_token,
        min(r.duration_ms) as request, min(r.overhead_ms) as overhead, count(distinct r.day) as days
        from attempts a join requests r on r.id = a.request_id`,
    );
    for (const [name, value] of Object.entries(times ?? {})) expect([name, Number(value) >= 0]).toEqual([name, true]);
    expect(Number(times?.["days"])).toBeGreaterThan(2);
    const [ids] = await site.query("select count(*) as rows, count(distinct id) as ids from requests");
    expect(ids?.["ids"]).toBe(ids?.["rows"]);
  } finally {
    await site.close();
  }
});
