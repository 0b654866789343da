import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlace, testStores } from "../../../../../tests/support/stores.ts";
import { naiveSeries, naiveTotals } from "../../../../../tests/support/usage/naive-sums.ts";
import { draftRequest } from "../../../../../tests/support/usage/random-ledger.ts";
import { uuidV7 } from "../../config/uuid.ts";
import type { LedgerEntry } from "../ledger/ledger-rows.ts";
import { openStore, type Store } from "../open.ts";
import { type UsageFilters, type UsageGroup, type UsageScope, usageDimensions } from "./usage-query.ts";

const DAY = 86_400_000;
const SPAN = 4 * DAY;
/** Every ledger of a test has days of its own in the one database. */
let nextSpan = Date.UTC(2026, 0, 1);

function takeSpan(): number {
  nextSpan += 2 * SPAN;
  return nextSpan;
}

const within = (start: number) =>
  fc
    .tuple(
      fc.oneof(
        fc.nat(SPAN),
        fc.nat(4).map((day) => day * DAY),
      ),
      fc.oneof(
        fc.nat(SPAN),
        fc.nat(4).map((day) => day * DAY),
      ),
    )
    .map(([a, b]) => ({ from: start + Math.min(a, b), to: start + Math.max(a, b) }));

/** Seldom: of many filters at once hardly anything is left. */
const seldom = <T>(filter: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: filter });

const some = (...values: readonly string[]) => seldom(fc.subarray([...values], { minLength: 1 }));

const filters: fc.Arbitrary<UsageFilters> = fc
  .record({
    key: some("local", "config:ci", "nobody"),
    team: some("team_a", ""),
    org: some("org_b", ""),
    model: some("gpt-5", "", '=cmd|" /C calc"!A0'),
    provider: some("openai", "lab", ""),
    router: some("support", ""),
    session: seldom(fc.constant(["s1", ""])),
    state: seldom(fc.constant(["settled", "unknown"] as const)),
  })
  .map((drawn) => Object.fromEntries(Object.entries(drawn).filter(([, values]) => values !== undefined)));

const scopes: fc.Arbitrary<UsageScope> = fc.constantFrom(
  {},
  {},
  { team: "team_a" },
  { org: "org_a" },
  { key: "local" },
);

describe.each(await testStores())("usage in $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let store: Store;

    beforeAll(async () => {
      place = await makePlace();
      store = await openStore(place.options);
    });
    afterAll(async () => {
      await store.close();
      await place.remove();
    });

    async function write(entries: readonly LedgerEntry[]): Promise<void> {
      await store.ledger.write(entries, "test");
    }

    test("adds up to the nano-dollar what was written, whatever is asked", async () => {
      const ledgers = fc.record({
        drafts: fc.array(draftRequest({ spanMs: SPAN }), { minLength: 8, maxLength: 30 }),
        queries: fc.array(
          fc.record({ range: within(0), filters, scope: scopes, groupBy: fc.subarray([...usageDimensions]) }),
          { minLength: 6, maxLength: 6 },
        ),
      });
      let spent = 0;
      await fc.assert(
        fc.asyncProperty(ledgers, async ({ drafts, queries }) => {
          const start = takeSpan();
          const entries = drafts.map(({ afterMs, entryAt }) => entryAt(start + afterMs));
          await write(entries);
          for (const { range, ...rest } of queries) {
            const query = { ...rest, from: start + range.from, to: start + range.to };
            const totals = await store.usage.totals(query);
            expect(totals).toEqual(naiveTotals(entries, query));
            if (totals.costNano > 0n) spent += 1;
            const { groups, truncated } = await store.usage.series({ ...query, limit: 1000 });
            const expected = query.groupBy.length === 0 ? [] : naiveSeries(entries, query);
            expect([...groups].sort(byPlace)).toEqual([...expected].sort(byPlace));
            expect(truncated).toBe(false);
          }
        }),
        { numRuns: 60 },
      );
      // Else it would have compared nothing with nothing.
      expect(spent).toBeGreaterThan(50);
    });

    test("exports rows whose costs add up to what it says was used", async () => {
      const { provider, model, ...others } = { provider: ["openai", ""], model: ["gpt-5", ""] };
      const ledgers = fc.record({
        drafts: fc.array(draftRequest({ spanMs: SPAN }), { minLength: 8, maxLength: 30 }),
        range: within(0),
        chosen: fc.constantFrom(others, { provider }, { model }, { team: ["team_a"], provider, model }),
      });
      await fc.assert(
        fc.asyncProperty(ledgers, async ({ drafts, range, chosen }) => {
          const start = takeSpan();
          await write(drafts.map(({ afterMs, entryAt }) => entryAt(start + afterMs)));
          const selection = { from: start + range.from, to: start + range.to, filters: chosen };
          const pages = await allOf(store.usage.export({ ...selection, attempts: true }));
          const costs = pages
            .flat()
            .flatMap(({ request, attempts }) => (attempts.length === 0 ? [request] : attempts).map(costOf));
          const sum = costs.reduce((all, cost) => all + cost, 0n);
          expect(sum).toBe((await store.usage.totals(selection)).costNano);
        }),
        { numRuns: 30 },
      );
    });

    describe("of many requests", () => {
      const start = Date.UTC(2025, 10, 20);
      // Several in one millisecond, and more than a page of an export, around a midnight.
      const entries = Array.from({ length: 1_203 }, (_, index) =>
        plain(start + DAY - 200 + Math.floor(index / 3), index),
      );
      const ids = entries.map(({ admission }) => admission.id).sort();
      const range = { from: start, to: start + 2 * DAY };

      beforeAll(() => write(entries));

      test.each([1, 7, 200])("lists the newest first, in pages of %i", async (limit) => {
        const expected = limit === 1 ? ids.slice(-5) : ids;
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.usage.requests({ ...range, limit, ...(cursor === undefined ? {} : { cursor }) });
          seen.push(...page.requests.map(({ id }) => id));
          expect(page.requests.length).toBeLessThanOrEqual(limit);
          cursor = page.next;
        } while (cursor !== undefined && seen.length < expected.length);
        expect(seen).toEqual(expected.toReversed());
        expect(cursor === undefined).toBe(limit !== 1);
      });

      test("lists those of one key, and of one state", async () => {
        const of = (key: string) =>
          entries.filter(({ admission }) => admission.key === key).map(({ admission }) => admission.id);
        const first = await store.usage.requests({ ...range, limit: 200, scope: { key: "config:ci" } });
        expect(first.requests.map(({ id }) => id)).toEqual(of("config:ci").sort().toReversed().slice(0, 200));
        const cursor = first.next ?? "none";
        const second = await store.usage.requests({ ...range, limit: 200, cursor, filters: { key: ["config:ci"] } });
        expect(second.requests.map(({ id }) => id)).toEqual(of("config:ci").sort().toReversed().slice(200, 400));
        const running = await store.usage.requests({ ...range, limit: 200, filters: { state: ["admitted"] } });
        expect(running.requests.map(({ id }) => id)).toEqual([...ids].reverse().filter(runs));
      });

      const runs = (id: string) => entries.find(({ admission }) => admission.id === id)?.settlement === undefined;

      test("exports each finished one once, oldest first", async () => {
        const pages = await allOf(store.usage.export({ ...range, attempts: false }));
        expect(pages.length).toBeGreaterThan(2);
        const expected = ids.filter((id) => !runs(id));
        expect(pages.flat().map(({ request }) => request.id)).toEqual(expected);
      });

      test("says that there are more groups than were asked for", async () => {
        const asked = { ...range, groupBy: ["key", "day"] as const };
        const few = await store.usage.series({ ...asked, limit: 2 });
        expect(few).toMatchObject({ truncated: true, groups: [{ of: { day: "2025-11-20" } }, {}] });
        expect((await store.usage.series({ ...asked, limit: 200 })).truncated).toBe(false);
      });

      test("finds one by its id, within the scope, with its attempts in their order", async () => {
        const [{ admission } = never()] = entries;
        const found = await store.usage.request(admission.id.toUpperCase(), { key: admission.key });
        expect(found).toMatchObject({ id: admission.id, at: admission.at, key_id: admission.key, cost_nano: 30 });
        expect(await store.usage.request(admission.id, { key: "another" })).toBeUndefined();
        expect(await store.usage.request(admission.id, { team: "team_a" })).toBeUndefined();
        const attempts = await store.usage.attemptsOf(admission.id);
        expect(attempts.map(({ position, cost_nano }) => [position, cost_nano])).toEqual([
          [0, 10],
          [1, 20],
        ]);
      });

      test.each([
        ["another id", uuidV7(start)],
        ["no text", ""],
        ["SQL", "' or 1=1 --"],
        ["U+0000", "\0"],
        ["half a character", "\ud800"],
        ["10,000 digits", "9".repeat(10_000)],
        ["an id of the year 10889", "ffffffff-ffff-7fff-bfff-ffffffffffff"],
      ])("finds nothing under %s", async (_what, id) => {
        expect(await store.usage.request(id)).toBeUndefined();
        expect(await store.usage.attemptsOf(id)).toEqual([]);
        const filtered = { ...range, filters: { key: [id], session: id === "" ? ["none"] : [id], model: [id] } };
        expect((await store.usage.totals(filtered)).requests).toBe(0);
        expect((await store.usage.requests({ ...filtered, limit: 5 })).requests).toEqual([]);
      });

      test.each([
        ["no text", ""],
        ["too little", "AA"],
        ["SQL", "' or 1=1 --"],
        ["10,000 letters", "A".repeat(10_000)],
        ["an id", "ffffffff-ffff-7fff-bfff-ffffffffffff"],
        ["a UUID without a time", Buffer.alloc(16, 1).toString("base64url")],
      ])("refuses %s for a cursor", async (_what, cursor) => {
        await expect(store.usage.requests({ ...range, limit: 5, cursor })).rejects.toMatchObject({ code: "invalid" });
      });
    });

    test("knows the names of keys, teams and organisations, also of a key that was deleted", async () => {
      const actor = { id: "local", name: "local" };
      const org = await store.accounts.organisations.create({ name: "Acme" }, actor);
      const team = await store.accounts.teams.create({ name: "research", org: org.id }, actor);
      const key = { id: "4f0000000001", name: "ci of old", digest: "a".repeat(64), lastFour: "abcd" };
      await store.accounts.keys.create(key, actor);
      await store.accounts.keys.delete(key.id, actor);
      const many = Array.from({ length: 2_500 }, (_, index) => `none-${index}`);
      const names = await store.usage.names({
        key: [...many, key.id, "config:nightly", "local", ""],
        team: [team.id, "", "team_none"],
        org: [org.id],
      });
      expect(Object.fromEntries(names.key)).toEqual({
        [key.id]: "ci of old",
        "config:nightly": "nightly",
        local: "local",
      });
      expect(Object.fromEntries(names.team)).toEqual({ [team.id]: "research" });
      expect(Object.fromEntries(names.org)).toEqual({ [org.id]: "Acme" });
    });

    test("keeps a sum exact that no float holds", async () => {
      const start = takeSpan();
      const dear = (index: number) => plain(start + index, 1, 9_007_199_254_740_971);
      for (const index of [1, 2, 3]) await write([dear(index)]);
      for (const to of [start + DAY, start + DAY - 1]) {
        const { costNano } = await store.usage.totals({ from: start, to });
        expect(costNano).toBe(3n * 9_007_199_254_740_991n);
      }
    });
  });
});

/** Every tenth of them still runs. */
function plain(at: number, index: number, costNano = 10): LedgerEntry {
  const id = uuidV7(at);
  const key = index % 2 === 0 ? "local" : "config:ci";
  const place = { provider: "openai", model: "gpt-5", dialect: "openai-chat", lane: "passthrough" } as const;
  const admission = {
    id,
    at,
    key,
    dialect: "openai-chat",
    operation: "generate",
    model: "fast",
    stream: true,
  } as const;
  if (index % 10 === 9) return { admission: { ...admission, reservedNano: 5 } };
  const attempts = [
    { ...place, startedAfterMs: 1, durationMs: 5, error: "overloaded", costNano },
    { ...place, startedAfterMs: 7, durationMs: 5, costNano: 20 },
  ];
  return {
    admission: { ...admission, reservedNano: 5 },
    settlement: {
      id,
      state: "settled",
      status: 200,
      answeredBy: 1,
      attempts,
      costNano: costNano + 20,
      unpriced: false,
      durationMs: 12,
      overheadMs: 1,
      dropped: [],
    },
  };
}

const costOf = ({ cost_nano }: { readonly cost_nano: number | null }): bigint => BigInt(cost_nano ?? 0);

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

function never(): never {
  throw new Error("there is none");
}

function byPlace(a: UsageGroup, b: UsageGroup): number {
  return JSON.stringify(a.of) < JSON.stringify(b.of) ? -1 : 1;
}
