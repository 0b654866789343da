import type { Knowledge } from "../../packages/gateway/src/features/response-cache/semantic/guards/matter.ts";
import { openMemoryIndex } from "../../packages/gateway/src/features/response-cache/semantic/memory-index.ts";
import { hashedNgrams, NGRAMS } from "../../packages/gateway/src/features/response-cache/semantic/ngrams.ts";
import type { Reading } from "../../packages/gateway/src/features/response-cache/semantic/reading.ts";
import {
  type Asked,
  askedBy,
  openSemanticCache,
  type SemanticCache,
} from "../../packages/gateway/src/features/response-cache/semantic/semantic-cache.ts";
import { type Pair, trapKinds } from "./pairs/pair.ts";

/** How texts become vectors. */
export interface Encoder {
  readonly name: string;
  readonly knowledge: Knowledge;
  /** `pair`: whose second question it is, for encoders that are made up. */
  readonly embed: (reading: Reading, pair?: Pair) => Float32Array;
}

export const ngrams: Encoder = {
  name: NGRAMS,
  knowledge: "letters",
  embed: ({ stems }) => hashedNgrams(stems),
};

/** A broken one: to it all texts are the same. What is told apart nevertheless is told apart by the guards. */
export const blind: Encoder = { name: "blind", knowledge: "meaning", embed: () => Float32Array.of(1) };

export function openCache(): SemanticCache {
  return openSemanticCache(openMemoryIndex({ entries: 100_000, bytes: 2 ** 30, now: () => 0 }));
}

/** Of a pair's two questions, in a scope of the pair's own; undefined where a text is never compared. */
export function askedIn(encoder: Encoder, text: string, scope: string): Asked | undefined {
  const { name, knowledge } = encoder;
  const asked = askedBy(text, { rest: scope, locale: "", embedder: name, tenant: "org:test", knowledge });
  return typeof asked === "string" ? undefined : asked;
}

export async function keep(cache: SemanticCache, encoder: Encoder, asked: Asked): Promise<void> {
  await cache.keep(asked, { id: "kept", vector: encoder.embed(asked.reading), expiresAt: 1 });
}

/** Whether the answer to one question would be given for the other one, with nothing learned before. */
export async function isHit(encoder: Encoder, { a, b }: Pair, errorRate = 0.01): Promise<boolean> {
  const cache = openCache();
  const [first, second] = [askedIn(encoder, a, "scope"), askedIn(encoder, b, "scope")];
  if (first === undefined || second === undefined) return false;
  await keep(cache, encoder, first);
  const { type } = await cache.lookup(second, {
    embed: async (reading) => encoder.embed(reading),
    isServable: async () => true,
    errorRate,
    shadowPercent: 0,
    chance: () => 0,
  });
  return type === "hit";
}

export interface Row {
  readonly kind: Pair["kind"];
  readonly pairs: number;
  readonly hits: number;
}

export interface Evaluation {
  readonly encoder: string;
  readonly rows: readonly Row[];
  /** Of the hits, how many are right; of the pairs that ask the same, how many are hits. */
  readonly precision: number;
  readonly recall: number;
  readonly falseHits: readonly Pair[];
}

export async function evaluate(encoder: Encoder, pairs: readonly Pair[]): Promise<Evaluation> {
  const judged = await Promise.all(pairs.map(async (pair) => ({ pair, hit: await isHit(encoder, pair) })));
  const kinds = ["paraphrase", "matter", ...trapKinds] as const;
  const rows = kinds.map((kind): Row => {
    const own = judged.filter(({ pair }) => pair.kind === kind);
    return { kind, pairs: own.length, hits: own.filter(({ hit }) => hit).length };
  });
  const hits = judged.filter(({ hit }) => hit);
  const right = hits.filter(({ pair }) => pair.same).length;
  return {
    encoder: encoder.name,
    rows,
    precision: hits.length === 0 ? 1 : right / hits.length,
    recall: right / judged.filter(({ pair }) => pair.same).length,
    falseHits: hits.flatMap(({ pair }) => (pair.same ? [] : [pair])),
  };
}

/** As docs/semantic-cache.md shows it. */
export function table(evaluations: readonly Evaluation[]): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const [first] = evaluations;
  const lines = (first?.rows ?? []).map(({ kind, pairs }, at) => {
    const hits = evaluations.map(({ rows }) => rows[at]?.hits ?? 0);
    return `| ${kind} | ${pairs} | ${hits.join(" | ")} |`;
  });
  const names = evaluations.map(({ encoder }) => `hits, ${encoder}`).join(" | ");
  return [
    `| kind | pairs | ${names} |`,
    `| --- | ---: |${" ---: |".repeat(evaluations.length)}`,
    ...lines,
    `| precision | | ${evaluations.map(({ precision }) => percent(precision)).join(" | ")} |`,
    `| recall | | ${evaluations.map(({ recall }) => percent(recall)).join(" | ")} |`,
  ].join("\n");
}
