import type { JsonValue } from "./json.ts";

/**
 * What a request used, in tokens. The four input kinds are **disjoint**: their sum is the whole prompt. Absent means
 * "the upstream did not say", which is not zero. No field is ever negative.
 *
 * Wire habits differ and each dialect's `usage.ts` converts: OpenAI's and Gemini's input totals include cached tokens,
 * Anthropic's `input_tokens` excludes them; Gemini's `candidatesTokenCount` excludes thoughts, OpenAI's output total
 * includes reasoning.
 */
export interface Usage {
  /** Input tokens neither read from nor written to a cache. */
  readonly inputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens?: number;
  /** The part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens?: number;
  /** Parts of the input and of the output, by modality. */
  readonly audioInputTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageInputTokens?: number;
  readonly imageOutputTokens?: number;
  /** The parts of `cacheReadTokens` that are sound and pictures; they count in the input's parts too. */
  readonly audioCacheReadTokens?: number;
  readonly imageCacheReadTokens?: number;
  /** Searches of the web by the vendor's own tool, which vendors bill by their number. */
  readonly webSearches?: number;
  /** Pictures that were made, where they are billed by the piece. */
  readonly images?: number;
  /** Seconds of sound that were listened to, in whole. */
  readonly audioSeconds?: number;
  /** Characters that were spoken. */
  readonly characters?: number;
  /** Searches, as vendors of ranking count them. */
  readonly searchUnits?: number;
  /** How many things else the vendor may bill that no count here stands for: containers, searches of files, seconds of sound. */
  readonly otherCharges?: number;
  /** How the upstream served it, in its own word, where its price depends on that: `default`, `flex`, `priority`, `fast`. */
  readonly serviceTier?: string;
  /** The upstream's own usage object. */
  readonly raw?: JsonValue;
}

type Count = Exclude<keyof Usage, "raw" | "serviceTier">;

/** `total - parts`, never negative: vendors have been seen to report parts larger than their total. */
export function remainder(total: number, ...parts: readonly (number | undefined)[]): number {
  return Math.max(
    0,
    parts.reduce<number>((rest, part) => rest - (part ?? 0), total),
  );
}

/** The whole prompt, or undefined when the upstream said nothing about it. */
export function totalInputTokens(usage: Usage): number | undefined {
  const kinds = [usage.inputTokens, usage.cacheReadTokens, usage.cacheWrite5mTokens, usage.cacheWrite1hTokens];
  const known = kinds.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}

/** Later reports replace earlier ones field by field: streams report usage in pieces. */
export function mergeUsage(earlier: Usage | undefined, later: Usage | undefined): Usage | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  return { ...earlier, ...later };
}

/**
 * What two calls used together; counts that neither told stay absent. The upstreams' own objects are of one call each and
 * left out, and so is a tier that they do not share.
 */
export function addUsage(one: Usage | undefined, other: Usage | undefined): Usage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const { raw: _one, serviceTier: tier, ...first } = one;
  const { raw: _other, serviceTier: otherTier, ...second } = other;
  const sum: Record<string, number> = { ...first };
  for (const [kind, count] of Object.entries(second)) sum[kind] = (sum[kind] ?? 0) + count;
  return tier === undefined || tier !== otherTier ? sum : { ...sum, serviceTier: tier };
}

/** The usage with how it was served; nothing where no usage was told. */
export function servedAs(usage: Usage | undefined, tier: string | undefined): Usage | undefined {
  return usage === undefined || tier === undefined || tier === "" ? usage : { ...usage, serviceTier: tier };
}

/** Drops absent, non-finite and negative counts, so that a codec can map wire fields without a guard on each. */
export function usageOf(
  counts: { readonly [K in Count]?: number | undefined },
  raw?: JsonValue,
  serviceTier?: string,
): Usage {
  const kept = Object.entries(counts).filter(
    ([, count]) => count !== undefined && Number.isFinite(count) && count >= 0,
  );
  return {
    ...Object.fromEntries(kept),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(raw === undefined ? {} : { raw }),
  };
}
