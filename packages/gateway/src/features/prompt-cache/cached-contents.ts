/** Explicit caches that this process has made, and prefixes that may become some. Reads no clock of its own: times are in milliseconds. */
export interface CachedContents {
  /** The name of the living cache of a prefix. */
  readonly nameOf: (prefix: string, now: number) => string | undefined;
  /** The prefix was sent, and paid for, in full. */
  readonly sighted: (prefix: string, now: number) => void;
  /** How often it was within so long. */
  readonly sightings: (prefix: string, since: number) => number;
  /** Whether the caller may make a cache of it: nobody is doing so or has failed of late. It must call `made` or `failed` then. */
  readonly claim: (prefix: string, now: number) => boolean;
  readonly made: (prefix: string, name: string, until: number) => void;
  /** Nobody tries again before `until`. */
  readonly failed: (prefix: string, until: number) => void;
  /** The upstream does not have it any more. */
  readonly forget: (name: string) => void;
  readonly size: () => number;
}

interface Entry {
  /** When it was paid for in full, newest last. */
  readonly sightings: readonly number[];
  readonly cache?: { readonly name: string; readonly until: number };
  /** Being made, or in vain until then. */
  readonly blockedUntil?: number;
}

/** More tell nothing more. */
const MOST_SIGHTINGS = 16;
/** No upstream takes as long to make one; whoever made it is gone. */
const MAKING_MS = 300_000;

export function createCachedContents(limit = 5000): CachedContents {
  const entries = new Map<string, Entry>();
  const write = (prefix: string, change: Partial<Entry>) => {
    const entry: Entry = { sightings: [], ...entries.get(prefix), ...change };
    // A map keeps the order of insertion: what is written again moves to its end.
    entries.delete(prefix);
    entries.set(prefix, entry);
    const [oldest] = entries.keys();
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
  };
  const living = (prefix: string, now: number) => {
    const cache = entries.get(prefix)?.cache;
    return cache === undefined || cache.until <= now ? undefined : cache.name;
  };
  return {
    nameOf: living,
    sighted: (prefix, now) =>
      write(prefix, { sightings: [...(entries.get(prefix)?.sightings ?? []), now].slice(-MOST_SIGHTINGS) }),
    sightings: (prefix, since) => (entries.get(prefix)?.sightings ?? []).filter((at) => at > since).length,
    claim(prefix, now) {
      const { blockedUntil = 0 } = entries.get(prefix) ?? {};
      if (blockedUntil > now || living(prefix, now) !== undefined) return false;
      write(prefix, { blockedUntil: now + MAKING_MS });
      return true;
    },
    made: (prefix, name, until) => write(prefix, { cache: { name, until }, blockedUntil: 0 }),
    failed: (prefix, until) => write(prefix, { blockedUntil: until }),
    forget(name) {
      for (const [prefix, { cache, ...entry }] of entries) if (cache?.name === name) entries.set(prefix, entry);
    },
    size: () => entries.size,
  };
}
