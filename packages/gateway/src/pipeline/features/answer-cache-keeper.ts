import type { CanonicalResponse, Loss } from "@signalbox/protocol";
import type { Verdict } from "../../features/guardrails/verdict.ts";
import { type EventCollector, eventCollector } from "../../features/response-cache/collect-events.ts";
import type { Ending } from "../../features/response-cache/flights.ts";
import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import { asTemplate, whyNotKept } from "../../features/response-cache/may-keep.ts";
import type { Put } from "../../store/shared-state/values.ts";
import type { Keeper } from "../answer-work.ts";
import { type AttemptRecord, answerAttempts, type Exchange } from "../exchange.ts";
import type { CacheAsk } from "./answer-cache-ask.ts";
import { placeOf } from "./answer-cache-scope.ts";

export interface KeeperOptions {
  readonly ask: CacheAsk;
  /** Of the look-up before; absent: nothing can be kept, and only twins that wait get the answer. */
  readonly stamp: string | undefined;
  /** Once, in whatever ending, when the answer can be found. */
  readonly land: (ending: Ending) => void;
}

/** Hears the answer of a request, and keeps it when it came to its own end. */
export function answerKeeper(exchange: Exchange, { ask, stamp, land }: KeeperOptions): Keeper {
  const { cache } = exchange.services;
  const { entryBytes } = exchange.snapshot.cache;
  let collector: EventCollector | undefined;
  let whole: CanonicalResponse | undefined;
  let isOver = false;
  return {
    events(events) {
      collector ??= eventCollector(entryBytes);
      collector.push(events);
    },
    whole(response) {
      whole = response;
    },
    end() {
      if (isOver) return;
      isOver = true;
      const response = whole ?? collector?.response();
      if (response === undefined || exchange.outcome.error !== undefined) return land({ type: endingOf(exchange) });
      const kept = keptOf(exchange, ask, response);
      if (kept === undefined) return land({ type: "unkept" });
      const done = () => land({ type: "kept", kept });
      if (stamp === undefined) return done();
      const put = cache.keep(ask.id, kept, { routers: ask.routers, stamp, limitBytes: entryBytes });
      const told = (result: Put) => {
        if (result === "purged") return land({ type: "purged" });
        if (result === "kept") exchange.services.similar?.kept(ask.similar, kept);
        done();
      };
      if (put instanceof Promise) void put.then(told);
      else told(put);
    },
  };
}

/** Of what was not heard to its end. */
function endingOf({ clientGone, outcome }: Exchange): "failed" | "left" | "unkept" {
  const last = answerAttempts(outcome).at(-1);
  if (clientGone.reason() !== undefined || last === undefined) return "left";
  // A stream that is longer than may be kept: those of its twins will be, too.
  return outcome.error === undefined && hasAnswered(last) ? "unkept" : "failed";
}

const hasAnswered = ({ error, firstContentAt }: AttemptRecord): boolean =>
  error === undefined && firstContentAt !== undefined;

/** Undefined: it is none that may be given again. */
function keptOf(exchange: Exchange, ask: CacheAsk, response: CanonicalResponse): KeptAnswer | undefined {
  const { outcome } = exchange;
  const { guardrails } = outcome;
  if (whyNotKept(response, ask.policy) !== undefined || guardrails?.some(isUnjudged) === true) return undefined;
  const attempts = answerAttempts(outcome);
  const answering = attempts.findLast(hasAnswered);
  // An answer that two models have written is nobody's.
  if (answering === undefined || attempts.some(({ continues }) => continues === true)) return undefined;
  const { plan } = outcome;
  // Under its name there may be another provider by now.
  const target = plan?.targets.find(
    ({ provider: { id }, model }) => id === answering.provider && model === answering.model,
  );
  if (plan === undefined || target === undefined) return undefined;
  const { router } = plan;
  return {
    tenant: ask.tenant,
    exact: ask.exact,
    response: asTemplate(response),
    losses: { dropped: outcome.dropped.filter(isOfRequest), adapted: outcome.adapted.filter(isOfRequest) },
    ...(guardrails === undefined ? {} : { guardrails }),
    provider: answering.provider,
    model: answering.model,
    place: placeOf(target.provider),
    ...(plan.isThrifty === true ? { isThrifty: true } : {}),
    ...(router === undefined ? {} : { router }),
    createdAt: Date.now(),
    ttlSeconds: ask.policy.ttlSeconds,
  };
}

/** What a replay used is known, whatever was estimated then. */
const isOfRequest = ({ feature }: Loss): boolean => feature !== "usage";

/** A judge that was away for a moment must not have let something pass for as long as answers are kept. */
const isUnjudged = ({ failed }: Verdict): boolean => failed !== undefined;
