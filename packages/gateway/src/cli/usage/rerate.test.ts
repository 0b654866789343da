import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testStores } from "../../../../../tests/support/stores.ts";
import { buildSnapshot } from "../../catalogue/snapshot.ts";
import { parseConfig } from "../../config/load.ts";
import { uuidV7 } from "../../config/uuid.ts";
import type { AttemptRow, LedgerEntry } from "../../store/ledger/ledger-rows.ts";
import { openStore, type Store } from "../../store/open.ts";
import { UsageError } from "../usage-error.ts";
import { newCost, rerate } from "./rerate.ts";
import { rerateOptions } from "./rerate-options.ts";
import { rerateTable } from "./rerate-table.ts";

const DAY = Date.UTC(2026, 10, 20);

/** Dollars per million tokens. */
function providersAt(input: number) {
  const price = { input, output: 10 };
  const lab = {
    auth: "none",
    models: [{ id: "m", price }, "dark"],
    endpoints: { "openai-chat": { baseUrl: "http://localhost:9/v1" } },
  };
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify({ providers: { lab } }), { name: "test.yaml", folder: ".", sources });
  return buildSnapshot(loaded, { environment: {}, keys: [] }).providers;
}

function asked(at: number, attempt: Partial<AttemptRow>): LedgerEntry {
  const id = uuidV7(at);
  const whole: AttemptRow = {
    provider: "lab",
    model: "m",
    dialect: "openai-chat",
    lane: "passthrough",
    startedAfterMs: 0,
    durationMs: 1,
    usage: { inputTokens: 1_000, outputTokens: 100 },
    ...attempt,
  };
  return {
    admission: {
      id,
      at,
      key: "local",
      dialect: "openai-chat",
      operation: "generate",
      model: "m",
      stream: false,
      reservedNano: 0,
    },
    settlement: {
      id,
      state: "settled",
      status: 200,
      answeredBy: 0,
      attempts: [whole],
      costNano: 0,
      unpriced: false,
      durationMs: 1,
      overheadMs: 0,
      dropped: [],
    },
  };
}

describe.each(await testStores())("signalbox rerate on $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let store: Store;
    let remove = async () => {};
    const days = { fromDay: "2026-11-20", toDay: "2026-11-20" };
    const range = { from: DAY, to: DAY + 86_400_000 };
    const costs = async () => {
      const { costNano, unpriced } = await store.usage.totals(range);
      const rows = await store.usage.totals({ ...range, filters: { state: ["settled"] } });
      expect(rows.costNano).toBe(costNano);
      return { costNano, unpriced };
    };

    beforeAll(async () => {
      const place = await makePlace();
      remove = () => place.remove();
      store = await openStore(place.options);
      const priced = { costNano: 2_000_000, price: "lab/m@old" };
      const many = Array.from({ length: 250 }, (_, index) => asked(DAY + index, priced));
      await store.ledger.write(
        [
          ...many,
          asked(DAY + 1_000, { unpriced: true }),
          asked(DAY + 2_000, { model: "dark", costNano: 7, price: "lab/dark@old" }),
          asked(DAY - 1, priced),
          asked(DAY + 86_400_000, priced),
        ],
        "test",
      );
    });
    afterAll(async () => {
      await store.close();
      await remove();
    });

    test("a dry run tells what would change, and changes nothing", async () => {
      const before = await costs();
      const told = await rerate({ ...days, dryRun: true }, { ledger: store.ledger, providers: providersAt(3) });
      expect(told).toEqual({
        requests: 252,
        places: [
          expect.objectContaining({ model: "dark", attempts: 1, changed: 0, beforeNano: 7n, afterNano: 7n }),
          expect.objectContaining({
            model: "m",
            attempts: 251,
            changed: 251,
            unpricedBefore: 1,
            unpricedAfter: 0,
            beforeNano: 500_000_000n,
            // 1,000 tokens at 3 dollars a million, and 100 at 10.
            afterNano: 251n * 4_000_000n,
          }),
        ],
      });
      expect(await costs()).toEqual(before);
      expect(rerateTable(told, { ...days, dryRun: true })).toBe(
        [
          "252 requests of 2026-11-20 would be priced so. Nothing was changed.",
          "",
          "PROVIDER  MODEL  ATTEMPTS  CHANGED  BEFORE (USD)  AFTER (USD)  DIFFERENCE  UNPRICED",
          "lab       dark          1        0   0.000000007  0.000000007        0.00         0",
          "lab       m           251      251          0.50        1.004      +0.504     1 → 0",
          "TOTAL                 252      251   0.500000007  1.004000007      +0.504     1 → 0",
        ].join("\n"),
      );
    });

    test("rows, requests and daily totals move together, and only those of the days that are meant", async () => {
      const everything = { from: DAY - 86_400_000, to: DAY + 2 * 86_400_000 };
      const around = (await store.usage.totals(everything)).costNano - (await costs()).costNano;
      await rerate({ ...days, dryRun: false }, { ledger: store.ledger, providers: providersAt(3) });
      expect(await costs()).toEqual({ costNano: 251n * 4_000_000n + 7n, unpriced: 0 });
      expect((await store.usage.totals(everything)).costNano - (await costs()).costNano).toBe(around);
    });

    test("what was done is not done again", async () => {
      const again = await rerate({ ...days, dryRun: false }, { ledger: store.ledger, providers: providersAt(3) });
      expect(again.places.map(({ changed }) => changed)).toEqual([0, 0]);
    });
  });
});

describe("an attempt's new cost", () => {
  const used = {
    provider: "lab",
    model: "m",
    at: DAY,
    usage: { inputTokens: 1_000, outputTokens: 0 },
    unpriced: false,
  };
  const providers = providersAt(3);

  test("is that of the configuration's price", () => {
    expect(newCost(used, providers)).toEqual({ costNano: 3_000_000, price: expect.stringContaining("lab/m") });
  });

  test.each([
    ["its provider is not configured any more", { provider: "gone" }],
    ["its model has no price any more", { model: "dark" }],
    ["its service tier has no price", { serviceTier: "priority" }],
    ["it is a fee, and nothing was used", { usage: {} }],
  ])("is the one that it has where %s", (_why, change) => {
    expect(newCost({ ...used, costNano: 7, ...change }, providers)).toBeUndefined();
  });

  test("is whole where one part of it had no price then, and has one now", () => {
    const partly = { ...used, unpriced: true, price: "lab/m@old", costNano: 1 };
    expect(newCost(partly, providers)).toEqual({ costNano: 3_000_000, price: expect.stringContaining("lab/m") });
  });

  test("is not whole where a part of it still has none", () => {
    const partly = { ...used, usage: { ...used.usage, otherCharges: 1 }, unpriced: true, price: "lab/m@old" };
    expect(newCost(partly, providers)).toMatchObject({ costNano: 3_000_000, unpriced: true });
  });
});

test("days are read like those of signalbox usage: the last one is not meant", () => {
  expect(rerateOptions(["--from", "2026-11-01", "--to", "2026-12-01", "--dry-run"])).toEqual({
    fromDay: "2026-11-01",
    toDay: "2026-11-30",
    dryRun: true,
  });
});

test.each([
  [[], /Say which days/],
  [["--from", "2026-11-01"], /Say which days/],
  [["--from", "2026-02-31", "--to", "2026-12-01"], /--from must be a day/],
  [["--from", "2026-11-01", "--to", "now"], /--to must be a day/],
  [["--from", "2026-11-01", "--to", "2026-11-01"], /must be before/],
  [["--from", "2026-11-01", "--to", "2026-11-02", "--force"], /Unknown option '--force'/],
])("does not take %j", (argv, message) => {
  expect(() => rerateOptions(argv)).toThrow(UsageError);
  expect(() => rerateOptions(argv)).toThrow(message);
});
