import { collect, type StreamEvent } from "@signalbox/protocol";
import type { ModerationPolicy } from "../../config/features.ts";
import { wordsOf } from "../../features/guardrails/moderation/newest-turn.ts";
import type { AnswerWork, NextStep } from "../answer-work.ts";
import type { Exchange } from "../exchange.ts";
import { judge } from "./guard-judge.ts";

/**
 * Judges an answer when it is whole. `flag`: the client has read it by then, and its end waits for the verdict. `block`: all of it
 * waits, and an answer that is flagged becomes an empty one that a filter has ended.
 */
export function moderateAnswer(exchange: Exchange, policy: ModerationPolicy, action: "flag" | "block"): AnswerWork {
  /** What stands, and what has come since. */
  let kept: readonly StreamEvent[] = [];
  let read: StreamEvent[] = [];
  const reset = () => {
    read = [...kept];
  };
  const isJudged = () => read.some(({ type }) => type === "response-end");
  return {
    begin: reset,
    keep() {
      kept = [...read];
    },
    push(events) {
      read.push(...events);
      return events.filter(({ type }) => (action === "block" ? type === "response-error" : type !== "response-end"));
    },
    next: () => (isJudged() ? verdict() : undefined),
  };

  async function verdict(): Promise<NextStep> {
    const texts = collect(read)
      .parts.flatMap(wordsOf)
      .filter((text) => text.trim() !== "");
    const trial = { policy, where: "output", action } as const;
    const { flagged } = texts.length === 0 ? { flagged: false } : await judge(exchange, texts, trial);
    const waiting = read.filter(({ type }) => action === "block" || type === "response-end");
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
