import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testStores } from "../../../../../tests/support/stores.ts";
import { entry, NOW } from "../../server/admin/usage/testing/ledger.ts";
import { openStore, type Store } from "../../store/open.ts";
import { UsageError } from "../usage-error.ts";
import { printUsage } from "./usage-command.ts";
import { usageOptions } from "./usage-options.ts";

const [sqlite] = await testStores();

describe("signalbox usage", () => {
  let store: Store;
  let remove = async () => {};

  beforeAll(async () => {
    const place = await sqlite?.makePlace();
    if (place === undefined) throw new Error("there is no store");
    remove = () => place.remove();
    store = await openStore(place.options);
    const left = entry({ key: "config:ci" });
    await store.ledger.write(
      [
        entry({ key: "local", session: "\u001b]0;title\u0007" }),
        left.settlement === undefined
          ? left
          : { ...left, settlement: { ...left.settlement, state: "cancelled", unpriced: true } },
        {
          admission: entry({ key: "local" }).admission,
          settlement: { ...unknown, id: "" },
        },
      ],
      "test",
    );
  });
  afterAll(async () => {
    await store.close();
    await remove();
  });

  async function printed(...argv: readonly string[]): Promise<string> {
    const chunks: string[] = [];
    const out = new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        chunks.push(String(chunk));
        done();
      },
    });
    await printUsage(usageOptions(argv), { usage: store.usage, now: NOW, out });
    return chunks.join("");
  }

  test("prints columns, every digit of the money, and what is not known", async () => {
    expect(await printed("--by", "key,day")).toBe(
      [
        "Usage from 2026-10-23 until 2026-11-22",
        "",
        "KEY             DAY         REQUESTS  FAILED  INPUT  CACHE READ  CACHE WRITE  OUTPUT   COST (USD)",
        "local           2026-11-21         2       0    100          20            3      50  1.000000012   ?",
        "ci (config:ci)  2026-11-21         1       0    100          20            3      50  1.000000005   *",
        "TOTAL                              3       0    200          40            6     100  2.000000017  *?",
        "",
        "* 1 request used something whose price is not known: the cost lacks it.",
        "",
        "? It is not known how 1 request ended: the cost is what was reserved for them.",
        "",
        "Clients left 1 request before the end.",
        "",
      ].join("\n"),
    );
  });

  test("prints what was saved where something was", async () => {
    const saved = {
      cache: "hit-exact",
      savings: { cacheNano: 2_500_000_000, routingNano: -5, unpriced: true },
    } as const;
    await store.ledger.write([entry({ key: "saver", at: Date.UTC(2026, 5, 1), saved })], "test");
    expect(await printed("--by", "key", "--from", "2026-06-01", "--to", "2026-06-02")).toBe(
      [
        "Usage from 2026-06-01 until 2026-06-02",
        "",
        "KEY    REQUESTS  FAILED  INPUT  CACHE READ  CACHE WRITE  OUTPUT   COST (USD)  CACHE HITS  SAVED BY CACHE    BY ROUTING",
        "saver         1       0    100          20            3      50  1.000000005           1            2.50  -0.000000005  +",
        "TOTAL         1       0    100          20            3      50  1.000000005           1            2.50  -0.000000005  +",
        "",
        "+ It is not known what 1 request would have cost without: what is saved lacks it.",
        "",
      ].join("\n"),
    );
  });

  test("prints sums alone, also of nothing", async () => {
    expect(await printed("--to", "2026-01-01")).toBe(
      [
        "Usage from 2025-12-02 until 2026-01-01",
        "",
        "REQUESTS  FAILED  INPUT  CACHE READ  CACHE WRITE  OUTPUT  COST (USD)",
        "       0       0      0           0            0       0        0.00",
        "",
        "There was no request in that time.",
        "",
      ].join("\n"),
    );
  });

  test("lets no name steer the terminal", async () => {
    const text = await printed("--by", "session");
    expect(text).toContain("\u{fffd}]0;title\u{fffd}");
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test("prints what the API answers, as JSON and as CSV", async () => {
    expect(JSON.parse(await printed("--json", "--key", "config:ci", "--by", "provider"))).toMatchObject({
      group_by: ["provider"],
      totals: { requests: 1, cancelled: 1, cost_nano: "1000000005" },
    });
    const lines = (await printed("--csv", "--rows", "attempts", "--provider", "openai")).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^id,request_id,created_at,/);
  });

  test.each([
    [["--by", "colour"], /^--by takes these names/],
    [["--from", "yesterday"], /^--from must be a day/],
    [["--limit", "1e9"], /^--limit must be a number/],
    [["--json", "--csv"], /not both/],
    [["--rows", "attempts"], /--rows is for --csv/],
    [["--csv", "--by", "key"], /not for --csv/],
    [["--colour"], /Unknown option '--colour'/],
    [["everything"], /Unexpected argument 'everything'/],
  ])("does not take %j", async (argv, message) => {
    const failed = printed(...argv);
    await expect(failed).rejects.toThrow(UsageError);
    await expect(failed).rejects.toThrow(message);
  });
});

const unknown = {
  id: "",
  state: "unknown",
  status: 0,
  attempts: [],
  costNano: 0,
  unpriced: false,
  durationMs: 0,
  overheadMs: 0,
  dropped: [],
} as const;
