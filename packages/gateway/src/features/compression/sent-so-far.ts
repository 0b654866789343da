import { estimateTokens } from "./estimate-tokens.ts";
import { FIRST_SAVED, LEAST_SAVED } from "./levels.ts";

/** What is known of the prompt before a text, as it is sent: whether shortening the text can cost more than it saves. */
export interface SentSoFar {
  readonly add: (text: string, sent?: SentText) => void;
  /** With so many tokens more the prompt is as long as a cache wants it. */
  readonly isEnoughWith: (tokens: number) => boolean;
  /** With so many tokens saved here, more is saved in all than a cache may read less. */
  readonly isWorth: (saved: number) => boolean;
}

export interface SentText {
  /** At least. */
  readonly leastTokens: number;
  readonly savedTokens: number;
}

/** Vendors count otherwise than the estimate does, by so much. */
const MARGIN = 1.15;

/** What is no text is not counted, and nothing once there is enough. Without a floor there is no cache. */
export function startSending(floorTokens: number | undefined): SentSoFar {
  const enough = (floorTokens ?? 0) * MARGIN;
  const first = floorTokens === undefined ? LEAST_SAVED : FIRST_SAVED;
  let sum = 0;
  let saved = 0;
  return {
    add(text, sent) {
      saved += sent?.savedTokens ?? 0;
      if (sum < enough) sum += sent?.leastTokens ?? estimateTokens(text);
    },
    isEnoughWith: (tokens) => sum + tokens >= enough,
    isWorth: (tokens) => tokens >= LEAST_SAVED && saved + tokens >= first,
  };
}
