import { placeOf } from "../routing/next-attempt.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { Journey } from "./journey.ts";

/** How long an attempt may wait for its first token before another is started beside it; undefined: it is left alone. */
export function hedgeDelayMs({ exchange, planned, assembly }: Journey, attempt: PlannedAttempt): number | undefined {
  const { hedging } = exchange.snapshot;
  // Two answers at once cannot both be worked on.
  if (exchange.outcome.plan?.hedging !== true || assembly !== undefined) return undefined;
  if (!planned.some((candidate) => candidate.target !== attempt.target)) return undefined;
  const { provider, model } = attempt.target;
  return hedging.afterMs ?? exchange.services.health.p95FirstTokenMs(provider.id, model);
}

/** The attempt to run beside a slow one, if the client still waits and the budget has one left. */
export function hedgeFor(journey: Journey, slow: PlannedAttempt): PlannedAttempt | undefined {
  const { exchange, planned, tried, race } = journey;
  const { health } = exchange.services;
  const now = performance.now();
  if (race.isDecided() || exchange.clientGone.reason() !== undefined) return undefined;
  const other = planned.find(
    (candidate) =>
      candidate.target !== slow.target &&
      !tried.some(({ attempt }) => attempt === candidate) &&
      health.readiness(placeOf(candidate), now).state === "ready",
  );
  return other !== undefined && health.hedgeBudget.withdraw(now) ? other : undefined;
}
