import type { JsonObject, SseMessage } from "@signalbox/protocol";

/** Another way of writing a dialect's answers, for clients of an API that is asked as that dialect. Its errors are the dialect's. */
export interface AnswerForm {
  /** A whole answer. */
  readonly whole: (body: JsonObject) => JsonObject;
  /** The messages that one of a stream becomes: one function for each stream. */
  readonly stream: () => (message: SseMessage) => readonly SseMessage[];
}
