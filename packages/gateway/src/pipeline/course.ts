import { setTimeout as delay } from "node:timers/promises";
import type { Candidate, Course } from "../routing/next-attempt.ts";
import type { Exchange } from "./exchange.ts";

/** How far a request has come with its attempts, whatever they ask for. */
type Travelled<A extends Candidate> = Pick<Course<A>, "planned" | "tried"> & {
  /** On the clock of `performance.now()`. */
  readonly deadlineAt: number;
};

/** What the next attempt is decided by, as of now. */
export function courseFrom<A extends Candidate>(
  { services, snapshot }: Exchange,
  { planned, tried, deadlineAt }: Travelled<A>,
): Course<A> {
  const { health } = services;
  const now = performance.now();
  return {
    planned,
    tried,
    settings: snapshot.retries,
    readiness: (place) => health.readiness(place, now),
    withdraw: () => health.budget.withdraw(now),
    spend: () => health.budget.spend(now),
    remainingMs: deadlineAt - now,
    chance: Math.random,
  };
}

/** Rejects with why the client is gone, as soon as it is. */
export async function pause(ms: number, { clientGone }: Pick<Exchange, "clientGone">): Promise<void> {
  const stop = new AbortController();
  const forget = clientGone.onAbort(() => stop.abort());
  await delay(ms, undefined, { signal: stop.signal }).catch(() => undefined);
  forget();
  const reason = clientGone.reason();
  if (reason !== undefined) throw reason;
}
