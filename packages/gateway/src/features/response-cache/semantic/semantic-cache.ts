import { bucketOf, type Scope } from "./bucket.ts";
import { type FalseHitRate, openFalseHits } from "./false-hits.ts";
import type { Knowledge } from "./guards/matter.ts";
import { type Reading, read, sameOrderAndMatter, type Unfit } from "./reading.ts";
import type { Candidate, SemanticEntry, SemanticIndex } from "./semantic-index.ts";
import { expectedError, type Observation, POOL_LIMIT, priors, remembered } from "./threshold.ts";

/** A question as the semantic cache knows it. */
export interface Asked {
  readonly tenant: string;
  readonly bucket: string;
  readonly reading: Reading;
  readonly embedder: string;
  readonly knowledge: Knowledge;
}

/** What a lookup may ask, and by what it is judged. */
export interface Means {
  /** Of length 1. Whatever it throws is a miss. */
  readonly embed: (reading: Reading) => Promise<Float32Array>;
  /** Whether the answer of a candidate is there, and may serve. Whatever it throws is a no. */
  readonly isServable: (candidate: Candidate) => Promise<boolean>;
  /** Has the last word on a winner; absent: the threshold has. Whatever it throws is a no. */
  readonly judge?: (winner: Candidate) => Promise<boolean>;
  /** The share of wrong answers among those that are served. */
  readonly errorRate: number;
  readonly shadowPercent: number;
  /** From 0 to below 1. */
  readonly chance: () => number;
}

/** A candidate to be served, or to be compared with the model's own answer. */
export interface Nearby {
  readonly asked: Asked;
  readonly winner: Candidate;
  readonly vector: Float32Array;
}

export type Lookup =
  | ({ readonly type: "hit" } & Nearby)
  /** It would have been served, and is not, so that it can be measured whether that would have been right. */
  | ({ readonly type: "shadow" } & Nearby)
  /** It would not have been served; what the model says now teaches whether the next one may. */
  | ({ readonly type: "explore" } & Nearby)
  | { readonly type: "miss"; readonly asked: Asked; readonly vector?: Float32Array };

export interface SemanticStats {
  readonly entries: number;
  readonly bytes?: number;
  readonly lookups: number;
  readonly hits: number;
  readonly shadows: number;
  /** Of the answers that would have been served, among those that were sampled in shadow. */
  readonly falseHitRate: FalseHitRate;
}

export interface SemanticCache {
  /** Never throws for what its means throw; only for an index that cannot be asked. */
  readonly lookup: (asked: Asked, means: Means) => Promise<Lookup>;
  /** An answer was kept under `entry.id`. */
  readonly keep: (asked: Asked, entry: Omit<SemanticEntry, "tenant" | "bucket" | "order">) => Promise<void>;
  /** The model has answered what a candidate could have, and the two were compared. */
  readonly compared: (lookup: Extract<Lookup, Nearby>, right: boolean) => Promise<void>;
  /** Their answers are gone. */
  readonly remove: (ids: readonly string[]) => Promise<void>;
  /** Of this tenant: its own false hits; absent: all. */
  readonly stats: (tenant?: string) => Promise<SemanticStats>;
}

/** Undefined: this text is never taken for another, and why. */
export function askedBy(
  text: string,
  { tenant, knowledge, ...scope }: Scope & { readonly tenant: string; readonly knowledge: Knowledge },
): Asked | Unfit {
  const reading = read(text);
  if (typeof reading === "string") return reading;
  return { tenant, bucket: bucketOf(scope, reading.marks), reading, embedder: scope.embedder, knowledge };
}

const CANDIDATES = 5;
/** Tenants and encoders whose observations are remembered together. */
const POOLS = 1000;
/** Where more than this share would be wrong, nothing is learned by looking. */
const HOPELESS = 0.98;

export function openSemanticCache(index: SemanticIndex): SemanticCache {
  const falseHits = openFalseHits();
  const pools = new Map<string, readonly Observation[]>();
  const counts = { lookups: 0, hits: 0, shadows: 0 };
  const errorOf = ({ tenant, embedder, knowledge }: Asked, { similarity, observations: own }: Candidate): number =>
    expectedError(similarity, priors[knowledge], { own, pool: pools.get(poolOf(tenant, embedder)) ?? [] });

  const observe = async ({ asked, winner }: Nearby, right: boolean): Promise<void> => {
    const seen: Observation = { similarity: winner.similarity, right };
    const pool = poolOf(asked.tenant, asked.embedder);
    const before = pools.get(pool) ?? [];
    pools.delete(pool);
    pools.set(pool, remembered(before, seen, POOL_LIMIT));
    const [oldest] = pools.keys();
    if (pools.size > POOLS && oldest !== undefined) pools.delete(oldest);
    await index.observe({ bucket: asked.bucket, id: winner.id }, seen);
  };

  /** A clear no teaches; a judge that cannot be asked teaches nothing. */
  const isApproved = async (nearby: Nearby, judge: NonNullable<Means["judge"]>): Promise<boolean> => {
    const says = await judge(nearby.winner).catch(() => undefined);
    if (says === false) await observe(nearby, false);
    return says === true;
  };

  const decide = async (nearby: Nearby, means: Means): Promise<Lookup> => {
    const { asked, winner, vector } = nearby;
    const error = errorOf(asked, winner);
    if (!(error <= means.errorRate))
      return error > HOPELESS ? { type: "miss", asked, vector } : { type: "explore", ...nearby };
    if (means.judge !== undefined && !(await isApproved(nearby, means.judge))) return { type: "miss", asked, vector };
    const isShadow = means.chance() * 100 < means.shadowPercent;
    counts[isShadow ? "shadows" : "hits"] += 1;
    return { type: isShadow ? "shadow" : "hit", ...nearby };
  };

  return {
    async lookup(asked, means) {
      counts.lookups += 1;
      const miss: Lookup = { type: "miss", asked };
      if (!(await index.holds(asked.bucket))) return miss;
      const vector = await means.embed(asked.reading).catch(() => undefined);
      if (vector === undefined) return miss;
      const near = await index.nearest(asked.bucket, vector, CANDIDATES);
      const passing = await passingOf(asked, near, means);
      const winner = passing.find((candidate) => errorOf(asked, candidate) <= means.errorRate) ?? passing[0];
      return winner === undefined ? { ...miss, vector } : decide({ asked, winner, vector }, means);
    },
    keep: (asked, entry) => {
      const { tenant, bucket, reading } = asked;
      return index.keep({ ...entry, tenant, bucket, order: { stems: reading.stems, related: reading.related } });
    },
    async compared(lookup, right) {
      if (lookup.type === "shadow") falseHits.tell(lookup.asked.tenant, right);
      await observe(lookup, right);
    },
    remove: index.remove,
    async stats(tenant) {
      const falseHitRate = tenant === undefined ? falseHits.overall() : falseHits.of(tenant);
      return { ...(await index.size()), ...counts, falseHitRate };
    },
  };
}

const poolOf = (tenant: string, embedder: string): string => JSON.stringify([tenant, embedder]);

/** A database compares with a vector of no length, too, and finds what is no number. */
async function passingOf(
  { reading, knowledge }: Asked,
  near: readonly Candidate[],
  { isServable }: Means,
): Promise<readonly Candidate[]> {
  const passing: Candidate[] = [];
  for (const candidate of near) {
    const isAlike = Number.isFinite(candidate.similarity) && sameOrderAndMatter(reading, candidate.order, knowledge);
    if (isAlike && (await isServable(candidate).catch(() => false))) passing.push(candidate);
  }
  return passing;
}
