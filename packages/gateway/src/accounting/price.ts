import type { Usage } from "@signalbox/protocol";
import type { Price } from "../catalogue/profile.ts";
import { isOrdinaryTier } from "../catalogue/tiers.ts";
import { billedPieces, pieceNames, untold } from "./pieces.ts";
import { type ExactRates, exactFigures, type Rate, ratesAt } from "./rates.ts";
import { LARGEST_COUNT, Tally } from "./tally.ts";

/** What a call cost, in whole nano-dollars. */
export type Cost =
  | {
      readonly unpriced: false;
      readonly nano: number;
      /** The id of the price, with the tier where it was not the ordinary one: `openai/gpt-5@2026-11-21+flex`. */
      readonly price?: string;
    }
  | {
      readonly unpriced: true;
      /** Of what has a price: the bill is not lower. */
      readonly nano: number;
      /** Completes "it is not known what it cost, because". */
      readonly why: string;
      readonly price?: string;
    };

/** Of a call that failed before the model wrote anything. */
export const NOTHING_USED: Cost = { unpriced: false, nano: 0 };

/**
 * What the vendor bills for this usage, at the prices of the moment at which it was asked (ms since 1970, or a Date). Usage is
 * disjoint, so nothing is billed twice. What was used and has no price is told, and never counts as free or as something else.
 */
export function costOf(usage: Usage | undefined, price: Price | undefined, at: Date | number): Cost {
  if (usage === undefined) return unknown(0, "the upstream did not tell what it used");
  if (price === undefined) return unknown(0, "the price of this model is not known");
  const tier = usage.serviceTier;
  const figures = exactFigures(price, tier, Number(at));
  // An upstream's word for a tier may be anything: it becomes part of an id only where we know it.
  if (figures === undefined) {
    return unknown(0, `the price of the service tier '${tier?.slice(0, 40)}' is not known`, price.id);
  }
  const id = isOrdinaryTier(tier) ? price.id : `${price.id}+${tier}`;
  const nonsense = impossible(usage);
  if (nonsense !== undefined) return unknown(0, nonsense, id);
  const counts = countsOf(usage);
  const rates = ratesAt(figures, counts.prompt);
  if (rates === undefined)
    return unknown(0, `the price of so long an input in the service tier '${tier}' is not known`, id);
  const problem = untold(usage, figures, rates);
  if (problem !== undefined) return unknown(0, problem, id);
  const bill = new Bill();
  billTokens(bill, counts, rates);
  for (const { what, count, rate } of billedPieces(usage, figures.pieces, rates)) bill.add(what, count, rate);
  if (figures.request !== undefined) bill.add("a request", 1, figures.request);
  bill.add("searches of the web", usage.webSearches ?? 0, figures.search);
  if ((usage.otherCharges ?? 0) > 0) bill.leaveOut("calls of other tools of the vendor");
  if (price.unlisted !== undefined) bill.leaveOut(price.unlisted);
  return bill.total(id);
}

function unknown(nano: number, why: string, price?: string): Cost {
  return { unpriced: true, nano, why, ...(price === undefined ? {} : { price }) };
}

class Bill {
  readonly #tally = new Tally();
  readonly #missing: string[] = [];

  add(what: string, count: number, rate: Rate | undefined): void {
    if (count === 0) return;
    if (rate === undefined) this.#missing.push(what);
    else this.#tally.add(count, rate);
  }

  leaveOut(what: string): void {
    this.#missing.push(what);
  }

  total(price: string): Cost {
    const nano = this.#tally.nano();
    if (nano === undefined) return unknown(0, "it would be more than any request costs", price);
    if (this.#missing.length === 0) return { unpriced: false, nano, price };
    return unknown(nano, `there is no price for ${this.#missing.join(" and ")}`, price);
  }
}

const COUNTS = [
  "inputTokens",
  "cacheReadTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "outputTokens",
  "reasoningTokens",
  "audioInputTokens",
  "audioOutputTokens",
  "imageInputTokens",
  "imageOutputTokens",
  "audioCacheReadTokens",
  "imageCacheReadTokens",
  "webSearches",
  ...pieceNames,
] as const;

/** Why no sum can be made of it. */
function impossible(usage: Usage): string | undefined {
  for (const name of COUNTS) {
    const count = usage[name];
    if (count !== undefined && !isCount(count)) return `the upstream told ${count} ${name}`;
  }
  return undefined;
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= LARGEST_COUNT;
}

interface Counts {
  /** All of the input. */
  readonly prompt: number;
  readonly text: Kinds;
  readonly audio: Kinds;
  readonly image: Kinds;
  readonly reasoning: number;
  readonly write5m: number;
  readonly write1h: number;
  /** Sound or pictures are among the input, and how much of those came from the cache was not told. */
  readonly audioCacheUntold: boolean;
  readonly imageCacheUntold: boolean;
}

interface Kinds {
  /** Not from the cache. */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** The parts by what they are, each token in one of them. A part that is told to be longer than its whole is cut to it. */
function countsOf(usage: Usage): Counts {
  const { inputTokens = 0, cacheReadTokens = 0, outputTokens = 0 } = usage;
  const { cacheWrite5mTokens: write5m = 0, cacheWrite1hTokens: write1h = 0 } = usage;
  const { audioInputTokens = 0, imageInputTokens = 0, audioCacheReadTokens = 0, imageCacheReadTokens = 0 } = usage;
  const audioCached = Math.min(audioCacheReadTokens, cacheReadTokens);
  const imageCached = Math.min(imageCacheReadTokens, cacheReadTokens - audioCached);
  const audioInput = Math.min(Math.max(0, audioInputTokens - audioCached), inputTokens);
  const imageInput = Math.min(Math.max(0, imageInputTokens - imageCached), inputTokens - audioInput);
  const audioOutput = Math.min(usage.audioOutputTokens ?? 0, outputTokens);
  const imageOutput = Math.min(usage.imageOutputTokens ?? 0, outputTokens - audioOutput);
  const textOutput = outputTokens - audioOutput - imageOutput;
  const cached = cacheReadTokens > 0;
  return {
    prompt: inputTokens + cacheReadTokens + write5m + write1h,
    text: {
      input: inputTokens - audioInput - imageInput,
      cached: cacheReadTokens - audioCached - imageCached,
      output: textOutput,
    },
    audio: { input: audioInput, cached: audioCached, output: audioOutput },
    image: { input: imageInput, cached: imageCached, output: imageOutput },
    reasoning: Math.min(usage.reasoningTokens ?? 0, textOutput),
    write5m,
    write1h,
    audioCacheUntold: cached && audioInputTokens > 0 && usage.audioCacheReadTokens === undefined,
    imageCacheUntold: cached && imageInputTokens > 0 && usage.imageCacheReadTokens === undefined,
  };
}

function billTokens(bill: Bill, counts: Counts, rates: ExactRates): void {
  const { text, audio, image } = counts;
  const apart = rates.reasoning === undefined ? 0 : counts.reasoning;
  bill.add("input", text.input, rates.input);
  bill.add("output", text.output - apart, rates.output);
  bill.add("reasoning", apart, rates.reasoning);
  bill.add("input that was read from a cache", text.cached, rates.cacheRead);
  bill.add("input that was written to a cache", counts.write5m, rates.cacheWrite5m);
  bill.add("input that was written to a cache for long", counts.write1h, rates.cacheWrite1h);
  bill.add("sound in the input", audio.input, rates.audioInput);
  bill.add("sound that was read from a cache", audio.cached, rates.audioCacheRead);
  bill.add("sound in the output", audio.output, rates.audioOutput);
  bill.add("pictures in the input", image.input, rates.imageInput);
  bill.add("pictures that were read from a cache", image.cached, rates.imageCacheRead);
  bill.add("pictures in the output", image.output, rates.imageOutput);
  if (
    counts.audioCacheUntold &&
    !(same(rates.audioInput, rates.input) && same(rates.audioCacheRead, rates.cacheRead))
  ) {
    bill.leaveOut("sound of which nobody told how much was read from a cache");
  }
  if (
    counts.imageCacheUntold &&
    !(same(rates.imageInput, rates.input) && same(rates.imageCacheRead, rates.cacheRead))
  ) {
    bill.leaveOut("pictures of which nobody told how much was read from a cache");
  }
}

function same(one: Rate | undefined, other: Rate | undefined): boolean {
  return one?.whole === other?.whole && one?.millionths === other?.millionths;
}
