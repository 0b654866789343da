export interface Clocks {
  /** Milliseconds since 1970, as the machine believes. */
  readonly wall: () => number;
  /** Milliseconds since whenever; never goes back. */
  readonly monotonic: () => number;
}

/**
 * Whole milliseconds since 1970 that never go back: no bucket is refilled twice and no window opens again when the machine's clock
 * is set back. It goes at half speed then until it is right again, for a clock that stands still would refill nothing.
 */
export function steadyClock({ wall, monotonic }: Clocks): () => number {
  let time = wall();
  let seen = monotonic();
  return () => {
    const now = monotonic();
    time = Math.max(wall(), time + (now - seen) / 2);
    seen = now;
    return Math.floor(time);
  };
}
