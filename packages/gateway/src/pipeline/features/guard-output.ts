import type { StreamEvent } from "@signalbox/protocol";
import type { ModerationPolicy } from "../../config/features.ts";
import { startReading } from "../../features/guardrails/moderation/reading.ts";
import type { AnswerWork, NextStep } from "../answer-work.ts";
import type { Exchange } from "../exchange.ts";
import { judge, passesUnjudged } from "./guard-judge.ts";

/**
 * Judges an answer when it is whole. `flag`: the client has read it by then, and its end waits for the verdict. `block`: all of it
 * waits, and an answer that is flagged becomes an empty one that a filter has ended.
 */
export function moderateAnswer(exchange: Exchange, policy: ModerationPolicy, action: "flag" | "block"): AnswerWork {
  const trial = { policy, where: "output", action } as const;
  /** What stands, and what has come since. */
  let kept: readonly StreamEvent[] = [];
  let waiting: StreamEvent[] = [];
  let keptReading = startReading();
  let reading = keptReading.copy();
  const isHeld = ({ type }: StreamEvent) => action === "block" || type === "response-end";
  /** Nothing of an answer is told that is too long to be judged: there is no use in holding it. */
  const forgetLost = () => {
    if (action === "flag" || passesUnjudged(trial) || !reading.isTooLong()) return;
    waiting = waiting.filter(({ type }) => type === "response-start" || type === "response-end");
  };
  return {
    begin() {
      waiting = [...kept];
      reading = keptReading.copy();
    },
    keep() {
      kept = [...waiting];
      keptReading = reading.copy();
    },
    push(events) {
      reading.push(events);
      waiting.push(...events.filter(isHeld));
      forgetLost();
      return events.filter(({ type }) => (action === "block" ? type === "response-error" : type !== "response-end"));
    },
    next: () => (waiting.some(({ type }) => type === "response-end") ? verdict() : undefined),
  };

  async function verdict(): Promise<NextStep> {
    const texts = reading.texts();
    const { flagged } = texts?.length === 0 ? { flagged: false } : await judge(exchange, texts, trial);
    return { type: "tell", events: flagged && action === "block" ? filtered(waiting) : waiting };
  }
}

/** As vendors end what their own filters have stopped: no words, and the reason. */
function filtered(events: readonly StreamEvent[]): readonly StreamEvent[] {
  return events.flatMap((event): readonly StreamEvent[] => {
    if (event.type === "response-start") return [event];
    if (event.type !== "response-end") return [];
    const { usage } = event;
    return [
      { type: "response-end", finishReason: { unified: "content-filter" }, ...(usage === undefined ? {} : { usage }) },
    ];
  });
}
