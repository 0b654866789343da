import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../packages/gateway/src/store/open.ts";
import { type TestPlace, testStores } from "../support/stores.ts";
import { NOON, settled } from "./entries.ts";
import { dailyTotals, totalsOfRows } from "./sums.ts";

const DAY = 86_400_000;

describe.each((await testStores()).filter(({ kind }) => kind === "postgres"))(
  "days in $kind",
  ({ available, makePlace }) => {
    describe.skipIf(!available)("", () => {
      let place: TestPlace;
      let store: Store;
      beforeEach(async () => {
        place = await makePlace();
        store = await openStore(place.options);
      });
      afterEach(async () => {
        await store.close();
        await place.remove();
      });
      const where = async () => {
        const rows = await place.query(
          "select tableoid::regclass::text as name, count(*) as rows from requests group by 1 order by 1",
        );
        return Object.fromEntries(rows.map(({ name, rows: count }) => [name, Number(count)]));
      };

      test("have tables of their own, which are made ahead, by several at once too", async () => {
        const other = await openStore(place.options);
        await Promise.all([store.ledger.prepare(NOON), other.ledger.prepare(NOON), store.ledger.prepare(NOON + DAY)]);
        await store.ledger.write([settled(), settled({ at: NOON + 3 * DAY }), settled({ at: NOON + 99 * DAY })], "one");
        expect(await where()).toEqual({
          "signalbox.requests_20261121": 1,
          "signalbox.requests_20261124": 1,
          "signalbox.requests_other": 1,
        });
        await other.close();
      });

      test("stay where they began when their table could not be made in time", async () => {
        await store.ledger.write([settled()], "one");
        await store.ledger.prepare(NOON);
        await store.ledger.write([settled(), settled({ at: NOON + DAY })], "one");
        expect(await where()).toEqual({ "signalbox.requests_20261122": 1, "signalbox.requests_other": 2 });
        expect(await dailyTotals(place)).toEqual(await totalsOfRows(place));
      });

      test("are dropped one at a time when they are old", async () => {
        for (const age of [0, 10, 20]) await store.ledger.prepare(NOON - age * DAY);
        const ages = [0, 10, 20, 50];
        await store.ledger.write(
          ages.map((age) => settled({ at: NOON - age * DAY })),
          "one",
        );
        const before = { requests: NOON - 15 * DAY, daily: 0 };
        // Five days around the one of 20 days ago, then what stands among the others.
        const steps: boolean[] = [];
        do steps.push(await store.ledger.expire(before));
        while (steps.at(-1) === true);
        expect(steps).toHaveLength(7);
        expect(await where()).toEqual({ "signalbox.requests_20261111": 1, "signalbox.requests_20261121": 1 });
        expect(await place.query("select 1 from attempts")).toHaveLength(2);
      });

      test("are found by replicas that write the same at once", async () => {
        await store.ledger.prepare(NOON);
        const others = await Promise.all([openStore(place.options), openStore(place.options)]);
        const entries = Array.from({ length: 60 }, (_, index) => settled({ key: `key-${index % 5}` }));
        const writes = [store, ...others].flatMap(({ ledger }, replica) =>
          [0, 1, 2].map((part) =>
            ledger.write([...entries.slice(part * 10), ...entries].reverse(), `replica-${replica}`),
          ),
        );
        await Promise.all(writes);
        expect(await where()).toEqual({ "signalbox.requests_20261121": 60 });
        expect(await dailyTotals(place)).toEqual(await totalsOfRows(place));
        for (const other of others) await other.close();
      });
    });
  },
);
