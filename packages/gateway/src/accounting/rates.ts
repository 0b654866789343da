import type { BillingRules, Price, Tier, TimedFigures } from "../catalogue/profile.ts";
import { isOrdinaryTier } from "../catalogue/tiers.ts";
import type { Figures, Rates } from "../config/price.ts";

/** Nano-dollars for one: the whole ones, and millionths of one besides. Products with counts stay exact that way. */
export interface Rate {
  readonly whole: number;
  readonly millionths: number;
}

/** Undefined: nobody knows what it costs. */
export type ExactRates = { readonly [K in keyof Rates]-?: Rate | undefined };

export interface ExactFigures {
  /** From the longest threshold to the shortest, which is -1. */
  readonly lengths: readonly { readonly above: number; readonly rates: ExactRates | undefined }[];
  readonly search: Rate | undefined;
  readonly request: Rate | undefined;
  readonly pieces: PieceFigures;
}

/** For one of each. */
export interface PieceFigures {
  readonly image: Rate | undefined;
  readonly audioSecond: Rate | undefined;
  readonly minAudioSeconds: number;
  readonly character: Rate | undefined;
  readonly searchUnit: Rate | undefined;
}

const MILLION = 1_000_000;

/** The figures of a price in that tier at that time (ms since 1970); undefined for a tier that has no price. Remembered. */
export function exactFigures(price: Price, tier: string | undefined, at: number): ExactFigures | undefined {
  const name = tier === undefined || isOrdinaryTier(tier) ? "" : tier;
  const known = remembered.get(price) ?? new Map<string, readonly ExactFigures[] | undefined>();
  remembered.set(price, known);
  if (!known.has(name) && (name === "" || price.tiers?.has(name) === true)) known.set(name, compile(price, name));
  return known.get(name)?.[price.times === undefined ? 0 : timeIndex(price.times, at)];
}

/** By price and tier: the price's own figures, then those of each of its times. */
const remembered = new WeakMap<Price, Map<string, readonly ExactFigures[] | undefined>>();

function compile(price: Price, tier: string): readonly ExactFigures[] {
  const tierPrice = price.tiers?.get(tier);
  const rules = price.rules ?? "none";
  return [price, ...(price.times ?? [])].map((figures) => exact(figures, rules, tierPrice));
}

function exact(listed: Figures, rules: BillingRules, tier: Tier | undefined): ExactFigures {
  const figures = tier !== undefined && "figures" in tier ? tier.figures : listed;
  const factor = tier !== undefined && "factor" in tier ? tier.factor : 1;
  const shortOnly = tier !== undefined && "factor" in tier && tier.shortOnly === true;
  const long = (figures.long ?? []).map((rates) => ({
    above: rates.aboveTokens,
    rates: shortOnly ? undefined : exactRates(filled(rates, rules), factor),
  }));
  return {
    lengths: [...long.toReversed(), { above: -1, rates: exactRates(filled(figures, rules), factor) }],
    search: perThousand(figures.perThousandSearches),
    request: perThousand(figures.perThousandRequests),
    pieces: {
      image: perThousand(times(figures.perImage, 1_000)),
      audioSecond: audioSecond(figures.perAudioMinute),
      minAudioSeconds: figures.minAudioSeconds ?? 0,
      character: perMillion(figures.perMillionCharacters),
      searchUnit: perThousand(figures.perThousandSearchUnits),
    },
  };
}

const HOUR_S = 3_600;

/** From the hour, by which vendors tell what a minute costs: 0.04 an hour is a number of nano-dollars, and a minute of it none. */
function audioSecond(perMinute: number | undefined): Rate | undefined {
  if (perMinute === undefined) return undefined;
  const perHour = Math.round(perMinute * 60 * 1_000_000_000);
  const rest = perHour % HOUR_S;
  return { whole: (perHour - rest) / HOUR_S, millionths: Math.round((rest * MILLION) / HOUR_S) };
}

/**
 * What vendors say of rates that their tables leave out:
 * - Anthropic: writes for 5 minutes cost 1.25 and for an hour 2 times the input.
 *   https://platform.claude.com/docs/en/about-claude/pricing#prompt-caching
 * - OpenAI: no discount where there is no price of cached input. https://developers.openai.com/api/docs/pricing
 * - Google: input of all kinds has one price where sound has none of its own. https://ai.google.dev/gemini-api/docs/pricing
 * - All of them: pictures are input tokens like others.
 */
function filled(rates: Rates, rules: BillingRules): Partial<Rates> {
  if (rules === "own") return everything(rates);
  const known = { ...vendorsWord(rates, rules), ...rates };
  if (known.imageInput !== undefined) return known;
  return {
    ...known,
    imageInput: known.input,
    ...(known.cacheRead === undefined ? {} : { imageCacheRead: known.cacheRead }),
  };
}

function vendorsWord({ input, cacheRead, audioInput }: Rates, rules: Exclude<BillingRules, "own">): Partial<Rates> {
  switch (rules) {
    case "anthropic":
      return { cacheWrite5m: input * 1.25, cacheWrite1h: input * 2 };
    case "openai":
      return { cacheRead: input };
    case "google":
      if (audioInput !== undefined) return {};
      return { audioInput: input, ...(cacheRead === undefined ? {} : { audioCacheRead: cacheRead }) };
    case "none":
      return {};
  }
}

/** An operator's figures are all that there is to know: a kind without one costs what it is a kind of. */
function everything(rates: Rates): Rates {
  const { input, output, cacheRead = input, cacheWrite5m = input } = rates;
  return {
    cacheRead,
    cacheWrite5m,
    cacheWrite1h: cacheWrite5m,
    audioInput: input,
    audioCacheRead: rates.audioInput ?? cacheRead,
    audioOutput: output,
    imageInput: input,
    imageCacheRead: rates.imageInput ?? cacheRead,
    imageOutput: output,
    ...rates,
  };
}

function exactRates(rates: Partial<Rates>, factor: number): ExactRates {
  const of = (name: keyof Rates): Rate | undefined => {
    const dollars = rates[name];
    return dollars === undefined ? undefined : rateOf(Math.round(dollars * factor * 1_000_000_000));
  };
  return {
    input: of("input"),
    output: of("output"),
    cacheRead: of("cacheRead"),
    cacheWrite5m: of("cacheWrite5m"),
    cacheWrite1h: of("cacheWrite1h"),
    reasoning: of("reasoning"),
    audioInput: of("audioInput"),
    audioCacheRead: of("audioCacheRead"),
    audioOutput: of("audioOutput"),
    imageInput: of("imageInput"),
    imageCacheRead: of("imageCacheRead"),
    imageOutput: of("imageOutput"),
  };
}

function perMillion(dollars: number | undefined): Rate | undefined {
  return dollars === undefined ? undefined : rateOf(Math.round(dollars * 1_000_000_000));
}

function times(dollars: number | undefined, factor: number): number | undefined {
  return dollars === undefined ? undefined : dollars * factor;
}

function rateOf(nanoPerMillion: number): Rate {
  const millionths = nanoPerMillion % MILLION;
  return { whole: (nanoPerMillion - millionths) / MILLION, millionths };
}

/** A thousandth of so many dollars is so many million nano-dollars. */
function perThousand(dollars: number | undefined): Rate | undefined {
  return dollars === undefined ? undefined : { whole: Math.round(dollars * MILLION), millionths: 0 };
}

const DAY_MS = 86_400_000;

/** 0 for the price's own figures, else 1 + the index of the last time that holds. */
function timeIndex(times: readonly TimedFigures[], at: number): number {
  return times.findLastIndex((time) => holds(time, at)) + 1;
}

function holds({ from, hours, workdays }: TimedFigures, at: number): boolean {
  if (from !== undefined && at < Date.parse(`${from}T00:00:00Z`)) return false;
  const days = Math.floor(at / DAY_MS);
  // The first of January 1970 was a Thursday.
  if (workdays === true && [0, 6].includes((((days + 4) % 7) + 7) % 7)) return false;
  if (hours === undefined) return true;
  const minute = Math.floor((at - days * DAY_MS) / 60_000);
  return hours.some(([start = 0, end = 0]) =>
    end < start ? minute >= start || minute < end : minute >= start && minute < end,
  );
}

/** The rates for an input of that length, cached tokens included; undefined where such a length has no price. */
export function ratesAt({ lengths }: ExactFigures, inputTokens: number): ExactRates | undefined {
  return lengths.find(({ above }) => inputTokens > above)?.rates;
}
