import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testStores } from "../../../../../../tests/support/stores.ts";
import { csvColumns } from "./csv.ts";
import { entry, never, readCsv } from "./testing/ledger.ts";
import { serveUsage, type UsageApi } from "./testing/usage-api.ts";

const answeredFrom = { provider: "openai", model: "gpt-5" };

const entries = [
  entry({ saved: { cache: "hit-exact", answeredFrom, savings: { cacheNano: 5_000_000_000 } } }),
  entry({ saved: { cache: "miss", savings: { cacheNano: -2, compressionNano: 1_500_000, routingNano: -40 } } }),
  entry({ saved: { cache: "bypass", savings: { routingNano: 7, unpriced: true } } }),
  entry({}),
];
const ids = entries.map(({ admission }) => admission.id);

describe.each(await testStores())("what was saved, on $kind", (stores) => {
  describe.skipIf(!stores.available)("", () => {
    let api: UsageApi;
    beforeAll(async () => {
      api = await serveUsage(stores, { entries });
    });
    afterAll(() => api.close());

    test("is told in sums, and by who gave the answer", async () => {
      const { body } = await api.call("GET /v1/usage?group_by=provider");
      expect(body).toMatchObject({
        totals: {
          requests: 4,
          cache_hits: 1,
          cache_misses: 1,
          savings: {
            cache_usd: 4.999999998,
            compression_usd: 0.0015,
            routing_usd: -3.3e-8,
            total_usd: 5.001499965,
            cache_nano: "4999999998",
            compression_nano: "1500000",
            routing_nano: "-33",
            total_nano: "5001499965",
            unpriced: 1,
          },
        },
      });
      const groups = Object.fromEntries(asList(body["data"]).map((group) => [group["provider"], group]));
      expect(groups["openai"]).toMatchObject({ cache_hits: 1, cache_misses: 0, savings: { total_nano: "5000000000" } });
      expect(groups["anthropic"]).toMatchObject({ cache_hits: 0, cache_misses: 1, savings: { total_nano: "1499965" } });
    });

    test("is told of a request, with nothing where nothing was reckoned", async () => {
      const [hit = never(), miss = never(), , plain = never()] = ids;
      expect((await api.call(`GET /v1/usage/requests/${hit}`)).body).toMatchObject({
        cache: "hit-exact",
        provider: "openai",
        model: "gpt-5",
        savings: { cache_usd: 5, compression_usd: null, routing_usd: null, total_usd: 5, unpriced: false },
      });
      expect((await api.call(`GET /v1/usage/requests/${plain}`)).body).toMatchObject({
        cache: null,
        savings: { cache_usd: null, routing_nano: null, total_usd: null, total_nano: null, unpriced: false },
      });
      const { body } = await api.call(`GET /v1/generation/${miss}`);
      expect(body["data"]).toMatchObject({ cache: "miss", savings: { cache_nano: "-2", total_nano: "1499958" } });
    });

    test("stands in the lines of requests, and adds up", async () => {
      const { text } = await api.csv("");
      const [, ...lines] = readCsv(text);
      const sum = (name: string) =>
        lines.reduce((all, cells) => all + BigInt(cells[csvColumns.requests.indexOf(name)] ?? 0), 0n);
      expect([sum("saved_cache_nano"), sum("saved_compression_nano"), sum("saved_routing_nano")]).toEqual([
        4_999_999_998n,
        1_500_000n,
        -33n,
      ]);
      expect(lines.map((cells) => cells[csvColumns.requests.indexOf("cache")]).sort()).toEqual([
        "",
        "bypass",
        "hit-exact",
        "miss",
      ]);
    });
  });
});

function asList(data: unknown): readonly Readonly<Record<string, string>>[] {
  if (!Array.isArray(data)) throw new Error("there is no list");
  return data;
}
