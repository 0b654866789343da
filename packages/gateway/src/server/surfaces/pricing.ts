import { compact, type JsonObject } from "@signalbox/protocol";
import type { Price } from "../../catalogue/profile.ts";

/**
 * US dollars per token, as OpenRouter and AnyRouter list them: decimal text, so that a price of billionths is neither rounded nor
 * written with an exponent. https://openrouter.ai/docs/api-reference/list-available-models
 */
export function tokenPrices(price: Price): JsonObject {
  const { input, output, perImage, perAudioMinute } = price;
  return compact({
    prompt: perToken(input),
    completion: perToken(output),
    input_cache_read: maybe(price.cacheRead, perToken),
    input_cache_write: maybe(price.cacheWrite5m, perToken),
    internal_reasoning: maybe(price.reasoning, perToken),
    audio: maybe(price.audioInput, perToken),
    audio_output: maybe(price.audioOutput, perToken),
    image_token: maybe(price.imageInput, perToken),
    image_output: maybe(price.imageOutput, perToken),
    request: maybe(price.perThousandRequests, perPiece),
    web_search: maybe(price.perThousandSearches, perPiece),
    // What OpenRouter has no word for, but `image`: a picture, a second of sound that is heard, a character that is spoken, a search.
    image: maybe(perImage, decimal),
    audio_second: maybe(perAudioMinute, (dollars) => decimal(dollars / 60)),
    character: maybe(price.perMillionCharacters, perToken),
    search_unit: maybe(price.perThousandSearchUnits, perPiece),
  });
}

const maybe = (dollars: number | undefined, text: (dollars: number) => string): string | undefined =>
  dollars === undefined ? undefined : text(dollars);

const perPiece = (perThousand: number): string => decimal(perThousand / 1_000);

/** The same as numbers, as Inworld lists them. */
export function tokenPriceNumbers({ input, output }: Price): JsonObject {
  return { prompt: Number(perToken(input)), completion: Number(perToken(output)) };
}

/** Enough decimals for a price that is itself given in millionths of a dollar. */
const DECIMALS = 15;

/** The division by a million leaves noise behind the last decimal that any price has. */
const perToken = (perMillion: number): string => decimal(perMillion / 1_000_000);

function decimal(dollars: number): string {
  return dollars.toFixed(DECIMALS).replace(/\.?0+$/, "");
}
