import { dayOf } from "./days.ts";
import type { Admission, AttemptRow, Settlement } from "./ledger-rows.ts";
import { type EndedEntry, savingsOf } from "./rows.ts";
import { clean, signedOrNull, type Value, whole } from "./values.ts";

export const dailyKeyColumns = ["day", "org_id", "team_id", "key_id", "router", "provider", "model"] as const;

export const dailySumColumns = [
  "requests",
  "failed",
  "cancelled",
  "unknown",
  "attempts",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
  "cost_nano",
  "unpriced",
  "duration_ms",
  "first_token_ms",
  "first_tokens",
  "cache_hits",
  "cache_misses",
  "saved_cache_nano",
  "saved_compression_nano",
  "saved_routing_nano",
  "savings_unpriced",
] as const;

type Sums = { -readonly [name in (typeof dailySumColumns)[number]]: number };

/** By how much the daily totals of one transaction move. */
export interface DailyChanges {
  readonly addEnded: (entry: EndedEntry) => void;
  /** A request that was `unknown` is not any more. */
  readonly removeUnknown: (admission: Admission, costNano: number) => void;
  /** Money alone, where a model is priced anew. */
  readonly addCost: (owner: DailyOwner, place: Place, change: CostChange) => void;
  /** One row for each total that moves, always in the same order: two that write at once wait for each other in it. */
  readonly rows: () => readonly (readonly Value[])[];
}

export type DailyOwner = Pick<Admission, "at" | "org" | "team" | "key" | "router">;

export interface CostChange {
  readonly costNano: number;
  readonly unpriced: number;
}

interface Place {
  readonly provider: string;
  readonly model: string;
}

const nowhere: Place = { provider: "", model: "" };

export function dailyChanges(): DailyChanges {
  const rows = new Map<string, Sums>();

  const sumsOf = (owner: DailyOwner, { provider, model }: Place): Sums => {
    const { org = "", team = "", key, router = "" } = owner;
    // No text that is kept has a U+0000 in it.
    const name = `${dayOf(owner.at)}\0${org}\0${team}\0${key}\0${router}\0${provider}\0${model}`;
    const known = rows.get(name);
    if (known !== undefined) return known;
    const sums = zeros();
    rows.set(name, sums);
    return sums;
  };

  return {
    addEnded: ({ admission, settlement, attempts, answered, place, totals }) => {
      const owner = cleanOwner(admission);
      const { state, firstTokenMs } = settlement;
      const sums = sumsOf(owner, place === undefined ? nowhere : cleanPlace(place));
      sums.requests += 1;
      sums.unpriced += totals.unpriced;
      if (state === "unknown") {
        sums.unknown += 1;
        sums.cost_nano += totals.costNano;
        return;
      }
      if (state !== "settled") sums[state] += 1;
      sums.duration_ms += whole(settlement.durationMs);
      if (firstTokenMs !== undefined) {
        sums.first_token_ms += whole(firstTokenMs);
        sums.first_tokens += 1;
      }
      addSavings(sums, settlement);
      for (const attempt of attempts) {
        addAttempt(attempt === answered && attempt === place ? sums : sumsOf(owner, cleanPlace(attempt)), attempt);
      }
    },
    removeUnknown: (admission, costNano) => {
      const sums = sumsOf(cleanOwner(admission), nowhere);
      sums.requests -= 1;
      sums.unknown -= 1;
      sums.cost_nano -= costNano;
    },
    addCost: (owner, place, { costNano, unpriced }) => {
      const sums = sumsOf(owner, place);
      sums.cost_nano += costNano;
      sums.unpriced += unpriced;
    },
    rows: () => {
      const names = [...rows.keys()].sort();
      return names.map((name) => {
        const sums = rows.get(name) ?? zeros();
        return [...name.split("\0"), ...dailySumColumns.map((column) => sums[column])];
      });
    },
  };
}

function zeros(): Sums {
  return {
    requests: 0,
    failed: 0,
    cancelled: 0,
    unknown: 0,
    attempts: 0,
    input_tokens: 0,
    cache_read_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    cost_nano: 0,
    unpriced: 0,
    duration_ms: 0,
    first_token_ms: 0,
    first_tokens: 0,
    cache_hits: 0,
    cache_misses: 0,
    saved_cache_nano: 0,
    saved_compression_nano: 0,
    saved_routing_nano: 0,
    savings_unpriced: 0,
  };
}

function addAttempt(sums: Sums, { usage, costNano }: AttemptRow): void {
  sums.attempts += 1;
  sums.cost_nano += whole(costNano);
  if (usage === undefined) return;
  sums.input_tokens += whole(usage.inputTokens);
  sums.cache_read_tokens += whole(usage.cacheReadTokens);
  sums.cache_write_5m_tokens += whole(usage.cacheWrite5mTokens);
  sums.cache_write_1h_tokens += whole(usage.cacheWrite1hTokens);
  sums.output_tokens += whole(usage.outputTokens);
  sums.reasoning_tokens += whole(usage.reasoningTokens);
}

function addSavings(sums: Sums, settlement: Settlement): void {
  const { cache } = settlement;
  if (cache?.startsWith("hit-") === true) sums.cache_hits += 1;
  else if (cache === "miss") sums.cache_misses += 1;
  if (settlement.savings === undefined) return;
  const { cacheNano, compressionNano, routingNano, unpriced } = savingsOf(settlement);
  sums.saved_cache_nano += signedOrNull(cacheNano) ?? 0;
  sums.saved_compression_nano += signedOrNull(compressionNano) ?? 0;
  sums.saved_routing_nano += signedOrNull(routingNano) ?? 0;
  sums.savings_unpriced += unpriced === true ? 1 : 0;
}

function cleanOwner({ at, org = "", team = "", key, router = "" }: DailyOwner): DailyOwner {
  return { at: whole(at), org: clean(org), team: clean(team), key: clean(key), router: clean(router) };
}

function cleanPlace({ provider, model }: Place): Place {
  return { provider: clean(provider), model: clean(model) };
}
