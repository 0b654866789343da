import { totalInputTokens, type Usage } from "@signalbox/protocol";
import type { Price } from "../catalogue/profile.ts";
import { exactFigures, ratesAt } from "./rates.ts";

/** What compression took out of a prompt, in tokens. */
export interface Removed {
  /** Of the parts that were new in this turn. */
  readonly freshTokens: number;
  /** Of the turns before. */
  readonly historyTokens: number;
  /** An upstream's cache of the conversation did not fit the prompt any more. */
  readonly rewrites: boolean;
}

type InputKind = "inputTokens" | "cacheReadTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens";

/** The prompt as it would have been. `cachedTokens`: what the upstream's cache held of the conversation; undefined is unknown. */
export function withRemoved(usage: Usage, removed: Removed, cachedTokens?: number): Usage {
  const { freshTokens, historyTokens, rewrites } = removed;
  return plus(withHistory(usage, { historyTokens, rewrites }, cachedTokens), newInputKind(usage), freshTokens);
}

/**
 * With a cache that still fits, what it held is read again. Where nobody knows how much that was, all that was written was rewritten;
 * and where nothing was written either, all of the prompt: the least that compression can have saved.
 */
function withHistory(
  usage: Usage,
  { historyTokens, rewrites }: Omit<Removed, "freshTokens">,
  cachedTokens: number | undefined,
): Usage {
  const { inputTokens = 0, cacheReadTokens = 0, cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 } = usage;
  if (!rewrites) return plus(usage, cacheReadTokens > 0 ? "cacheReadTokens" : "inputTokens", historyTokens);
  const written = cacheWrite5mTokens + cacheWrite1hTokens;
  const held = cachedTokens ?? Number.POSITIVE_INFINITY;
  const ofHistory = Math.min(historyTokens, held);
  const others = cachedTokens === undefined ? written || inputTokens : held - ofHistory - cacheReadTokens;
  const reading = plus(readInstead(usage, others), "cacheReadTokens", ofHistory);
  return plus(reading, "inputTokens", historyTokens - ofHistory);
}

/** The same of a prompt from which nothing was taken: what it would have been without those tokens, as far as it has them. */
export function withoutRemoved(usage: Usage, { freshTokens, historyTokens }: Removed): Usage {
  const fresh = minus(usage, [newInputKind(usage), "inputTokens"], freshTokens);
  return minus(fresh, ["cacheReadTokens", "inputTokens"], historyTokens);
}

/** How most of what was new in the prompt was billed. */
function newInputKind({ inputTokens = 0, cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 }: Usage): InputKind {
  if (inputTokens > Math.max(cacheWrite5mTokens, cacheWrite1hTokens)) return "inputTokens";
  if (cacheWrite5mTokens > 0 || cacheWrite1hTokens > 0)
    return cacheWrite5mTokens >= cacheWrite1hTokens ? "cacheWrite5mTokens" : "cacheWrite1hTokens";
  return "inputTokens";
}

export interface Elsewhere {
  readonly price: Price;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The vendor's tiers are the same there. */
  readonly sameProvider: boolean;
  /** What a cache held of the conversation at a place that this request has left: at the other place it would have been read. */
  readonly leftTokens: number;
}

/**
 * The same usage as another vendor would have billed it. Writing to a cache is ordinary input where it has no price of its own.
 * https://developers.openai.com/api/docs/guides/prompt-caching
 */
export function usageElsewhere(usage: Usage, { price, at, sameProvider, leftTokens }: Elsewhere): Usage {
  const { raw: _raw, serviceTier, ...counts } = usage;
  const read = readInstead(counts, leftTokens - (counts.cacheReadTokens ?? 0));
  const tier = sameProvider ? serviceTier : undefined;
  const figures = exactFigures(price, tier, at);
  const rates = figures === undefined ? undefined : ratesAt(figures, totalInputTokens(read) ?? 0);
  const served = tier === undefined ? read : { ...read, serviceTier: tier };
  if (rates === undefined) return served;
  const short = rates.cacheWrite1h === undefined ? moved(served, "cacheWrite1hTokens", "cacheWrite5mTokens") : served;
  return rates.cacheWrite5m === undefined ? moved(short, "cacheWrite5mTokens", "inputTokens") : short;
}

/** So many more tokens were read from a cache, of those that were written to it first: writing is dearer. */
function readInstead(usage: Usage, tokens: number): Usage {
  if (tokens <= 0) return usage;
  const left = minus(usage, ["cacheWrite1hTokens", "cacheWrite5mTokens", "inputTokens"], tokens);
  return plus(left, "cacheReadTokens", (totalInputTokens(usage) ?? 0) - (totalInputTokens(left) ?? 0));
}

function moved(usage: Usage, from: InputKind, to: InputKind): Usage {
  const tokens = usage[from] ?? 0;
  return tokens === 0 ? usage : plus({ ...usage, [from]: 0 }, to, tokens);
}

function plus(usage: Usage, kind: InputKind, tokens: number): Usage {
  return tokens <= 0 ? usage : { ...usage, [kind]: (usage[kind] ?? 0) + tokens };
}

/** Taken from the first kind, then from the next, as far as they go. */
function minus(usage: Usage, kinds: readonly InputKind[], tokens: number): Usage {
  let rest = Math.max(0, tokens);
  const left: { [K in InputKind]?: number } = {};
  for (const kind of new Set(kinds)) {
    const count = usage[kind] ?? 0;
    const taken = Math.min(count, rest);
    if (taken > 0) left[kind] = count - taken;
    rest -= taken;
  }
  return { ...usage, ...left };
}
