/**
 * Values under names, each for a time and under marks. Whoever renews a mark has everything forgotten that was begun under it before,
 * in all replicas that share the store, also what is still on its way in. The in-process and the Redis implementation mean the same;
 * one test suite says so.
 */
export interface ValueStore {
  readonly kind: "memory" | "redis";
  /** Never rejects: a store that is away, or slow, knows nothing. In process it answers at once. */
  readonly get: (name: string, marks: readonly string[]) => Looked | Promise<Looked>;
  /** `stamp`: of the `get` that came before, of the same name and under the same marks. Never rejects. */
  readonly put: (name: string, value: string, terms: Terms) => Put | Promise<Put>;
  /** The value under any marks: for whoever only has its name. Rejects with StoreError `unavailable`. */
  readonly peek: (name: string) => Promise<string | undefined>;
  /** Also what is still on its way in under this name. Resolves to whether there was one. Rejects with StoreError `unavailable`. */
  readonly drop: (name: string) => Promise<boolean>;
  /** Renews a mark; absent: all of them. Rejects with StoreError `unavailable`. */
  readonly renew: (mark?: string) => Promise<void>;
  /** Absent where the store is not this process's own. */
  readonly size: () => StoreSize | undefined;
  readonly close: () => void;
}

export interface Looked {
  readonly value?: string;
  /** What the marks are by now; absent where nobody can tell, and then nothing is to be put. */
  readonly stamp?: string;
}

/** `purged`: one of its marks was renewed since, or its name was dropped. `lost`: there is no room for it, or the store is away. */
export type Put = "kept" | "purged" | "lost";

export interface Terms {
  readonly marks: readonly string[];
  readonly stamp: string;
  readonly ttlMs: number;
}

export interface StoreSize {
  readonly entries: number;
  readonly bytes: number;
  readonly limitBytes: number;
}

/**
 * What is remembered of a drop must not grow with every name: names that end alike are remembered together, digests in a few thousand groups.
 * What is on its way in under another name of the group is not kept either, which costs no more than a miss.
 */
export const groupOf = (name: string): string => name.slice(-2);
