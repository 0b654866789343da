/** Keeps the entries that were used last, and no more than the limit. */
export interface RecentMap<V> {
  readonly get: (key: string) => V | undefined;
  readonly set: (key: string, value: V) => void;
  readonly delete: (key: string) => void;
  readonly clear: () => void;
  readonly entries: () => Iterable<[string, V]>;
}

export function createRecentMap<V>(limit: number): RecentMap<V> {
  const kept = new Map<string, V>();
  const set = (key: string, value: V): void => {
    // A Map keeps the order of insertion: the first is the one that nobody has asked for the longest.
    kept.delete(key);
    kept.set(key, value);
    if (kept.size <= limit) return;
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  };
  return {
    get: (key) => {
      const value = kept.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
    delete: (key) => void kept.delete(key),
    clear: () => kept.clear(),
    entries: () => kept.entries(),
  };
}
