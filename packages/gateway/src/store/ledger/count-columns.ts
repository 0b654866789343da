import type { TokenCounts } from "./ledger-rows.ts";
import type { AttemptsTable } from "./tables.ts";

/** Where each count of an attempt stands. Their order is also that of the spool's lines: new ones come last. */
export const countColumns = {
  inputTokens: "input_tokens",
  cacheReadTokens: "cache_read_tokens",
  cacheWrite5mTokens: "cache_write_5m_tokens",
  cacheWrite1hTokens: "cache_write_1h_tokens",
  outputTokens: "output_tokens",
  reasoningTokens: "reasoning_tokens",
  audioInputTokens: "audio_input_tokens",
  audioOutputTokens: "audio_output_tokens",
  imageInputTokens: "image_input_tokens",
  imageOutputTokens: "image_output_tokens",
  webSearches: "web_searches",
  audioCacheReadTokens: "audio_cache_read_tokens",
  imageCacheReadTokens: "image_cache_read_tokens",
  images: "images",
  audioSeconds: "audio_seconds",
  characters: "characters",
  searchUnits: "search_units",
  otherCharges: "other_charges",
} as const satisfies Record<keyof TokenCounts, keyof AttemptsTable>;

type CountName = keyof typeof countColumns;

const isCountName = (name: string): name is CountName => name in countColumns;

export const countNames: readonly CountName[] = Object.keys(countColumns).filter(isCountName);
