import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { costOf } from "../../packages/gateway/src/accounting/price.ts";
import { priceOf } from "../../packages/gateway/src/catalogue/prices.ts";
import type { Price } from "../../packages/gateway/src/catalogue/profile.ts";
import { ASKED_AT } from "../recorded/asked-at.ts";
import { type CostRow, parseCosts } from "../recorded/cost-table.ts";

/** What real answers used and cost; `npm run test:recorded` holds it against the recordings and against the vendors' own bills. */
const rows = parseCosts(readFileSync(join(import.meta.dirname, "../recorded/costs.tsv"), "utf8"));

function priceOfRow({ model }: CostRow): Price | undefined {
  const slash = model.indexOf("/");
  return priceOf({ id: model.slice(0, slash), models: new Map() }, model.slice(slash + 1));
}

test("every recorded answer costs what it cost", () => {
  expect(rows.length).toBeGreaterThan(1_000);
  for (const row of rows) {
    const usage = { ...row.counts, ...(row.tier === "" ? {} : { serviceTier: row.tier }) };
    const cost = costOf(usage, priceOfRow(row), ASKED_AT);
    const why = cost.unpriced ? { why: cost.why } : {};
    expect({ id: row.id, nano: cost.nano, price: cost.price ?? "", ...why }).toEqual({
      id: row.id,
      nano: row.nano,
      price: row.price,
      ...(row.why === undefined ? {} : { why: row.why }),
    });
  }
});

const exact = (dollars: number): bigint => BigInt(Math.round(dollars * 1_000_000_000));

test("cached tokens are billed once, at their own price", () => {
  const cached = rows.filter(({ counts, why }) => why === undefined && (counts["cacheReadTokens"] ?? 0) > 0);
  expect(cached.length).toBeGreaterThan(20);
  for (const row of cached) {
    const price = priceOfRow(row);
    const tokens = (name: string) => BigInt(row.counts[name] ?? 0);
    if (price === undefined || row.tier.includes("priority")) continue;
    const whole =
      tokens("inputTokens") * exact(price.input) +
      tokens("cacheReadTokens") * exact(price.cacheRead ?? price.input) +
      tokens("cacheWrite5mTokens") * exact(price.cacheWrite5m ?? 0) +
      tokens("cacheWrite1hTokens") * exact(price.cacheWrite1h ?? 0) +
      tokens("outputTokens") * exact(price.output) +
      tokens("webSearches") * 1_000n * exact(price.perThousandSearches ?? 0);
    expect([row.id, BigInt(row.nano)]).toEqual([row.id, (whole + 500_000n) / 1_000_000n]);
  }
});

test("no cost is negative, and the table holds every provider whose prices are known", () => {
  expect(Math.min(...rows.map(({ nano }) => nano))).toBe(0);
  const priced = new Set(rows.filter(({ why }) => why === undefined).map(({ model }) => model.split("/")[0]));
  const known = "anthropic azure deepseek google-ai-studio groq mistral moonshot openai openrouter together vertex xai";
  expect([...priced].toSorted()).toEqual(known.split(" "));
});
