import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countColumns } from "../../packages/gateway/src/store/ledger/count-columns.ts";
import type {
  Admission,
  LedgerEntry,
  NewCost,
  PricedAttempt,
  Repriced,
  Settlement,
} from "../../packages/gateway/src/store/ledger/ledger-rows.ts";
import { openStore, type Store } from "../../packages/gateway/src/store/open.ts";
import { type TestPlace, testStores } from "../support/stores.ts";
import { admission, attempt, idAt, NOON, settled, settlement } from "./entries.ts";
import { dailyTotals, totalsOfRows } from "./sums.ts";

const DAY = 86_400_000;

describe.each(await testStores())("the ledger in $kind", ({ kind, available, makePlace }) => {
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
    const requests = () => place.query("select * from requests order by id");
    const stateOf = async (id: string) => {
      const rows = await place.query(`select state, cost_nano from requests where id = '${id}'`);
      return rows.map(({ state, cost_nano }) => [state, Number(cost_nano)]);
    };
    const expectSums = async () => expect(await dailyTotals(place)).toEqual(await totalsOfRows(place));

    test("holds what was said, to the last field", async () => {
      const entry = settled(
        {
          team: "research",
          org: "acme",
          session: "conversation",
          agent: "a",
          parentAgent: "b",
          router: "cheap",
          reservedNano: 9_007_199_254_740_991,
        },
        {
          finishReason: "stop",
          firstTokenMs: 120.4,
          dropped: ["logprobs", "seed"],
          cache: "miss",
          savings: { cacheNano: -1_500, compressionNano: 9_007_199_254_740_991, unpriced: true },
          attempts: [
            attempt({ provider: "groq", model: "llama", error: "upstream_timeout", usage: {}, costNano: 0 }),
            attempt({
              credential: "openai#1",
              lane: "translate",
              serviceTier: "flex",
              estimated: true,
              usage: {
                inputTokens: 1,
                cacheReadTokens: 2,
                cacheWrite5mTokens: 3,
                cacheWrite1hTokens: 4,
                outputTokens: 5,
                reasoningTokens: 4,
                audioInputTokens: 1,
                audioOutputTokens: 0,
                imageInputTokens: 6,
                imageOutputTokens: 7,
                webSearches: 8,
                audioCacheReadTokens: 9,
                imageCacheReadTokens: 10,
                images: 11,
                audioSeconds: 12,
                characters: 13,
                searchUnits: 14,
                otherCharges: 15,
              },
              costNano: 7_777_777_777,
            }),
          ],
        },
      );
      await store.ledger.write([entry], "one");
      const [row] = await requests();
      expect(
        Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, numeric(value)])),
      ).toMatchObject({
        id: entry.admission.id,
        day: "2026-11-21",
        at: NOON,
        session: "conversation",
        parent_agent: "b",
        stream: 1,
        state: "settled",
        reserved_nano: 9_007_199_254_740_991,
        provider: "openai",
        target_model: "gpt-5-mini",
        attempts: 2,
        cache_write_tokens: 7,
        cost_nano: 7_777_777_777,
        first_token_ms: 120,
        dropped: '["logprobs","seed"]',
        cache: "miss",
        saved_cache_nano: -1_500,
        saved_compression_nano: 9_007_199_254_740_991,
        saved_routing_nano: null,
        savings_unpriced: 1,
        instance: "one",
      });
      const attempts = await place.query("select * from attempts order by position");
      expect(attempts).toMatchObject([
        { provider: "groq", error: "upstream_timeout", input_tokens: null },
        { provider: "openai", credential: "openai#1", lane: "translate", service_tier: "flex" },
      ]);
      expect(attempts.map(({ image_output_tokens }) => numeric(image_output_tokens))).toEqual([null, 7]);
      const columns = Object.values(countColumns);
      expect(attempts.map((row) => columns.map((column) => numeric(row[column])))).toEqual([
        columns.map(() => null),
        [1, 2, 3, 4, 5, 4, 1, 0, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
      ]);
      await expectSums();
    });

    test("settles once, whatever is said again", async () => {
      const entry = settled();
      const again: LedgerEntry = {
        admission: entry.admission,
        settlement: settlement(entry.admission.id, { state: "failed", attempts: [attempt({ costNano: 99 })] }),
      };
      await store.ledger.write([{ admission: entry.admission }], "one");
      expect(await stateOf(entry.admission.id)).toEqual([["admitted", 0]]);
      expect((await dailyTotals(place)).size).toBe(0);
      await store.ledger.write([entry, again], "one");
      await store.ledger.write([again], "one");
      await store.ledger.write([{ admission: entry.admission }, entry], "two");
      expect(await stateOf(entry.admission.id)).toEqual([["settled", 1_234]]);
      await expectSums();
    });

    test("corrects what nobody knew, and forgets nothing that is known", async () => {
      const entry = settled({ org: "acme" });
      const { id } = entry.admission;
      const lost: LedgerEntry = { admission: entry.admission, settlement: unknown(id) };
      await store.ledger.write([lost], "one");
      expect(await stateOf(id)).toEqual([["unknown", 5_000]]);
      await expectSums();
      await store.ledger.write([entry], "one");
      expect(await stateOf(id)).toEqual([["settled", 1_234]]);
      await store.ledger.write([lost], "one");
      expect(await stateOf(id)).toEqual([["settled", 1_234]]);
      await expectSums();
      expect([...(await dailyTotals(place)).values()]).toMatchObject([{ requests: 1, unknown: 0, cost_nano: 1_234 }]);
    });

    test("adds up, in whatever order, however often and beside whom it is written", async () => {
      await fc.assert(
        fc.asyncProperty(batches, async (written) => {
          const salt = Math.random().toString(16).slice(2, 8).padEnd(6, "0");
          const named = written.map((batch) => batch.map((said) => toEntry(said, salt)));
          const halves = [named.filter((_, index) => index % 2 === 0), named.filter((_, index) => index % 2 === 1)];
          await Promise.all(
            halves.map(async (half, index) => {
              for (const batch of half) await store.ledger.write(batch, `instance-${index}`);
            }),
          );
          await expectSums();
          for (const row of await place.query("select * from requests")) expectOneOf(row, named.flat());
        }),
        { numRuns: kind === "sqlite" ? 60 : 30 },
      );
    });

    test("takes whatever clients and upstreams call things, and numbers that are none", async () => {
      const entry = settled(
        { session: "a\0b\ud800", model: "m".repeat(2_000), agent: "'; drop table requests; --" },
        {
          finishReason: "\0",
          durationMs: Number.NaN,
          attempts: [attempt({ model: "x\0y", costNano: -5, usage: { inputTokens: -1, outputTokens: 1.5 } })],
        },
      );
      await store.ledger.write([entry], "one");
      const [row] = await requests();
      expect(row).toMatchObject({
        session: "a\ufffdb\ufffd",
        agent: "'; drop table requests; --",
        model: "m".repeat(500),
      });
      expect([row?.["cost_nano"], row?.["output_tokens"], row?.["input_tokens"]].map(Number)).toEqual([0, 2, 0]);
      await expectSums();
    });

    test("writes all of a batch or nothing", async () => {
      await place.execute("alter table daily_usage rename to elsewhere");
      const writing = store.ledger.write([settled(), settled()], "one");
      await expect(writing).rejects.toMatchObject({ name: "StoreError", code: "unavailable" });
      expect(await requests()).toEqual([]);
      await place.execute("alter table elsewhere rename to daily_usage");
      await store.ledger.write([settled()], "one");
      await expectSums();
    });

    test("knows what each owner has spent since when", async () => {
      const at = (time: number, fields: Partial<Admission>, costNano: number) =>
        settled({ at: time, ...fields }, { attempts: [attempt({ costNano })] });
      const mine = { key: "mine", team: "t", org: "o" };
      const running = admission(mine);
      await store.ledger.write(
        [
          at(NOON - DAY, mine, 1),
          at(NOON - 1, { ...mine, session: "s" }, 10),
          at(NOON, { ...mine, session: "s", agent: "a" }, 100),
          at(NOON, { key: "other", team: "t", session: "s", agent: "a" }, 1_000),
          { admission: running },
        ],
        "one",
      );
      const lost = admission({ ...mine, reservedNano: 10_000 });
      await store.ledger.write([{ admission: lost, settlement: unknown(lost.id) }], "one");
      const { ledger } = store;
      const midnight = NOON - DAY / 2;
      expect(await ledger.spentNano({ kind: "key", id: "mine" }, 0)).toBe(10_111);
      expect(await ledger.spentNano({ kind: "key", id: "mine" }, midnight)).toBe(10_110);
      expect(await ledger.spentNano({ kind: "key", id: "mine" }, NOON)).toBe(10_100);
      expect(await ledger.spentNano({ kind: "key", id: "mine" }, NOON - DAY)).toBe(10_111);
      expect(await ledger.spentNano({ kind: "key", id: "mine" }, NOON - DAY + 1)).toBe(10_110);
      expect(await ledger.spentNano({ kind: "team", id: "t" }, 0)).toBe(11_111);
      expect(await ledger.spentNano({ kind: "org", id: "o" }, 0)).toBe(10_111);
      expect(await ledger.spentNano({ kind: "session", id: "mine", session: "s" }, 0)).toBe(110);
      expect(await ledger.spentNano({ kind: "session", id: "mine", session: "s" }, NOON)).toBe(100);
      expect(await ledger.spentNano({ kind: "agent", id: "mine", session: "s", agent: "a" }, 0)).toBe(100);
      expect(await ledger.spentNano({ kind: "key", id: "nobody" }, 0)).toBe(0);
    });

    test("knows what processes that are no more have left running", async () => {
      const { ledger } = store;
      const left = admission({ team: "t", session: "s", router: "r" });
      await ledger.beat("dead");
      await ledger.beat("alive");
      await ledger.write([{ admission: left }, settled()], "dead");
      expect(await ledger.abandoned("dead", 10)).toEqual([]);
      if (kind === "postgres") {
        expect(await ledger.abandoned("alive", 10)).toEqual([]);
        await place.execute("update ledger_instances set seen_at = seen_at - 400000 where id = 'dead'");
      }
      expect(await ledger.abandoned("alive", 10)).toEqual([left]);
      await ledger.leave("dead");
      expect(await ledger.abandoned("alive", 10)).toEqual([left]);
      await ledger.write([{ admission: left, settlement: unknown(left.id) }], "alive");
      expect(await ledger.abandoned("alive", 10)).toEqual([]);
    });

    test("prices history anew in steps, and the totals follow", async () => {
      const many = Array.from({ length: 250 }, (_, index) =>
        settled(
          { at: NOON - (index % 3) * DAY, org: "acme" },
          {
            attempts: [
              attempt({ model: "a", usage: {}, costNano: 3 }),
              attempt({ model: index % 2 === 0 ? "b" : "c", unpriced: index % 5 === 0 }),
            ],
          },
        ),
      );
      const lost = admission();
      await store.ledger.write([...many, { admission: lost, settlement: unknown(lost.id) }], "one");
      const priceFor = ({ model, usage }: PricedAttempt): NewCost =>
        model === "b" ? { costNano: 7 * (usage.inputTokens ?? 0), price: "b@2" } : { unpriced: true };
      const range = { fromDay: "2026-11-20", toDay: "2026-11-21", priceFor };
      const all = async (dryRun: boolean) => {
        const seen: Repriced[] = [];
        for (let after: string | undefined; seen.length === 0 || after !== undefined; ) {
          const step = await store.ledger.reprice({ ...range, dryRun, ...(after === undefined ? {} : { after }) });
          seen.push(step);
          after = step.next;
        }
        return seen;
      };
      const before = await dailyTotals(place);
      expect((await all(true)).map(({ requests }) => requests)).toEqual([100, 67]);
      expect(await dailyTotals(place)).toEqual(before);
      const steps = await all(false);
      expect(steps.flatMap(({ attempts }) => attempts)).toHaveLength(167);
      const costs = await place.query(
        "select day, model, cost_nano, unpriced, price from attempts order by day, model",
      );
      const kinds = costs.map(
        ({ day, model, cost_nano, unpriced, price }) => `${day} ${model} ${cost_nano} ${unpriced} ${price}`,
      );
      expect(new Set(kinds.filter((kind) => !kind.startsWith("2026-11-19")))).toEqual(
        new Set(
          ["20", "21"].flatMap((day) => [
            `2026-11-${day} a 3 0 openai/gpt-5-mini@1`,
            `2026-11-${day} b 700 0 b@2`,
            `2026-11-${day} c null 1 null`,
          ]),
        ),
      );
      expect(await stateOf(lost.id)).toEqual([["unknown", 5_000]]);
      expect((await all(false)).flatMap(({ attempts }) => attempts).filter(({ after }) => after !== undefined)).toEqual(
        [],
      );
      await expectSums();
    });

    test("removes what is old, bit by bit, and nothing else", async () => {
      const ages = [0, 1, 1, 30, 31, 100, 400];
      await store.ledger.write(
        ages.map((age) => settled({ at: NOON - age * DAY })),
        "one",
      );
      const many = Array.from({ length: 500 }, (_, index) => settled({ at: NOON - 40 * DAY + index }));
      await store.ledger.write(many, "one");
      const before = { requests: NOON - 30 * DAY, daily: NOON - 365 * DAY };
      let steps = 0;
      while (await store.ledger.expire(before)) steps += 1;
      expect(steps).toBeGreaterThan(0);
      const days = (await place.query("select day from requests order by day")).map(({ day }) => day);
      expect(days).toEqual(["2026-10-22", "2026-11-20", "2026-11-20", "2026-11-21"]);
      expect(await place.query("select day from attempts")).toHaveLength(4);
      expect((await dailyTotals(place)).size).toBe(6);
    });
  });
});

function unknown(id: string): Settlement {
  return { ...settlement(id, { attempts: [] }), state: "unknown", status: 0, costNano: 5_000 };
}

function numeric(value: unknown): unknown {
  return typeof value === "string" && /^-?[0-9]+$/.test(value) ? Number(value) : value;
}

/** One thing that is said of one of a few requests. */
interface Said {
  readonly request: number;
  readonly what: "admitted" | "unknown" | "settled" | "cancelled" | "failed";
  readonly cost: number;
  readonly models: readonly string[];
}

const said: fc.Arbitrary<Said> = fc.record({
  request: fc.nat(5),
  what: fc.constantFrom("admitted", "unknown", "settled", "cancelled", "failed"),
  cost: fc.nat(1_000_000_000),
  models: fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 3 }),
});

const batches = fc.array(fc.array(said, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });

function toEntry({ request, what, cost, models }: Said, salt: string): LedgerEntry {
  const at = NOON - request * DAY;
  const admitted = admission({
    id: idAt(at, `${salt}${request}`.padEnd(18, "0")),
    at,
    key: `key-${request % 2}`,
    ...(request % 3 === 0 ? {} : { team: "t", org: "o", router: "r" }),
    reservedNano: 1_000 + request,
  });
  if (what === "admitted") return { admission: admitted };
  if (what === "unknown") return { admission: admitted, settlement: unknown(admitted.id) };
  const attempts = models.map((model, index) => attempt({ model, costNano: cost + index, unpriced: cost % 7 === 0 }));
  const first = cost % 2 === 0 ? {} : { firstTokenMs: cost % 100 };
  const saved = {
    cache: cost % 3 === 0 ? "miss" : "hit-exact",
    savings: { cacheNano: cost % 5 === 0 ? -cost : cost },
  } as const;
  return { admission: admitted, settlement: settlement(admitted.id, { state: what, attempts, ...first, ...saved }) };
}

/** The row is what one of the strongest things says that were said of it. */
function expectOneOf(row: Readonly<Record<string, unknown>>, entries: readonly LedgerEntry[]): void {
  const own = entries.filter((entry) => entry.admission.id === row["id"]);
  if (own.length === 0) return;
  const ends = own.flatMap(({ settlement: end }) => (end === undefined ? [] : [end]));
  const finals = ends.filter(({ state }) => state !== "unknown");
  const outcome = `${row["state"]} ${row["cost_nano"]}`;
  if (finals.length > 0) {
    expect(finals.map(({ state, costNano }) => `${state} ${costNano}`)).toContain(outcome);
  } else {
    const [first] = own;
    expect(outcome).toBe(ends.length > 0 ? `unknown ${first?.admission.reservedNano}` : "admitted 0");
  }
}
