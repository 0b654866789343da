/** How many refused keys a client address may send a minute before it is refused without a look at the database. */
export interface GuessLimit {
  /** How long the address has to wait, in milliseconds; undefined: it may try. */
  readonly waitMs: (address: string) => number | undefined;
  readonly failed: (address: string) => void;
}

export interface GuessLimitOptions {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  readonly perMinute?: number;
  /** Beyond so many addresses the one that was seen first is forgotten. */
  readonly addresses?: number;
}

interface Guesses {
  readonly since: number;
  count: number;
}

const MINUTE_MS = 60_000;

export function createGuessLimit({ now, perMinute = 600, addresses = 10_000 }: GuessLimitOptions): GuessLimit {
  const seen = new Map<string, Guesses>();
  const current = (address: string): Guesses | undefined => {
    const found = seen.get(address);
    return found !== undefined && now() - found.since < MINUTE_MS ? found : undefined;
  };
  return {
    waitMs: (address) => {
      const found = current(address);
      if (found === undefined || found.count < perMinute) return undefined;
      return found.since + MINUTE_MS - now();
    },
    failed: (address) => {
      const found = current(address);
      if (found !== undefined) {
        found.count += 1;
        return;
      }
      seen.delete(address);
      seen.set(address, { since: now(), count: 1 });
      const [oldest] = seen.keys();
      if (seen.size > addresses && oldest !== undefined) seen.delete(oldest);
    },
  };
}
