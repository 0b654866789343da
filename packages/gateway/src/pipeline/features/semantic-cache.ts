import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import { wilson } from "../../features/response-cache/semantic/false-hits.ts";
import type { Lookup, Nearby, SemanticStats } from "../../features/response-cache/semantic/semantic-cache.ts";
import type { Candidate } from "../../features/response-cache/semantic/semantic-index.ts";
import type { Exchange } from "../exchange.ts";
import { askedIn } from "./semantic-cache-asked.ts";
import { type PlacedCache, type SemanticPlace, semanticCacheAt } from "./semantic-cache-index.ts";
import { judgeOf, textOf, toldTheSame, vectorOf } from "./semantic-cache-means.ts";
import type { SimilarAnswers, SimilarAsk } from "./similar-answers.ts";

export interface SemanticAnswers extends SimilarAnswers<Exchange> {
  /** What is still to be learned of answers that were given is waited for. */
  readonly close: () => Promise<void>;
}

export interface SemanticOptions extends SemanticPlace {
  /** From 0 to below 1. */
  readonly chance?: () => number;
}

/** Of answers that were kept and are still to be looked at: more are not. */
const WAITING = 64;

const NOTHING: SemanticStats = { entries: 0, lookups: 0, hits: 0, shadows: 0, falseHitRate: wilson(0, 0) };

interface Looked {
  readonly lookup: Lookup;
  /** Of the candidate, where there was one. */
  readonly kept: KeptAnswer | undefined;
}

/** The semantic cache's seam: asked after the exact one, and told of every answer that is kept. */
export function openSemanticAnswers({ chance = Math.random, ...place }: SemanticOptions): SemanticAnswers {
  const { log } = place;
  const placed = semanticCacheAt(place);
  const looked = new WeakMap<SimilarAsk<Exchange>, Looked>();
  const pending = new Set<Promise<void>>();

  const afterwards = (work: () => Promise<void>): void => {
    if (pending.size >= WAITING) return;
    const running: Promise<void> = work()
      .catch((err: unknown) => log.debug({ err }, "nothing was learned of an answer for the semantic cache"))
      .finally(() => pending.delete(running));
    pending.add(running);
  };

  return {
    async find(ask) {
      try {
        const found = await look(ask, await placed.get(), chance);
        if (found === undefined) return undefined;
        looked.set(ask, found);
        const { lookup, kept } = found;
        if (lookup.type !== "hit" || kept === undefined) return undefined;
        const { id, similarity } = lookup.winner;
        return { id, kept, score: Math.round(similarity * 10_000) / 10_000 };
      } catch (err) {
        log.warn({ err }, "the semantic cache could not be asked");
        return undefined;
      }
    },
    kept(ask, kept) {
      const before = looked.get(ask);
      if (before !== undefined)
        afterwards(async () => learn(ask, { before, kept, chance, cache: (await placed.get()).cache }));
    },
    stats: async (tenant) => (await placed.peek())?.cache.stats(tenant) ?? NOTHING,
    close: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

async function look(
  ask: SimilarAsk<Exchange>,
  { cache, isShared }: PlacedCache,
  chance: () => number,
): Promise<Looked | undefined> {
  const { exchange } = ask;
  const asked = askedIn(ask);
  if (asked === undefined) return undefined;
  const { errorRate, shadowPercent } = exchange.snapshot.cache.semantic;
  const answers = new Map<string, KeptAnswer>();
  const gone: string[] = [];
  const isServable = async ({ id }: Candidate): Promise<boolean> => {
    const { kept, stamp } = await exchange.services.cache.find(id, ask.routers);
    if (kept === undefined && stamp !== undefined) gone.push(id);
    if (kept === undefined || !ask.isUsable(kept) || textOf(kept) === undefined) return false;
    answers.set(id, kept);
    return true;
  };
  const judge = judgeOf(exchange);
  const lookup = await cache.lookup(asked, {
    embed: (reading) => vectorOf(exchange, reading),
    isServable,
    ...(judge === undefined
      ? {}
      : { judge: ({ id }) => judge(asked.reading.text, textOf(answers.get(id) ?? missing(id)) ?? "") }),
    errorRate,
    shadowPercent,
    chance,
  });
  // Another replica may have answers in its memory that are not in this one's.
  if (gone.length > 0 && (!isShared || exchange.services.cache.kind === "redis")) await cache.remove(gone);
  return { lookup, kept: isNearby(lookup) ? answers.get(lookup.winner.id) : undefined };
}

function missing(id: string): never {
  throw new Error(`No answer ${id} was looked up.`);
}

const isNearby = (lookup: Lookup): lookup is Extract<Lookup, Nearby> => lookup.type !== "miss";

interface Learning {
  readonly before: Looked;
  readonly kept: KeptAnswer;
  readonly chance: () => number;
  readonly cache: PlacedCache["cache"];
}

/** The question can be found from now on; and where a candidate could have answered it, it is seen whether it should have. */
async function learn(ask: SimilarAsk<Exchange>, { before, kept, chance, cache }: Learning): Promise<void> {
  const { exchange, id } = ask;
  const { lookup } = before;
  const fresh = textOf(kept);
  if (fresh === undefined) return;
  const vector = lookup.vector ?? (await vectorOf(exchange, lookup.asked.reading, true));
  await cache.keep(lookup.asked, { id, vector, expiresAt: kept.createdAt + kept.ttlSeconds * 1000 });
  const old = before.kept === undefined ? undefined : textOf(before.kept);
  if (!isNearby(lookup) || old === undefined) return;
  const { judge, shadowPercent } = exchange.snapshot.cache.semantic;
  // Letters cost nothing; a judge is paid, and looks at a sample.
  if (lookup.type === "explore" && judge !== undefined && chance() * 100 >= shadowPercent) return;
  await cache.compared(lookup, await toldTheSame(exchange, lookup.asked.reading.text, { kept: old, fresh }));
}
