import type { JsonObject } from "@signalbox/protocol";
import { formatDollars, nanoToDollars } from "../../../config/money.ts";
import type { AttemptsTable, RequestsTable } from "../../../store/ledger/tables.ts";
import type { UsageNames } from "../../../store/usage/names.ts";
import type { UsageDimension, UsageGroup, UsageSums } from "../../../store/usage/usage-query.ts";

/** Exact twice, as dollars and as nano-dollars, both in text; and as a number for charts. */
export function money(nano: number | bigint): JsonObject {
  return { cost: formatDollars(nano), cost_nano: String(nano), usd: nanoToDollars(nano) };
}

/** Net, as numbers for charts and exactly; null where nothing was reckoned. */
function saved(nano: Readonly<Record<"cache" | "compression" | "routing", number | bigint | null>>): JsonObject {
  const known = Object.values(nano).filter((each) => each !== null);
  const total = known.length === 0 ? null : known.reduce<bigint>((sum, each) => sum + BigInt(each), 0n);
  const all = Object.entries({ ...nano, total });
  return {
    ...Object.fromEntries(all.map(([name, each]) => [`${name}_usd`, each === null ? null : nanoToDollars(each)])),
    ...Object.fromEntries(all.map(([name, each]) => [`${name}_nano`, each === null ? null : String(each)])),
  };
}

export function savingsBody(row: RequestsTable): JsonObject {
  return {
    ...saved({
      cache: row.saved_cache_nano,
      compression: row.saved_compression_nano,
      routing: row.saved_routing_nano,
    }),
    unpriced: row.savings_unpriced === 1,
  };
}

/** What is not priced or not known stands beside what is. */
export function sumsBody(sums: UsageSums): JsonObject {
  const timed = sums.requests - sums.unknown;
  return {
    requests: sums.requests,
    failed: sums.failed,
    cancelled: sums.cancelled,
    unknown: sums.unknown,
    unpriced: sums.unpriced,
    attempts: sums.attempts,
    input_tokens: sums.inputTokens,
    cache_read_tokens: sums.cacheReadTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    output_tokens: sums.outputTokens,
    reasoning_tokens: sums.reasoningTokens,
    ...money(sums.costNano),
    cache_hits: sums.cacheHits,
    cache_misses: sums.cacheMisses,
    savings: {
      ...saved({
        cache: sums.savedCacheNano,
        compression: sums.savedCompressionNano,
        routing: sums.savedRoutingNano,
      }),
      unpriced: sums.savingsUnpriced,
    },
    average_ms: timed > 0 ? Math.round(sums.durationMs / timed) : null,
    average_first_token_ms: sums.firstTokens > 0 ? Math.round(sums.firstTokenMs / sums.firstTokens) : null,
  };
}

/** As the columns of a request are named. */
export const dimensionNames: Readonly<Record<UsageDimension, string>> = {
  key: "key_id",
  team: "team_id",
  org: "org_id",
  model: "model",
  provider: "provider",
  router: "router",
  session: "session",
  day: "day",
  hour: "hour",
};

/** `null` where there is none: no team, nobody answered. */
export function groupBody({ of, ...sums }: UsageGroup, names: UsageNames): JsonObject {
  const place = Object.entries(of).map(([name, value]) => [nameOf(name), value === "" ? null : value] as const);
  return { ...Object.fromEntries(place), ...namesOf(of, names), ...sumsBody(sums) };
}

type Owners = Readonly<Partial<Record<keyof UsageNames, string | null>>>;

/** Of those that are there at all. */
function namesOf({ key, team, org }: Owners, names: UsageNames): JsonObject {
  return {
    ...(key === undefined ? {} : { key_name: names.key.get(key ?? "") ?? null }),
    ...(team === undefined ? {} : { team_name: names.team.get(team ?? "") ?? null }),
    ...(org === undefined ? {} : { org_name: names.org.get(org ?? "") ?? null }),
  };
}

function nameOf(dimension: string): string {
  return Object.entries(dimensionNames).find(([name]) => name === dimension)?.[1] ?? dimension;
}

/** `req_` and the id's digits: what answers carry as `x-request-id`. */
export function requestIdOf(id: string): string {
  return `req_${id.replaceAll("-", "")}`;
}

export function requestBody(row: RequestsTable, names: UsageNames): JsonObject {
  return {
    id: row.id,
    request_id: requestIdOf(row.id),
    created_at: new Date(row.at).toISOString(),
    state: row.state,
    key_id: row.key_id,
    team_id: row.team_id,
    org_id: row.org_id,
    ...namesOf({ key: row.key_id, team: row.team_id, org: row.org_id }, names),
    session: row.session,
    agent: row.agent,
    parent_agent: row.parent_agent,
    dialect: row.dialect,
    operation: row.operation,
    requested_model: row.model,
    router: row.router,
    stream: row.stream === 1,
    provider: row.provider,
    model: row.target_model,
    status: row.status,
    error: row.error,
    finish_reason: row.finish_reason,
    attempt_count: row.attempts,
    input_tokens: row.input_tokens,
    cache_read_tokens: row.cache_read_tokens,
    cache_write_tokens: row.cache_write_tokens,
    output_tokens: row.output_tokens,
    reasoning_tokens: row.reasoning_tokens,
    ...money(row.cost_nano),
    unpriced: row.unpriced === 1,
    cache: row.cache,
    savings: savingsBody(row),
    /** Held while it runs, and what it counts as where nobody learnt its cost. */
    reserved_nano: String(row.reserved_nano),
    duration_ms: row.duration_ms,
    first_token_ms: row.first_token_ms,
    overhead_ms: row.overhead_ms,
    dropped: droppedOf(row),
  };
}

/** One bar of a waterfall; times are milliseconds after the request's `created_at`. */
export function attemptBody(row: AttemptsTable): JsonObject {
  return {
    position: row.position,
    provider: row.provider,
    model: row.model,
    credential: row.credential,
    dialect: row.dialect,
    lane: row.lane,
    started_after_ms: row.started_after_ms,
    duration_ms: row.duration_ms,
    first_token_ms: row.first_token_ms,
    error: row.error,
    input_tokens: row.input_tokens,
    cache_read_tokens: row.cache_read_tokens,
    cache_write_5m_tokens: row.cache_write_5m_tokens,
    cache_write_1h_tokens: row.cache_write_1h_tokens,
    output_tokens: row.output_tokens,
    reasoning_tokens: row.reasoning_tokens,
    audio_input_tokens: row.audio_input_tokens,
    audio_output_tokens: row.audio_output_tokens,
    image_input_tokens: row.image_input_tokens,
    image_output_tokens: row.image_output_tokens,
    web_searches: row.web_searches,
    audio_cache_read_tokens: row.audio_cache_read_tokens,
    image_cache_read_tokens: row.image_cache_read_tokens,
    images: row.images,
    audio_seconds: row.audio_seconds,
    characters: row.characters,
    search_units: row.search_units,
    other_charges: row.other_charges,
    estimated: row.estimated === 1,
    ...(row.cost_nano === null ? { cost: null, cost_nano: null, usd: null } : money(row.cost_nano)),
    unpriced: row.unpriced === 1,
    price_id: row.price,
    service_tier: row.service_tier,
  };
}

/** A row that somebody damaged tells of nothing dropped. */
export function droppedOf({ dropped }: Pick<RequestsTable, "dropped">): readonly string[] {
  if (dropped === null) return [];
  try {
    const names: unknown = JSON.parse(dropped);
    return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}
