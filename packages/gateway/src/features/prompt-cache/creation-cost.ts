/** A prefix of which an explicit cache could be made. Prices in US dollars for a million tokens. */
export interface Creation {
  readonly tokens: number;
  readonly ttlSeconds: number;
  /** How often it was sent in full within the last ttl, and paid for in full, this time included. */
  readonly sightings: number;
  readonly input: number;
  /** Absent: cached input has no price of its own. */
  readonly cacheRead?: number | undefined;
  readonly storagePerMillionHour: number;
}

export interface Judgement {
  readonly pays: boolean;
  /** What making it and keeping it costs, in nano-dollars. */
  readonly feeNano: number;
  /** What it is expected to save before that. */
  readonly savedNano: number;
}

const NANO_PER_DOLLAR_AND_MILLION = 1000;

/**
 * Whether a cache is likely to cost less than it saves. Making one costs its tokens at the price of input, keeping it the storage
 * until it ends. As often as the prefix came and was paid for in full within the last ttl, it is expected to come within the next.
 * What Google's own implicit cache gave for nothing is no sighting.
 */
export function judgeCreation(creation: Creation): Judgement {
  const { tokens, sightings, input, cacheRead = input } = creation;
  const feeNano = creationFee(creation);
  const savedNano = Math.floor(tokens * sightings * Math.max(0, input - cacheRead) * NANO_PER_DOLLAR_AND_MILLION);
  return { pays: sightings >= 2 && savedNano > feeNano, feeNano, savedNano };
}

/** What making and keeping it costs, in nano-dollars. */
export function creationFee({
  tokens,
  ttlSeconds,
  input,
  storagePerMillionHour,
}: Omit<Creation, "sightings" | "cacheRead">): number {
  const storage = (storagePerMillionHour * ttlSeconds) / 3600;
  return Math.ceil(tokens * (input + storage) * NANO_PER_DOLLAR_AND_MILLION);
}
