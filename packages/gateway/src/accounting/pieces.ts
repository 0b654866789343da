import type { Usage } from "@signalbox/protocol";
import type { ExactFigures, ExactRates, PieceFigures, Rate } from "./rates.ts";

/** What is counted by the piece. */
type PieceCounts = Pick<Usage, "images" | "audioSeconds" | "characters" | "searchUnits">;

export const pieceNames = ["images", "audioSeconds", "characters", "searchUnits"] as const;

export interface PieceOfBill {
  readonly what: string;
  readonly count: number;
  readonly rate: Rate | undefined;
}

/** Whether the upstream told how many pieces it was. */
function toldPieces(usage: Usage): boolean {
  return pieceNames.some((name) => usage[name] !== undefined);
}

function toldTokens({ inputTokens, outputTokens }: Usage): boolean {
  return inputTokens !== undefined || outputTokens !== undefined;
}

/**
 * The pieces that are billed, each once. A vendor bills one call by its tokens or by its pieces: where the upstream told tokens, and
 * they have a price, they stand for the pieces as well. `gpt-4o-transcribe` is billed by tokens and `whisper-1` by the minute:
 * https://developers.openai.com/api/docs/pricing#transcription-and-speech-generation
 */
export function billedPieces(usage: Usage, pieces: PieceFigures, rates: ExactRates): readonly PieceOfBill[] {
  if (toldTokens(usage) && (costsTokens(rates) || !hasPieceRates(pieces))) return [];
  return piecesOf(usage, pieces);
}

function piecesOf(counts: PieceCounts, pieces: PieceFigures): readonly PieceOfBill[] {
  const { images = 0, audioSeconds = 0, characters = 0, searchUnits = 0 } = counts;
  const seconds = audioSeconds === 0 ? 0 : Math.max(audioSeconds, pieces.minAudioSeconds);
  return [
    { what: "a picture that was made", count: images, rate: pieces.image },
    { what: "a minute of sound that was heard", count: seconds, rate: pieces.audioSecond },
    { what: "characters that were spoken", count: characters, rate: pieces.character },
    { what: "searches of a ranking", count: searchUnits, rate: pieces.searchUnit },
  ];
}

function hasPieceRates({ image, audioSecond, character, searchUnit }: PieceFigures): boolean {
  return [image, audioSecond, character, searchUnit].some((rate) => rate !== undefined);
}

const costs = (rate: Rate | undefined): boolean => rate !== undefined && (rate.whole > 0 || rate.millionths > 0);

const costsInput = (rates: ExactRates): boolean =>
  [rates.input, rates.cacheRead, rates.cacheWrite5m, rates.cacheWrite1h, rates.audioInput, rates.imageInput].some(
    costs,
  );

const costsOutput = (rates: ExactRates): boolean =>
  [rates.output, rates.reasoning, rates.audioOutput, rates.imageOutput].some(costs);

const costsTokens = (rates: ExactRates): boolean => costsInput(rates) || costsOutput(rates);

/**
 * What is missing to make a sum of it; undefined: nothing. Pieces are enough where no tokens are told, and what costs nothing need not
 * be told at all: the output of embeddings.
 */
export function untold(usage: Usage, { pieces }: ExactFigures, rates: ExactRates): string | undefined {
  if (!toldTokens(usage) && toldPieces(usage)) return undefined;
  if (hasPieceRates(pieces) && !(toldTokens(usage) && costsTokens(rates))) {
    return toldPieces(usage) ? undefined : "the upstream did not tell how much of it was used";
  }
  if (usage.inputTokens === undefined && costsInput(rates)) return "the upstream did not tell how long the input was";
  if (usage.outputTokens === undefined && costsOutput(rates)) return "the upstream did not tell how much it wrote";
  return undefined;
}
