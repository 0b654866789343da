import { modelFacts } from "../catalogue/catalogue.ts";
import { priceOf } from "../catalogue/prices.ts";
import type { Price } from "../catalogue/profile.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { type ExactRates, exactFigures, type Rate, ratesAt } from "./rates.ts";
import { LARGEST_COUNT, Tally } from "./tally.ts";

/** Who may be asked; a routing target is one. */
export interface Payable {
  readonly provider: Pick<ResolvedProvider, "id" | "models">;
  readonly model: string;
}

/** What a request may use at most. */
export interface WorstTokens {
  readonly input: number;
  readonly output: number;
  /** Over so many calls; absent: one. */
  readonly calls?: number;
  /** Sound goes in or out. */
  readonly audio?: boolean;
  /** What the request asks for. */
  readonly serviceTier?: string;
}

/** Where neither the client nor the model says how long an answer may be. */
const DEFAULT_OUTPUT = 4_096;
const LARGEST_OUTPUT = 131_072;

/** How long an answer can be: what was asked, and no more than the model writes at all. */
export function outputCap({ provider, model }: Payable, asked: number | undefined): number {
  const { maxOutputTokens } = modelFacts(provider, model);
  const wanted = asked === undefined || !(asked >= 0) ? (maxOutputTokens ?? DEFAULT_OUTPUT) : Math.ceil(asked);
  return Math.min(wanted, maxOutputTokens ?? LARGEST_OUTPUT);
}

/**
 * Nano-dollars to hold for a request that any of these may answer, at `at` (ms since 1970): the dearest of them, all of its input
 * at its dearest rate, written to a cache say. What has no price counts as 0. Fees of hosted tools are not among it.
 */
export function worstCaseNano(targets: readonly Payable[], tokens: WorstTokens, at: Date | number): number {
  let most = 0;
  for (const { provider, model } of targets) {
    const price = priceOf(provider, model);
    if (price !== undefined) most = Math.max(most, worstOf(price, tokens, Number(at)));
  }
  return most;
}

/** The dearest of these prices. */
export function worstCase(prices: readonly Price[], tokens: WorstTokens, at: Date | number): number {
  return Math.max(0, ...prices.map((price) => worstOf(price, tokens, Number(at))));
}

function worstOf(price: Price, tokens: WorstTokens, at: number): number {
  const figures = exactFigures(price, tokens.serviceTier, at) ?? exactFigures(price, undefined, at);
  if (figures === undefined) return 0;
  const input = countOf(tokens.input);
  // Fast tiers leave long inputs out; then the listed rates for them are the best guess.
  const rates = ratesAt(figures, input) ?? ratesAt(exactFigures(price, undefined, at) ?? figures, input);
  if (rates === undefined) return 0;
  const tally = new Tally();
  const dearestOf = dearestRates(rates)[tokens.audio === true ? "withAudio" : "withoutAudio"];
  tally.add(input, dearestOf.input);
  tally.add(countOf(tokens.output), dearestOf.output);
  if (figures.request !== undefined) tally.add(countOf(tokens.calls ?? 1), figures.request);
  return tally.nano() ?? Number.MAX_SAFE_INTEGER;
}

function countOf(tokens: number): number {
  return tokens > 0 ? Math.min(LARGEST_COUNT, Math.ceil(tokens)) : 0;
}

interface Dearest {
  readonly input: Rate;
  readonly output: Rate;
}

const remembered = new WeakMap<ExactRates, { readonly withAudio: Dearest; readonly withoutAudio: Dearest }>();

function dearestRates(rates: ExactRates) {
  const known = remembered.get(rates);
  if (known !== undefined) return known;
  const of = (audio: boolean): Dearest => ({
    input: dearest(inputRates(rates, audio)),
    output: dearest(outputRates(rates, audio)),
  });
  const found = { withAudio: of(true), withoutAudio: of(false) };
  remembered.set(rates, found);
  return found;
}

function inputRates(rates: ExactRates, audio: boolean): readonly (Rate | undefined)[] {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, imageInput } = rates;
  return [input, cacheRead, cacheWrite5m, cacheWrite1h, imageInput, ...(audio ? [rates.audioInput] : [])];
}

function outputRates(rates: ExactRates, audio: boolean): readonly (Rate | undefined)[] {
  return [rates.output, rates.reasoning, rates.imageOutput, ...(audio ? [rates.audioOutput] : [])];
}

const FREE: Rate = { whole: 0, millionths: 0 };

function dearest(rates: readonly (Rate | undefined)[]): Rate {
  return rates.reduce<Rate>((most, rate) => (rate !== undefined && isDearer(rate, most) ? rate : most), FREE);
}

function isDearer(one: Rate, other: Rate): boolean {
  return one.whole > other.whole || (one.whole === other.whole && one.millionths > other.millionths);
}
