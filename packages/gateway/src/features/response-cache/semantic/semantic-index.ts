import type { Order } from "./guards/order.ts";
import type { Observation } from "./threshold.ts";

/** One kept answer's question. */
export interface SemanticEntry {
  /** The response cache's name of the answer. */
  readonly id: string;
  /** Whose it is. */
  readonly tenant: string;
  /** Everything that must be equal: see `bucketOf`. Candidates come out of one bucket only. */
  readonly bucket: string;
  /** Of length 1. */
  readonly vector: Float32Array;
  /** What the guards compare that do not compare marks. */
  readonly order: Order;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface Candidate {
  readonly id: string;
  readonly order: Order;
  /** Cosine, from -1 to 1. */
  readonly similarity: number;
  readonly observations: readonly Observation[];
}

/** Every method of an index in a database throws StoreError. */
export interface SemanticIndex {
  /** Whether a bucket holds anything: without, nobody needs to embed. */
  readonly holds: (bucket: string) => Promise<boolean>;
  /** The most similar first; those that have expired, or have another number of dimensions, never. */
  readonly nearest: (bucket: string, vector: Float32Array, count: number) => Promise<readonly Candidate[]>;
  /** Replaces an entry of the same id in the bucket. */
  readonly keep: (entry: SemanticEntry) => Promise<void>;
  /** Of an entry that is gone, nothing is kept. */
  readonly observe: (at: { readonly bucket: string; readonly id: string }, seen: Observation) => Promise<void>;
  /** Of any bucket. */
  readonly remove: (ids: readonly string[]) => Promise<void>;
  readonly size: () => Promise<{ readonly entries: number; readonly bytes?: number }>;
}
