import { cosine } from "./ngrams.ts";
import type { Candidate, SemanticEntry, SemanticIndex } from "./semantic-index.ts";
import { type Observation, OWN_LIMIT, remembered } from "./threshold.ts";

export interface MemoryIndexOptions {
  readonly entries: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Held {
  readonly entry: SemanticEntry;
  readonly bytes: number;
  observations: readonly Observation[];
}

/** Of objects and map entries around a vector and its words. */
const OVERHEAD = 400;

/** In this process: who was asked for longest ago goes first, by number and by bytes. */
export function openMemoryIndex({ entries, bytes, now }: MemoryIndexOptions): SemanticIndex {
  /** By bucket and id; the order of this map is that of use. */
  const held = new Map<string, Held>();
  const buckets = new Map<string, Set<string>>();
  let used = 0;

  const drop = (name: string): void => {
    const found = held.get(name);
    if (found === undefined) return;
    held.delete(name);
    used -= found.bytes;
    const bucket = buckets.get(found.entry.bucket);
    bucket?.delete(name);
    if (bucket?.size === 0) buckets.delete(found.entry.bucket);
  };
  const living = (bucket: string): readonly string[] => {
    const names = [...(buckets.get(bucket) ?? [])];
    const isOver = (name: string): boolean => (held.get(name)?.entry.expiresAt ?? 0) <= now();
    for (const name of names) if (isOver(name)) drop(name);
    return names.filter((name) => held.has(name));
  };
  const touch = (name: string): void => {
    const found = held.get(name);
    if (found === undefined) return;
    held.delete(name);
    held.set(name, found);
  };
  const candidate = (name: string, vector: Float32Array): readonly Candidate[] => {
    const found = held.get(name);
    if (found === undefined || found.entry.vector.length !== vector.length) return [];
    const { id, order } = found.entry;
    return [{ id, order, similarity: cosine(vector, found.entry.vector), observations: found.observations }];
  };

  return {
    holds: async (bucket) => living(bucket).length > 0,
    async nearest(bucket, vector, count) {
      const found = living(bucket)
        .flatMap((name) => candidate(name, vector))
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, count);
      for (const { id } of found.toReversed()) touch(nameOf(bucket, id));
      return found;
    },
    async keep(entry) {
      const name = nameOf(entry.bucket, entry.id);
      drop(name);
      const size = OVERHEAD + entry.vector.byteLength + 2 * entry.order.stems.join(" ").length + 2 * name.length;
      if (size > bytes) return;
      held.set(name, { entry, bytes: size, observations: [] });
      used += size;
      const bucket = buckets.get(entry.bucket) ?? new Set();
      buckets.set(entry.bucket, bucket.add(name));
      for (const oldest of held.keys()) {
        if (held.size <= entries && used <= bytes) break;
        drop(oldest);
      }
    },
    async observe({ bucket, id }, seen) {
      const found = held.get(nameOf(bucket, id));
      if (found !== undefined) found.observations = remembered(found.observations, seen, OWN_LIMIT);
    },
    async remove(ids) {
      for (const [name, { entry }] of [...held]) if (ids.includes(entry.id)) drop(name);
    },
    size: async () => ({ entries: held.size, bytes: used }),
  };
}

const nameOf = (bucket: string, id: string): string => `${bucket} ${id}`;
