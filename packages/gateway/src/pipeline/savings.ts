import { type JsonObject, totalInputTokens, type Usage } from "@signalbox/protocol";
import { type AnsweringAttempt, type Billed, type Reckoned, type Reckoning, reckon } from "../accounting/savings.ts";
import { priceOf } from "../catalogue/prices.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import { nanoToDollars } from "../config/money.ts";
import type { Plan } from "../routing/target.ts";
import type { Savings, Settlement } from "../store/ledger/ledger-rows.ts";
import { type AttemptRecord, type Exchange, isBeside, type Outcome } from "./exchange.ts";

/** What savings are reckoned from. */
export interface Saving extends Pick<Exchange, "arrivedAt"> {
  readonly snapshot: Pick<Snapshot, "providers" | "providerAliases">;
  readonly outcome: Pick<Outcome, "attempts" | "plan" | "cache" | "compression">;
}

/** The attempt that answers just now, and what it has used so far. */
export interface Answering {
  readonly record: AttemptRecord;
  readonly usage: Usage | undefined;
}

/** The estimate of tokens is within 15 % of a tokenizer's: nothing is told to be saved that may not have been. */
const CERTAIN = 0.85;

/**
 * What the gateway's features have saved in a request, as far as it is known now; undefined where none of them had a part in it, or
 * nothing could be compared.
 */
export function savingsOf({ arrivedAt, snapshot, outcome }: Saving, answering?: Answering): Reckoned | undefined {
  if (!hasSaver(outcome)) return undefined;
  const { cache, compression, plan, attempts } = outcome;
  const baseline = baselineOf(plan);
  const reckoning: Reckoning = {
    at: arrivedAt,
    answers: answersOf(attempts, snapshot, answering),
    ...(cache === undefined
      ? {}
      : { cache: { ...originalOf(cache.original, snapshot), spent: spentOf(attempts, snapshot) } }),
    ...(baseline === undefined ? {} : { baseline: placed(baseline, snapshot) }),
    ...(plan?.place === undefined
      ? {}
      : { cachedAt: { place: `${plan.place.provider}/${plan.place.model}`, tokens: plan.place.cachedTokens } }),
    ...(compression === undefined
      ? {}
      : {
          compression: {
            freshTokens: Math.floor(compression.freshTokens * CERTAIN),
            historyTokens: Math.floor(compression.historyTokens * CERTAIN),
            rewrites: compression.cacheRisk === "rewrite",
            audit: compression.audit === true,
          },
        }),
  };
  return reckon(reckoning);
}

/** A feature may have had a part in it. */
export function hasSaver({ cache, compression, plan }: Saving["outcome"]): boolean {
  return cache !== undefined || compression !== undefined || baselineOf(plan) !== undefined;
}

/** What would have answered without routing: the operator's word, `auto`'s best single model, or who is not the cheapest. */
function baselineOf(plan: Plan | undefined): string | undefined {
  return plan?.features.baseline ?? plan?.decision?.best.name ?? plan?.usual;
}

function placed(name: string, { providers, providerAliases }: Saving["snapshot"]) {
  const slash = name.indexOf("/");
  const written = name.slice(0, Math.max(0, slash));
  const provider = providerAliases.get(written) ?? written;
  const known = providers.get(provider);
  return { provider, price: known === undefined ? undefined : priceOf(known, name.slice(slash + 1)) };
}

function originalOf(
  original: NonNullable<Outcome["cache"]>["original"],
  snapshot: Saving["snapshot"],
): { readonly original?: Billed } {
  return original === undefined ? {} : { original: billed(original, original.usage, snapshot) };
}

/** Asked to find an answer that fits; others ask to guard or to search, with a cache or without. */
const FOR_CACHE: ReadonlySet<AttemptRecord["purpose"]> = new Set(["embedding", "judge", "shadow"]);

function spentOf(attempts: readonly AttemptRecord[], snapshot: Saving["snapshot"]): readonly Billed[] {
  return attempts.flatMap((record) => {
    const { purpose, usage } = record;
    if (purpose === undefined || usage === undefined || !FOR_CACHE.has(purpose)) return [];
    return [billed(record, usage, snapshot)];
  });
}

/** Attempts that failed before they said anything cost what they cost, with every feature and without. */
function answersOf(
  attempts: readonly AttemptRecord[],
  snapshot: Saving["snapshot"],
  answering: Answering | undefined,
): readonly AnsweringAttempt[] {
  const asked = new Set<string>();
  return attempts.flatMap((record) => {
    const isNow = record === answering?.record;
    if (isBeside(record) || (record.firstContentAt === undefined && !isNow)) return [];
    const usage = record.usage ?? (isNow ? whole(answering.usage) : undefined);
    if (usage === undefined) return [];
    const { provider, model } = record;
    const place = `${provider}/${model}`;
    const again = asked.has(place);
    asked.add(place);
    return [{ ...billed(record, usage, snapshot), usage, provider, place, again }];
  });
}

/** Gemini's streams have told all only when they end. */
function whole(usage: Usage | undefined): Usage | undefined {
  return totalInputTokens(usage ?? {}) === undefined || usage?.outputTokens === undefined ? undefined : usage;
}

function billed(
  { provider, model }: { readonly provider: string; readonly model: string },
  usage: Usage,
  { providers }: Saving["snapshot"],
): Billed {
  const known = providers.get(provider);
  return { usage, price: known === undefined ? undefined : priceOf(known, model) };
}

/** What of it goes to the ledger. */
export function settledSavings(
  { cache }: Pick<Outcome, "cache">,
  reckoned: Reckoned | undefined,
): Pick<Settlement, "cache" | "answeredFrom" | "savings"> {
  const { wouldSaveNano: _would, ...savings } = reckoned ?? {};
  return {
    ...(cache === undefined ? {} : { cache: cache.status }),
    ...(cache?.original === undefined
      ? {}
      : { answeredFrom: { provider: cache.original.provider, model: cache.original.model } }),
    ...(Object.keys(savings).length === 0 ? {} : { savings }),
  };
}

/** Of calls that were made after an answer, to measure what its cache does: they saved nothing. */
export function spentAfterwards(records: readonly AttemptRecord[], row: Pick<Settlement, "costNano" | "unpriced">) {
  const isForCache = records.some(({ purpose }) => purpose !== undefined && FOR_CACHE.has(purpose));
  if (!isForCache) return {};
  const savings: Savings = row.unpriced ? { unpriced: true } : { cacheNano: 0 - row.costNano };
  return { savings };
}

const NAMES = {
  cacheNano: "cache_usd",
  compressionNano: "compression_usd",
  routingNano: "routing_usd",
  wouldSaveNano: "would_save_usd",
} as const satisfies { readonly [K in Exclude<keyof Reckoned, "unpriced">]-?: string };

/** `{savings: {cache_usd?, compression_usd?, routing_usd?, would_save_usd?, unpriced?}}`, or nothing. */
export function toldSavings(reckoned: Reckoned | undefined): JsonObject {
  if (reckoned === undefined) return {};
  const { unpriced, ...saved } = reckoned;
  const names: Readonly<Record<string, string>> = NAMES;
  const told = Object.entries(saved).map(([name, nano]) => [names[name] ?? name, nanoToDollars(nano)] as const);
  return { savings: { ...Object.fromEntries(told), ...(unpriced === true ? { unpriced } : {}) } };
}
