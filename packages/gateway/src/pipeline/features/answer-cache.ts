import { GatewayError } from "@signalbox/protocol";
import type { Verdict } from "../../features/guardrails/verdict.ts";
import { readDirectives } from "../../features/response-cache/directives.ts";
import type { Ending, Seat, Turn, Waiting } from "../../features/response-cache/flights.ts";
import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import { replayed } from "../../features/response-cache/may-keep.ts";
import type { CacheStatus } from "../../store/ledger/ledger-rows.ts";
import { admitFor } from "../admission.ts";
import type { Keeper } from "../answer-work.ts";
import type { Exchange, Outcome } from "../exchange.ts";
import type { Parties } from "../parties.ts";
import { sendAnswer } from "../send-answer.ts";
import { askOf, asksForMore, type CacheAsk, type CacheWish, mustBypass, targetOf, wishOf } from "./answer-cache-ask.ts";
import { answerKeeper } from "./answer-cache-keeper.ts";

/** What stands between a request and its answer, wherever that comes from. */
export interface Gates {
  /** Lets the request in at its worst case. Rejects with why it is not. */
  readonly letIn: () => Promise<unknown>;
  /** Has guards look at it, once; absent: there are none. Rejects where it may not pass. */
  readonly guard: (() => Promise<void>) | undefined;
  /** A Responses answer is put where it can be gone on from. */
  readonly begin: (() => Promise<unknown>) | undefined;
}

/**
 * What the response cache says of a planned request, before it is let in. `answered`: the client has its answer, and the ledger its
 * row. A keeper: the request goes its way, the answer is to be heard by it, and its `end` is to be called in every ending. Undefined: the
 * cache has no part in it. `letIn` is called before anything is spent on looking an answer up, `guard` before one to another question is
 * looked for, `begin` before a kept one is sent. Rejects, or throws, with `not_cached` where nothing else may answer, or with why the
 * request is not let in.
 */
export function fromCache(parties: Parties, gates: Gates): Promise<"answered" | Keeper | undefined> | undefined {
  const wish = wishOf(parties.exchange);
  if (wish !== undefined) return consult(parties, wish, gates);
  // Off is no reason to ask, and to pay, where the client wants nobody asked.
  const { "cache-control": said } = parties.exchange.request.headers;
  if (said !== undefined && readDirectives(said).onlyIfCached) throw nothingKept();
  return undefined;
}

async function consult(parties: Parties, wish: CacheWish, gates: Gates): Promise<"answered" | Keeper | undefined> {
  const { begin } = gates;
  const { exchange, request } = parties;
  if (mustBypass(exchange, request, wish)) return bypass(exchange, wish);
  const ask = askOf(parties, wish);
  const { stamp, hit } = await lookUp(exchange, ask, gates);
  if (hit !== undefined) return replay(parties, ask, { ...hit, begin });
  if (asksForMore(request)) return bypass(exchange, wish);
  if (wish.directives.onlyIfCached) throw nothingKept();
  if (wish.directives.noCache) return keeping(exchange, ask, { stamp });
  const { flights, counts } = exchange.services.cache;
  const { waiting, land } = flights.board(ask.id, stamp);
  if (waiting === undefined) return keeping(exchange, ask, { stamp, land });
  const turn = await turnOf(parties, ask, waiting);
  if (turn.type === "again") return consult(parties, wish, gates);
  if (turn.type === "lead") return keeping(exchange, ask, { stamp, land });
  // It has only just been given.
  if (turn.type === "kept" && ask.isUsable(turn.kept, turn.kept.createdAt)) {
    counts.shared++;
    return replay(parties, ask, { kept: turn.kept, status: statusOf(ask, turn.kept), begin });
  }
  return keeping(exchange, ask, { stamp });
}

interface Hit {
  readonly kept: KeptAnswer;
  readonly status: CacheStatus;
  readonly id?: string;
  readonly score?: number;
}

async function lookUp(
  exchange: Exchange,
  ask: CacheAsk,
  { letIn, guard }: Gates,
): Promise<{ readonly stamp: string | undefined; readonly hit?: Hit }> {
  const { cache, similar } = exchange.services;
  const looked = cache.find(ask.id, ask.routers);
  const { kept, stamp } = looked instanceof Promise ? await looked : looked;
  if (ask.directives.noCache) return { stamp };
  if (kept !== undefined && ask.isUsable(kept)) return { stamp, hit: { kept, status: statusOf(ask, kept) } };
  if (ask.policy.match !== "semantic" || similar === undefined) return { stamp };
  await letIn();
  await guard?.();
  const found = await similar.find(ask.similar);
  return found === undefined ? { stamp } : { stamp, hit: { ...found, status: "hit-semantic" } };
}

const statusOf = (ask: CacheAsk, kept: KeptAnswer): CacheStatus =>
  kept.exact === ask.exact ? "hit-exact" : "hit-normalised";

function bypass(exchange: Exchange, { directives }: CacheWish): undefined {
  if (directives.onlyIfCached) throw nothingKept();
  exchange.services.cache.counts.bypasses++;
  exchange.outcome.cache = { status: "bypass" };
}

/** https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1.7 */
function nothingKept(): GatewayError {
  return new GatewayError(
    "not_cached",
    "No answer to this request is kept, and 'cache-control: only-if-cached' allows no other.",
  );
}

/** `land`: its twins wait for it. */
function keeping(
  exchange: Exchange,
  ask: CacheAsk,
  { stamp, land = () => {} }: { readonly stamp: string | undefined; readonly land?: Seat["land"] },
): Keeper {
  const { cache } = exchange.services;
  cache.counts.misses++;
  exchange.outcome.cache = { status: "miss", id: ask.id };
  const isOver = cache.begin(ask.id, ask.tenant);
  const landed = (ending: Ending) => {
    isOver();
    land(ending);
  };
  return answerKeeper(exchange, { ask, stamp, land: landed });
}

/** Waits for a twin: no longer than the request may take, and not for a client that is gone. */
async function turnOf({ exchange, request, client }: Parties, { plan }: CacheAsk, waiting: Waiting): Promise<Turn> {
  if (request.stream) client.awaitContent();
  const deadlineMs = plan.targets[0]?.timeouts.deadlineMs ?? exchange.snapshot.timeouts.deadlineMs;
  const leftMs = Math.max(0, exchange.startedAt + deadlineMs - performance.now());
  let timer: NodeJS.Timeout | undefined;
  let forget: () => void = () => {};
  const given = new Promise<Turn>((resolve) => {
    // Whoever answers from here on is out of time and says so.
    timer = setTimeout(() => resolve({ type: "free" }), leftMs);
    forget = exchange.clientGone.onAbort(() => resolve({ type: "free" }));
  });
  const turn = await Promise.race([waiting.turn, given]);
  clearTimeout(timer);
  forget();
  const gone = exchange.clientGone.reason();
  if (turn.type !== "lead" || gone !== undefined) waiting.leave();
  if (gone !== undefined) throw gone;
  return turn;
}

interface Replay extends Hit {
  readonly begin: Gates["begin"];
}

/** Let in as a request that uses nothing: what counts requests counts it, and the ledger has a row of it. */
async function replay(
  parties: Parties,
  ask: CacheAsk,
  { kept, status, id = ask.id, score, begin }: Replay,
): Promise<"answered"> {
  const { exchange } = parties;
  const { outcome, services } = exchange;
  const target = targetOf(ask.plan, kept);
  if (target === undefined)
    throw new GatewayError("internal", "An answer was kept of a target that is not in the plan.");
  const { provider, model, response, losses } = kept;
  services.cache.counts.hits++;
  outcome.cache = {
    status,
    id,
    ageSeconds: Math.max(0, Math.floor((Date.now() - kept.createdAt) / 1000)),
    ...(score === undefined ? {} : { score }),
    original: { provider, model, usage: response.usage ?? {} },
  };
  if (outcome.hold === undefined) await admitFor(exchange, ask.plan, { tokens: { input: 0, output: 0 }, worstNano: 0 });
  await begin?.();
  const verdicts = verdictsOf(outcome, { kept, status });
  if (verdicts.length > 0) outcome.guardrails = verdicts;
  outcome.dropped = losses.dropped;
  outcome.adapted = losses.adapted;
  const again = replayed(response, Math.floor(Date.now() / 1000));
  await sendAnswer(parties, { response: again, answering: { target }, losses });
  return "answered";
}

/** What guards found of this request, else of the one that was kept, since both say the same; and of the answer. */
function verdictsOf({ guardrails: own = [] }: Outcome, { kept, status }: Hit): readonly Verdict[] {
  const isKnown = ({ guard }: Verdict) => status === "hit-semantic" || own.some((verdict) => verdict.guard === guard);
  const others = (kept.guardrails ?? []).filter((verdict) => verdict.where === "output" || !isKnown(verdict));
  return [...own, ...others];
}
