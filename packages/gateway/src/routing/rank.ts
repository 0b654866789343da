import { expectedCost, priceOf, type TokenCounts } from "../catalogue/prices.ts";
import { scoresOf } from "../catalogue/scores.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { ProviderPreferences, SortBy, SortMetric } from "../config/router.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import type { RoutingPreferences } from "./preferences.ts";
import type { RequestFeatures } from "./request-view.ts";
import { speaks } from "./serving.ts";
import type { Rejection } from "./target.ts";

/** What was measured of a model at a provider, lately; undefined: nothing. */
export interface Observed {
  readonly firstTokenMs: (provider: string, model: string) => number | undefined;
  readonly tokensPerSecond: (provider: string, model: string) => number | undefined;
}

export const nothingObserved: Observed = { firstTokenMs: () => undefined, tokensPerSecond: () => undefined };

/** What is ranked; a `Target` is one. */
export interface Rankable {
  readonly provider: Pick<ResolvedProvider, "id" | "models" | "endpoints">;
  readonly model: string;
}

export interface Ranking {
  /** The client's. */
  readonly dialect: SurfaceDialect;
  readonly preferences: Pick<RoutingPreferences, "sort" | "ignore" | "provider">;
  /** By what providers are sorted where the request does not say. */
  readonly defaultSort?: readonly SortBy[];
  readonly observed: Observed;
  /** What the request is expected to use, by which prices are compared. */
  readonly tokens: TokenCounts;
  /** Other names of providers, to their ids. */
  readonly aliases: ReadonlyMap<string, string>;
}

export interface Ranked<T> {
  readonly kept: readonly T[];
  readonly rejected: readonly Rejection[];
}

export const NO_FALLBACKS = "the request allows no fallbacks";

/** An answer is usually a third of its request, and seldom shorter than a paragraph. */
export function typicalTokens(features?: Pick<RequestFeatures, "inputTokens" | "maxOutputTokens">): TokenCounts {
  if (features === undefined) return { inputTokens: 3_000, outputTokens: 1_000 };
  const { inputTokens, maxOutputTokens = Number.POSITIVE_INFINITY } = features;
  return { inputTokens, outputTokens: Math.min(maxOutputTokens, Math.max(300, Math.round(inputTokens / 3))) };
}

/**
 * The providers of one model in the order in which they are asked, and those that are not. `provider.order` is exact, and
 * `sort` orders only where there is none. What is equal keeps its place, those that speak the client's dialect first.
 */
export function rankProviders<T extends Rankable>(targets: readonly T[], ranking: Ranking): Ranked<T> {
  const { provider: wishes = {}, ignore = [], sort } = ranking.preferences;
  const ignored = matcher([...ignore, ...(wishes.ignore ?? [])], ranking.aliases);
  const only = wishes.only === undefined ? () => true : matcher(wishes.only, ranking.aliases);
  const allowed = targets.filter((target) => !ignored(target) && only(target));
  const ordered = inOrder(allowed, wishes.order ?? [], ranking);
  const rest = allowed.filter((target) => !ordered.includes(target));
  const by = wishes.order === undefined ? (wishes.sort ?? sort ?? defaultSortOf(rest, ranking)) : [];
  const sorted = slowLast(sortTargets(rest, by, ranking), wishes, ranking.observed);
  const all = [...ordered, ...sorted];
  const kept = wishes.allowFallbacks === false ? withoutFallbacks(all, ordered, wishes) : all;
  const rejected = targets
    .filter((target) => !kept.includes(target))
    .map((target) => ({ target: targetName(target), why: whyNot(target, { ignored, only }) }));
  return { kept, rejected };
}

/** Nobody has asked for a sort, so a provider that was never measured does not lose its place to one that was. */
function defaultSortOf(targets: readonly Rankable[], ranking: Ranking): readonly SortBy[] {
  const { defaultSort = [] } = ranking;
  const measured = defaultSort.every(({ metric }) =>
    targets.every((target) => metricOf(target, metric, ranking) !== undefined),
  );
  return measured ? defaultSort : [];
}

/** Models, each with its providers ranked already, by what is known of the provider that each would be asked at first. */
export function rankModels<T extends Rankable, G extends { readonly targets: readonly T[] }>(
  models: readonly G[],
  ranking: Ranking,
): readonly G[] {
  const compare = comparator(ranking.preferences.sort ?? [], ranking);
  return models.toSorted((a, b) => {
    const [first] = a.targets;
    const [second] = b.targets;
    if (first === undefined || second === undefined) return Number(first === undefined) - Number(second === undefined);
    return compare(first, second);
  });
}

/** The figures that a target was sorted by, for people: `price $0.0132, latency 310 ms, coding 78`. */
export function sortedBy(target: Rankable, sort: readonly SortBy[], ranking: Ranking): string {
  return sort.map(({ metric }) => `${metric} ${inWords(metric, metricOf(target, metric, ranking))}`).join(", ");
}

function inWords(metric: SortMetric, value: number | undefined): string {
  if (value === undefined) return "unknown";
  const figure = Number(value.toPrecision(3));
  if (metric === "price") return `$${figure}`;
  if (metric === "latency") return `${figure} ms`;
  return metric === "throughput" ? `${figure} tokens/s` : String(figure);
}

const targetName = ({ provider, model }: Rankable): string => `${provider.id}/${model}`;

/** By a provider's id or alias, or by an exact `provider/model`. */
function matcher(names: readonly string[], aliases: ReadonlyMap<string, string>): (target: Rankable) => boolean {
  const known = new Set(names.map((name) => canonical(name, aliases)));
  return (target) => known.has(target.provider.id) || known.has(targetName(target));
}

function canonical(name: string, aliases: ReadonlyMap<string, string>): string {
  const slash = name.indexOf("/");
  if (slash < 0) return aliases.get(name) ?? name;
  const provider = name.slice(0, slash);
  return `${aliases.get(provider) ?? provider}${name.slice(slash)}`;
}

function inOrder<T extends Rankable>(targets: readonly T[], order: readonly string[], ranking: Ranking): readonly T[] {
  const named = order.flatMap((name) => targets.filter(matcher([name], ranking.aliases)));
  return [...new Set(named)];
}

function withoutFallbacks<T>(all: readonly T[], ordered: readonly T[], wishes: ProviderPreferences): readonly T[] {
  return wishes.order === undefined ? all.slice(0, 1) : ordered;
}

function whyNot(
  target: Rankable,
  { ignored, only }: { readonly ignored: (target: Rankable) => boolean; readonly only: (target: Rankable) => boolean },
): string {
  if (ignored(target)) return "the request ignores it";
  return only(target) ? NO_FALLBACKS : "the request names only other providers";
}

function slowLast<T extends Rankable>(
  targets: readonly T[],
  { preferredMaxLatencyMs = Number.POSITIVE_INFINITY, preferredMinThroughput = 0 }: ProviderPreferences,
  observed: Observed,
): readonly T[] {
  const isSlow = ({ provider, model }: T) =>
    (observed.firstTokenMs(provider.id, model) ?? 0) > preferredMaxLatencyMs ||
    (observed.tokensPerSecond(provider.id, model) ?? Number.POSITIVE_INFINITY) < preferredMinThroughput;
  return [...targets.filter((target) => !isSlow(target)), ...targets.filter(isSlow)];
}

function sortTargets<T extends Rankable>(targets: readonly T[], sort: readonly SortBy[], ranking: Ranking) {
  const compare = comparator(sort, ranking);
  return targets.toSorted(
    (a, b) => compare(a, b) || Number(speaks(b, ranking.dialect)) - Number(speaks(a, ranking.dialect)),
  );
}

/** Lexicographic: a metric decides only where those before it are equal. What is not known goes last, whatever the direction. */
function comparator(sort: readonly SortBy[], ranking: Ranking): (a: Rankable, b: Rankable) => number {
  const memory = new Map<Rankable, readonly (number | undefined)[]>();
  const keysOf = (target: Rankable) => {
    const keys = memory.get(target) ?? sort.map((by) => signed(metricOf(target, by.metric, ranking), by));
    memory.set(target, keys);
    return keys;
  };
  return (a, b) => {
    const keys = keysOf(b);
    for (const [at, left] of keysOf(a).entries()) {
      const difference = compareKnown(left, keys[at]);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

function compareKnown(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a - b;
}

const lowIsGood: ReadonlySet<SortMetric> = new Set(["price", "latency"]);

function signed(value: number | undefined, { metric, direction }: SortBy): number | undefined {
  const ascending = direction === undefined ? lowIsGood.has(metric) : direction === "ascending";
  return value === undefined || ascending ? value : -value;
}

function metricOf(
  { provider, model }: Rankable,
  metric: SortMetric,
  { observed, tokens }: Ranking,
): number | undefined {
  switch (metric) {
    case "price": {
      const price = priceOf(provider, model);
      return price === undefined ? undefined : expectedCost(price, tokens);
    }
    case "latency":
      return observed.firstTokenMs(provider.id, model);
    case "throughput":
      return observed.tokensPerSecond(provider.id, model);
    case "intelligence":
    case "math":
    case "coding":
      return scoresOf(provider, model)[metric];
  }
}
