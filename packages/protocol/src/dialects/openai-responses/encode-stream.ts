import type { StreamEvent } from "../../ir/events.ts";
import type { SseMessage } from "../../sse/message.ts";
import type { Transducer } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { answerEvents } from "./answer-events.ts";
import { sseEvent } from "./wire.ts";

export function encodeStream(context: AnswerContext): Transducer<StreamEvent, SseMessage> {
  const events = answerEvents(context);
  return {
    push: (event) => events.push(event).map(sseEvent),
    end: () => events.end().map(sseEvent),
  };
}
