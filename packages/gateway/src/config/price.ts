import { z } from "zod";

/** US dollars per million tokens. */
export interface Rates {
  /** Of text, and of whatever has no rate of its own here. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  /** What is kept for minutes (Anthropic: 5, OpenAI: 30), and for hours (1, 12). */
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  /** Where it differs from other output. */
  readonly reasoning?: number;
  readonly audioInput?: number;
  readonly audioCacheRead?: number;
  readonly audioOutput?: number;
  readonly imageInput?: number;
  readonly imageCacheRead?: number;
  readonly imageOutput?: number;
}

/** What a whole request costs when its input, cached tokens included, is longer. */
export interface LongRates extends Rates {
  readonly aboveTokens: number;
}

/** US dollars for what some models are billed by instead of tokens. */
export interface PieceRates {
  /** Of a picture that is made, where all of them cost the same. */
  readonly perImage?: number;
  readonly perAudioMinute?: number;
  /** Shorter sound is billed as long as that. */
  readonly minAudioSeconds?: number;
  /** That are spoken. */
  readonly perMillionCharacters?: number;
  /** As vendors of ranking count them. */
  readonly perThousandSearchUnits?: number;
}

export interface Figures extends Rates, PieceRates {
  /** From the shortest threshold to the longest. */
  readonly long?: readonly LongRates[];
  /** US dollars per thousand: searches of the web by the vendor's tool, and requests of any kind. */
  readonly perThousandSearches?: number;
  readonly perThousandRequests?: number;
}

/** A service tier's: a factor for every rate of tokens, or figures of its own. */
export type TierPrice = number | Figures;

/** A price as an operator writes it. */
export interface WrittenPrice extends Figures {
  readonly tiers?: Readonly<Record<string, TierPrice>>;
}

export const rateNames = [
  "input",
  "output",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "reasoning",
  "audioInput",
  "audioCacheRead",
  "audioOutput",
  "imageInput",
  "imageCacheRead",
  "imageOutput",
] as const;

export const pieceRateNames = [
  "perImage",
  "perAudioMinute",
  "minAudioSeconds",
  "perMillionCharacters",
  "perThousandSearchUnits",
] as const satisfies readonly (keyof PieceRates)[];

const MISSING = "write input and output, or what it costs by the piece";

/** With the largest factor still whole nano-dollars that a number holds. */
const dollars = z.number().min(0).max(100_000);
const someDollars = dollars.exactOptional();

const rates = z.strictObject({
  input: dollars,
  output: dollars,
  cacheRead: someDollars,
  cacheWrite5m: someDollars,
  cacheWrite1h: someDollars,
  reasoning: someDollars,
  audioInput: someDollars,
  audioCacheRead: someDollars,
  audioOutput: someDollars,
  imageInput: someDollars,
  imageCacheRead: someDollars,
  imageOutput: someDollars,
});

const figures = rates.extend({
  // What is billed by the piece alone has no rates of tokens.
  input: someDollars,
  output: someDollars,
  long: z
    .array(rates.extend({ aboveTokens: z.int().positive() }))
    .min(1)
    .refine(ascends, "write each threshold once, the shortest first")
    .exactOptional(),
  perThousandSearches: someDollars,
  perThousandRequests: someDollars,
  perImage: someDollars,
  perAudioMinute: someDollars,
  minAudioSeconds: z.int().positive().max(86_400).exactOptional(),
  perMillionCharacters: someDollars,
  perThousandSearchUnits: someDollars,
});

interface LoosePrice extends PieceRates {
  readonly input?: number;
  readonly output?: number;
}

const tokenRates = <P extends LoosePrice>(price: P) => ({
  ...price,
  input: price.input ?? 0,
  output: price.output ?? 0,
});

export const priceSchema = figures
  .extend({
    tiers: z
      .record(
        z.string().min(1),
        z.union([z.number().min(0).max(50), figures.refine(isWhole, MISSING).transform(tokenRates)]),
      )
      .exactOptional(),
  })
  .refine(isWhole, MISSING)
  .transform(tokenRates);

/** Half a price is a slip of the pen: what was left out would be free. */
function isWhole({ input, output, ...pieces }: LoosePrice): boolean {
  if (input !== undefined || output !== undefined) return input !== undefined && output !== undefined;
  return pieceRateNames.some((name) => name !== "minAudioSeconds" && pieces[name] !== undefined);
}

function ascends(long: readonly { readonly aboveTokens: number }[]): boolean {
  return long.every(({ aboveTokens }, index) => aboveTokens > (long[index - 1]?.aboveTokens ?? 0));
}
