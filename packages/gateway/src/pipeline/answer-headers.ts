import type { LossReport } from "@signalbox/protocol";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { Exchange } from "./exchange.ts";

/** What the gateway says of its own part in an answer. */
export function answerHeaders(exchange: Exchange, planned: PlannedAttempt, losses: LossReport): Record<string, string> {
  const dropped = features(losses.dropped);
  const adapted = features(losses.adapted);
  return {
    "x-signalbox-provider": planned.target.provider.id,
    "x-signalbox-model": headerText(planned.target.model),
    "x-signalbox-lane": planned.lane,
    "x-signalbox-attempts": String(exchange.outcome.attempts.length),
    ...(dropped === "" ? {} : { "x-signalbox-dropped": dropped }),
    ...(adapted === "" ? {} : { "x-signalbox-adapted": adapted }),
  };
}

/** Names of fields and models are the client's words; a header takes visible ASCII only. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, "_");
}

function features(losses: LossReport["dropped"]): string {
  return headerText([...new Set(losses.map(({ feature }) => feature))].join(",")).slice(0, 1024);
}
