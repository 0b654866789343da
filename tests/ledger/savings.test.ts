import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LedgerEntry } from "../../packages/gateway/src/store/ledger/ledger-rows.ts";
import { openStore, type Store } from "../../packages/gateway/src/store/open.ts";
import { type TestPlace, testStores } from "../support/stores.ts";
import { admission, attempt, NOON, savedBy, settled, settlement } from "./entries.ts";
import { leaving, open } from "./opened.ts";
import { dailyTotals, totalsOfRows } from "./sums.ts";

const DAY = 86_400_000;

describe.each(await testStores())("savings in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let store: Store;
    beforeEach(async () => {
      place = await makePlace();
      store = await openStore(place.options);
      await store.ledger.prepare(NOON);
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });
    const expectSums = async () => expect(await dailyTotals(place)).toEqual(await totalsOfRows(place));

    test("of a cache's answer count where it was given first", async () => {
      const hit = settled(
        { org: "acme" },
        {
          attempts: [],
          cache: "hit-semantic",
          answeredFrom: { provider: "anthropic", model: "claude" },
          savings: { cacheNano: 4_000, routingNano: 0 },
        },
      );
      const asked = settled({ org: "acme" }, { cache: "bypass", savings: { compressionNano: -3 } });
      await store.ledger.write([hit, asked], "one");
      await store.ledger.write([hit], "two");
      const rows = await place.query("select cache, provider, saved_routing_nano from requests order by cache");
      expect(rows.map(({ cache, provider, saved_routing_nano: saved }) => [cache, provider, saved === null])).toEqual([
        ["bypass", "openai", true],
        ["hit-semantic", "anthropic", false],
      ]);
      expect([...(await dailyTotals(place)).values()]).toMatchObject([
        { requests: 1, attempts: 0, cache_hits: 1, saved_cache_nano: 4_000, saved_routing_nano: 0 },
        { requests: 1, attempts: 1, cache_hits: 0, cache_misses: 0, saved_compression_nano: -3 },
      ]);
      await expectSums();
    });

    test("and costs add up to what everything would have cost without, from whole days and from parts of days", async () => {
      const known = Array.from({ length: 300 }, (_, index) => wouldHaveCost(index));
      await store.ledger.write(
        known.map(({ entry }) => entry),
        "one",
      );
      const counterfactual = known.reduce((sum, { nano }) => sum + BigInt(nano), 0n);
      const ranges = [
        { from: NOON - 10 * DAY, to: NOON + 10 * DAY },
        { from: NOON - 10 * DAY + 1, to: NOON + 5 * DAY + 7 },
      ];
      for (const range of ranges) {
        const { groups } = await store.usage.series({ ...range, groupBy: ["model", "day"], limit: 1_000 });
        for (const sums of [[await store.usage.totals(range)], groups]) {
          const nano = sums.map(
            (each) => each.costNano + each.savedCacheNano + each.savedCompressionNano + each.savedRoutingNano,
          );
          expect(nano.reduce((sum, each) => sum + each, 0n)).toBe(counterfactual);
        }
      }
      await expectSums();
    });

    test("are kept in the spool while the database is away, and found there by the next process", async () => {
      const folder = place.options.folder;
      const database = leaving(store.ledger);
      const first = await open({ folder, store: database });
      database.away = true;
      const admitted = Array.from({ length: 50 }, () => admission({ at: Date.now() }));
      for (const each of admitted) {
        const admitting = first.ledger.admit(each);
        first.ledger.write();
        await admitting;
        first.ledger.settle(settlement(each.id, savedBy(each.id)));
        first.ledger.write();
      }
      await first.ledger.close();
      const second = await open({ folder, store: store.ledger });
      await second.ledger.close();
      const rows = await place.query("select id, cache, saved_cache_nano, saved_routing_nano from requests");
      const found = new Map(rows.map((row) => [row["id"], row]));
      expect(found.size).toBe(50);
      for (const { id } of admitted) {
        const { cache, savings } = savedBy(id);
        const row = found.get(id);
        expect([row?.["cache"], Number(row?.["saved_cache_nano"]), Number(row?.["saved_routing_nano"])]).toEqual([
          cache,
          savings?.cacheNano,
          savings?.routingNano,
        ]);
      }
      await expectSums();
    });

    test("are nothing where nobody knows how a request ended, and come with its end", async () => {
      const entry = settled({}, { cache: "miss", savings: { cacheNano: -7 } });
      const { id } = entry.admission;
      const lost = { ...settlement(id, { attempts: [], cache: "miss", savings: { cacheNano: -7 } }), state: "unknown" };
      await store.ledger.write([{ admission: entry.admission, settlement: { ...lost, state: "unknown" } }], "one");
      const rows = () => place.query("select state, cache, saved_cache_nano from requests");
      expect(await rows()).toEqual([{ state: "unknown", cache: null, saved_cache_nano: null }]);
      await expectSums();
      await store.ledger.write([entry], "one");
      expect((await rows()).map(({ cache, saved_cache_nano: saved }) => [cache, Number(saved)])).toEqual([
        ["miss", -7],
      ]);
      await expectSums();
    });
  });
});

/** An entry, and what its request would have cost without any feature. */
function wouldHaveCost(index: number): { readonly entry: LedgerEntry; readonly nano: number } {
  const costNano = (index * 7_919) % 5_000;
  const nano = (index * 104_729) % 9_000;
  const cacheNano = index % 3 === 0 ? nano - costNano : 0;
  const compressionNano = index % 3 === 1 ? nano - costNano : 0;
  const routingNano = nano - costNano - cacheNano - compressionNano;
  const isHit = index % 3 === 0;
  const entry = settled(
    { at: NOON + ((index % 9) - 4) * DAY },
    {
      attempts: [attempt({ costNano, model: `m${index % 4}` })],
      ...(isHit ? { cache: "hit-exact", answeredFrom: { provider: "openai", model: "m9" } } : {}),
      savings: { cacheNano, compressionNano, routingNano },
    },
  );
  return { entry, nano };
}
