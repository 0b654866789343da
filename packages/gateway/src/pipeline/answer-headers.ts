import type { LossReport } from "@signalbox/protocol";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { Exchange } from "./exchange.ts";

/** What the gateway says of its own part in an answer. */
export function answerHeaders(exchange: Exchange, planned: PlannedAttempt, losses: LossReport): Record<string, string> {
  const dropped = features(losses.dropped);
  const adapted = features(losses.adapted);
  return {
    "x-signalbox-provider": planned.target.provider.id,
    "x-signalbox-model": encodeURI(planned.target.model),
    "x-signalbox-lane": planned.lane,
    "x-signalbox-attempts": String(exchange.outcome.attempts.length),
    ...(dropped === "" ? {} : { "x-signalbox-dropped": dropped }),
    ...(adapted === "" ? {} : { "x-signalbox-adapted": adapted }),
  };
}

function features(losses: LossReport["dropped"]): string {
  return [...new Set(losses.map(({ feature }) => feature))].join(",").slice(0, 1024);
}
