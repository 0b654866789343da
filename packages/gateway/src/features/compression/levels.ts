/** Below, no sentence is left out that holds a number, a negation, an identifier, an address, a date, or is a heading. */
export const ANYTHING_GOES = 0.8;

/** The share of a text's characters that is kept, at the most eager. */
const LEAST_KEPT = 0.3;

/** 0.5 keeps 65 %, 1 keeps 30 %. */
export function keptShare(aggressiveness: number): number {
  return 1 - (1 - LEAST_KEPT) * aggressiveness;
}

/** Inworld's floor. https://docs.inworld.ai/router/capabilities/compression */
export const LEAST_TOKENS = 250;

/** What saves less than this is not worth that it differs from what its author wrote. */
export const LEAST_SAVED = 20;

/**
 * Caches that count in steps of 128 tokens may read up to 127 tokens less of a prompt that is a little shorter: the first text of a
 * conversation that is changed must save more than that. https://developers.openai.com/api/docs/guides/prompt-caching
 */
export const FIRST_SAVED = 200;
