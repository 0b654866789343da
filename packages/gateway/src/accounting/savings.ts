import type { Usage } from "@signalbox/protocol";
import type { Price } from "../catalogue/profile.ts";
import type { Savings } from "../store/ledger/ledger-rows.ts";
import { costOf } from "./price.ts";
import { type Removed, usageElsewhere, withoutRemoved, withRemoved } from "./savings-usage.ts";

/** Something that is billed: what was used, at whose price. Undefined: it is not known. */
export interface Billed {
  readonly usage: Usage | undefined;
  readonly price: Price | undefined;
}

/** An attempt that the client's answer came from. */
export interface AnsweringAttempt extends Billed {
  readonly usage: Usage;
  /** `provider/model`, as the baseline is named. */
  readonly place: string;
  readonly provider: string;
  /** An attempt before this one asked the same place: it has seen the parts that were new. */
  readonly again: boolean;
}

export interface Baseline {
  readonly provider: string;
  readonly price: Price | undefined;
}

/** Where a prompt cache held how much of the conversation before this request. */
export interface CachedAt {
  readonly place: string;
  readonly tokens: number;
}

export interface Reckoning {
  /** Milliseconds since 1970: everything is priced as of then. */
  readonly at: number;
  readonly cache?: {
    /** What a hit used when it was answered first; absent: there was no hit. */
    readonly original?: Billed;
    /** What the gateway asked models for to find it. */
    readonly spent: readonly Billed[];
  };
  readonly answers: readonly AnsweringAttempt[];
  readonly compression?: Removed & { readonly audit: boolean };
  /** What would have answered without routing. */
  readonly baseline?: Baseline;
  readonly cachedAt?: CachedAt;
}

export interface Reckoned extends Savings {
  /** What compression would have saved that was only watched. */
  readonly wouldSaveNano?: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * What a request would have cost more without the gateway's features. They are taken away one after the other, the one that stands
 * nearest to the upstream first: compression at the price that was paid, routing with the prompt that there would have been. So the
 * cost and the three savings add up to what it would have cost without any. Undefined: no feature had a part in it.
 */
export function reckon(reckoning: Reckoning): Reckoned | undefined {
  const reckoned: Writable<Reckoned> = {};
  const { cache, answers, compression, baseline } = reckoning;
  const note = (name: Exclude<keyof Reckoned, "unpriced">, nano: number | undefined) => {
    if (nano === undefined) reckoned.unpriced = true;
    else reckoned[name] = nano;
  };
  if (cache !== undefined && (cache.original !== undefined || cache.spent.length > 0))
    note("cacheNano", savedByCache(cache, reckoning.at));
  if (answers.length > 0 && cache?.original === undefined) {
    if (compression !== undefined)
      note(
        compression.audit ? "wouldSaveNano" : "compressionNano",
        sumOf(answers, (one) => compressed(one, reckoning)),
      );
    if (baseline !== undefined)
      note(
        "routingNano",
        sumOf(answers, (one) => routed(one, baseline, reckoning)),
      );
  }
  return Object.keys(reckoned).length === 0 ? undefined : reckoned;
}

function savedByCache({ original, spent }: NonNullable<Reckoning["cache"]>, at: number): number | undefined {
  const cost = sumOf(spent, (billed) => costAt(billed, at));
  const without = original === undefined ? 0 : costAt(original, at);
  return minus(without, cost);
}

function compressed(answer: AnsweringAttempt, { at, compression, cachedAt }: Reckoning): number | undefined {
  const { usage, price } = answer;
  if (compression === undefined) return 0;
  if (compression.audit)
    return minus(costAt(answer, at), costAt({ usage: withoutRemoved(usage, seenBy(answer, compression)), price }, at));
  return minus(costAt({ usage: uncompressed(answer, compression, cachedAt), price }, at), costAt(answer, at));
}

function uncompressed(answer: AnsweringAttempt, removed: Removed, cachedAt: CachedAt | undefined): Usage {
  const held = cachedAt?.place === answer.place ? cachedAt.tokens : 0;
  return withRemoved(answer.usage, seenBy(answer, removed), cachedAt === undefined ? undefined : held);
}

/** What was new for the first attempt is in the cache that the second one reads. */
function seenBy({ again }: AnsweringAttempt, removed: Removed): Removed {
  if (!again) return removed;
  const { freshTokens, historyTokens } = removed;
  return { freshTokens: 0, historyTokens: historyTokens + freshTokens, rewrites: false };
}

function routed(answer: AnsweringAttempt, baseline: Baseline, reckoning: Reckoning): number | undefined {
  const { at, compression, cachedAt } = reckoning;
  const usage =
    compression === undefined || compression.audit ? answer.usage : uncompressed(answer, compression, cachedAt);
  const here = costAt({ usage, price: answer.price }, at);
  const { price, provider } = baseline;
  if (price === undefined) return undefined;
  const leftTokens = cachedAt === undefined || cachedAt.place === answer.place ? 0 : cachedAt.tokens;
  const sameProvider = provider === answer.provider;
  return minus(costAt({ usage: usageElsewhere(usage, { price, at, sameProvider, leftTokens }), price }, at), here);
}

/** Undefined: nobody knows all of it. */
function costAt({ usage, price }: Billed, at: number): number | undefined {
  const cost = costOf(usage, price, at);
  return cost.unpriced ? undefined : cost.nano;
}

function minus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one - other;
}

function sumOf<T>(of: readonly T[], nanoOf: (one: T) => number | undefined): number | undefined {
  let sum: number | undefined = 0;
  for (const one of of) {
    const nano = nanoOf(one);
    sum = sum === undefined || nano === undefined ? undefined : sum + nano;
  }
  return sum;
}
