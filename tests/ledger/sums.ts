import type { TestPlace } from "../support/stores.ts";

type Row = Readonly<Record<string, unknown>>;

const owner = ["day", "org_id", "team_id", "key_id", "router", "provider", "model"] as const;

/** Daily totals by their names, as the database keeps them; totals that are zero are as good as none. */
export async function dailyTotals(place: TestPlace): Promise<ReadonlyMap<string, Row>> {
  const rows = await place.query("select * from daily_usage");
  const named = rows.map((row) => [owner.map((name) => row[name]).join("|"), numbers(row)] as const);
  return new Map(named.filter(([, sums]) => Object.values(sums).some((sum) => sum !== 0)).sort(byName));
}

function byName([a]: readonly [string, Row], [b]: readonly [string, Row]): number {
  return a < b ? -1 : 1;
}

function numbers(row: Row): Record<string, number> {
  const sums = Object.entries(row).filter(([name]) => !owner.some((known) => known === name));
  return Object.fromEntries(sums.map(([name, sum]) => [name, Number(sum)]));
}

/** The same totals, added up from the rows of requests and attempts. */
export async function totalsOfRows(place: TestPlace): Promise<ReadonlyMap<string, Row>> {
  const totals = new Map<string, Record<string, number>>();
  const zeros = Object.fromEntries(sumNames.map((name) => [name, 0]));
  const add = (request: Row, place: Row, sums: Record<string, unknown>) => {
    const { day, org_id, team_id, key_id, router } = request;
    const name = [day, org_id ?? "", team_id ?? "", key_id, router ?? "", place["provider"], place["model"]].join("|");
    const total = totals.get(name) ?? { ...zeros };
    for (const [sum, amount] of Object.entries(sums)) total[sum] = (total[sum] ?? 0) + Number(amount ?? 0);
    totals.set(name, total);
  };
  const requests = await place.query("select * from requests where state <> 'admitted'");
  const byId = new Map(requests.map((request) => [request["id"], request]));
  for (const request of requests) {
    add(request, { provider: request["provider"] ?? "", model: request["target_model"] ?? "" }, sumsOf(request));
  }
  for (const attempt of await place.query("select * from attempts")) {
    const request = byId.get(attempt["request_id"]);
    if (request === undefined)
      throw new Error(`The attempt of ${attempt["request_id"]} has no request that has ended.`);
    const sums = Object.fromEntries(attemptSums.map((name) => [name, attempt[name]]));
    add(request, attempt, { attempts: 1, ...sums });
  }
  const named = [...totals].filter(([, sums]) => Object.values(sums).some((sum) => sum !== 0));
  return new Map(named.sort(byName));
}

function sumsOf(request: Row): Record<string, unknown> {
  const { state, cost_nano, duration_ms, first_token_ms, unpriced, cache } = request;
  return {
    requests: 1,
    [state === "settled" ? "requests" : String(state)]: 1,
    cost_nano: state === "unknown" ? cost_nano : 0,
    unpriced,
    duration_ms,
    first_token_ms,
    first_tokens: first_token_ms === null ? 0 : 1,
    cache_hits: String(cache).startsWith("hit-") ? 1 : 0,
    cache_misses: cache === "miss" ? 1 : 0,
    ...Object.fromEntries(savedSums.map((name) => [name, request[name]])),
  };
}

const attemptSums = [
  "input_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
  "cost_nano",
] as const;

const savedSums = ["saved_cache_nano", "saved_compression_nano", "saved_routing_nano", "savings_unpriced"] as const;

const sumNames = [
  "requests",
  "failed",
  "cancelled",
  "unknown",
  "attempts",
  ...attemptSums,
  "unpriced",
  "duration_ms",
  "first_token_ms",
  "first_tokens",
  "cache_hits",
  "cache_misses",
  ...savedSums,
] as const;
