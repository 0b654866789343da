import type { FalseHitRate } from "../../packages/gateway/src/features/response-cache/semantic/false-hits.ts";
import type { Asked } from "../../packages/gateway/src/features/response-cache/semantic/semantic-cache.ts";
import { askedIn, type Encoder, keep, openCache } from "./evaluate.ts";
import type { Pair } from "./pairs/pair.ts";

/** Numbers from 0 to below 1 that a seed decides. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** One that sees most of it: 0.93 to 1 between questions that ask the same, 0.8 to 0.96 between others that the guards let through. */
export function noisy(): Encoder {
  const chance = chances(7);
  const embed: Encoder["embed"] = (_, pair) => {
    if (pair === undefined) return Float32Array.of(1, 0);
    const similarity = pair.same ? 0.93 + 0.07 * chance() : 0.8 + 0.16 * chance();
    return Float32Array.of(similarity, Math.sqrt(1 - similarity ** 2));
  };
  return { name: "noisy", knowledge: "meaning", embed };
}

export interface Simulation {
  readonly encoder: Encoder;
  readonly questions: readonly Questions[];
  readonly requests: number;
  readonly errorRate: number;
  readonly shadowPercent: number;
  readonly seed: number;
}

/** A pair as the cache knows it, in a scope of its own. */
interface Questions {
  readonly kept: Asked;
  readonly asked: Asked;
  readonly vector: Float32Array;
  readonly same: boolean;
}

/** Pairs of which both questions are compared at all. */
export function questionsOf(encoder: Encoder, pairs: readonly Pair[]): readonly Questions[] {
  return pairs.flatMap((pair, at) => {
    const [kept, asked] = [askedIn(encoder, pair.a, `${at}`), askedIn(encoder, pair.b, `${at}`)];
    if (kept === undefined || asked === undefined) return [];
    return [{ kept, asked, vector: encoder.embed(asked.reading, pair), same: pair.same }];
  });
}

export interface Simulated {
  /** What the gateway reports. */
  readonly reported: FalseHitRate;
  /** Of all answers that would have been served, with and without sampling: only who knows the labels can say. */
  readonly truth: number;
  readonly served: number;
  readonly servedWrong: number;
}

/** Requests in any order, each the second question of a pair whose first one was answered before. */
export async function simulate({ encoder, questions, requests, seed, ...means }: Simulation): Promise<Simulated> {
  const cache = openCache();
  const chance = chances(seed);
  for (const { kept } of questions) await keep(cache, encoder, kept);
  const found: { readonly served: boolean; readonly right: boolean }[] = [];
  for (let count = 0; count < requests; count += 1) {
    const question = questions[Math.floor(chance() * questions.length)];
    if (question === undefined) continue;
    const { asked, vector, same } = question;
    const embed = async () => vector;
    const lookup = await cache.lookup(asked, { ...means, embed, isServable: async () => true, chance });
    if (lookup.type === "shadow" || lookup.type === "explore") await cache.compared(lookup, same);
    if (lookup.type === "shadow" || lookup.type === "hit") found.push({ served: lookup.type === "hit", right: same });
  }
  const { falseHitRate } = await cache.stats();
  const wrong = found.filter(({ right }) => !right);
  return {
    reported: falseHitRate,
    truth: wrong.length / Math.max(1, found.length),
    served: found.filter(({ served }) => served).length,
    servedWrong: wrong.filter(({ served }) => served).length,
  };
}
