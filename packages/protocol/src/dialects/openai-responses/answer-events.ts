import type { PartStart, ResponseEnd, ResponseError, ResponseStart, StreamEvent } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import type { Transducer } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { reportFinish } from "../shared/finish-losses.ts";
import { reportForeignAnswer, reportForeignAnswerPart } from "../shared/foreign-fields.ts";
import { reportUsage } from "../shared/usage-losses.ts";
import { type Answer, answerOf, type OpenPart, sealCurrent } from "./answer.ts";
import { startCall, wholeMedia, wholePart, wholeUnknown } from "./answer-calls.ts";
import { type StartedPart, startRefusal, startText, startUnknownContent } from "./answer-message.ts";
import { startReasoning } from "./answer-reasoning.ts";
import { endSearches, startSearch } from "./answer-search.ts";
import { errorEventBody, failureOf } from "./errors.ts";
import { encodeStatus } from "./finish-reason.ts";
import { type AnswerState, responseObject } from "./response-object.ts";
import { DIALECT, isContentType } from "./wire.ts";

interface AnswerStream {
  readonly answer: Answer;
  readonly open: Map<number, OpenPart>;
  readonly response: (state: AnswerState) => JsonObject;
  head: Omit<ResponseStart, "type">;
}

/** The answer as the events of the wire, not yet serialised: the stream sends them all, the whole answer is the last one's. */
export function answerEvents(context: AnswerContext): Transducer<StreamEvent, JsonObject> {
  const answer = answerOf(context);
  const object = responseObject(context);
  const stream: AnswerStream = {
    answer,
    open: new Map(),
    head: {},
    response: (state) => object(stream.head, state),
  };
  return { push: (event) => onEvent(event, stream), end: () => [] };
}

function onEvent(event: StreamEvent, stream: AnswerStream): readonly JsonObject[] {
  switch (event.type) {
    case "response-start":
      return onStart(event, stream);
    case "part-start":
      return onPartStart(event, stream);
    case "part-delta":
      return stream.open.get(event.index)?.delta(event.delta) ?? [];
    case "part-end":
      return onPartEnd(event.index, stream);
    case "response-end":
      return onEnd(event, stream);
    case "response-error":
      return onError(event, stream);
  }
}

function onStart({ type: _, ...head }: ResponseStart, stream: AnswerStream): readonly JsonObject[] {
  stream.head = head;
  const { answer } = stream;
  return ["response.created", "response.in_progress"].map((type) =>
    answer.event(type, { response: stream.response({ status: "in_progress", output: [] }) }),
  );
}

function onPartStart({ index, part }: PartStart, { answer, open }: AnswerStream): readonly JsonObject[] {
  reportForeignAnswerPart(part, DIALECT, answer.context.losses);
  const started = startPart(answer, part);
  open.set(index, started.part);
  return started.events;
}

function startPart(answer: Answer, part: Part): StartedPart {
  switch (part.type) {
    case "text":
      return startText(answer, part);
    case "refusal":
      return startRefusal(answer, part);
    case "reasoning":
      return startReasoning(answer, part);
    case "tool-call":
      return startCall(answer, part);
    case "media":
      return wholePart(wholeMedia(answer, part));
    case "unknown": {
      const content = part.origin.dialect === DIALECT && isContentType(part.value["type"]);
      return content ? startUnknownContent(answer, part) : wholePart(wholeUnknown(answer, part));
    }
    case "web-search":
      return startSearch(answer, part);
    case "tool-result":
      answer.context.losses.drop(
        "server-tool-result",
        `The result of a tool of the vendor's has no place in ${DIALECT}.`,
      );
      return wholePart([]);
  }
}

function onPartEnd(index: number, { open }: AnswerStream): readonly JsonObject[] {
  const part = open.get(index);
  open.delete(index);
  return part?.end() ?? [];
}

function onEnd(end: ResponseEnd, stream: AnswerStream): readonly JsonObject[] {
  const { answer } = stream;
  const { losses } = answer.context;
  reportForeignAnswer(end.extensions, DIALECT, losses);
  reportUsage(end.usage, { dialect: DIALECT }, losses);
  const { unified } = end.finishReason;
  const cutShort = unified === "length" || unified === "content-filter";
  const sealed = [...sealCurrent(answer, cutShort ? "incomplete" : "completed"), ...endSearches(answer)];
  const output = answer.output.filter((item) => item !== undefined);
  const { status, reason } = encodeStatus(unified, output);
  reportFinish(end.finishReason, reason ?? status, losses);
  const response = stream.response({
    status,
    output,
    end,
    ...(status === "failed" ? { error: stoppedByError(end) } : {}),
    ...(reason === undefined ? {} : { incompleteReason: reason }),
  });
  return [...sealed, answer.event(`response.${status}`, { response })];
}

const stoppedByError = ({ finishReason }: ResponseEnd): JsonObject => ({
  code: "server_error",
  message: `The model stopped because of an error${finishReason.raw === undefined ? "" : ` (${finishReason.raw})`}.`,
});

/**
 * Both events that OpenAI sends when a response breaks off, in its order: the SDKs throw on `error` and only hand on
 * `response.failed`; Codex does not know `error` and needs the code in `response.failed`, or it retries what cannot help.
 */
function onError({ error }: ResponseError, stream: AnswerStream): readonly JsonObject[] {
  const { answer } = stream;
  const { type: _, sequence_number: _n, ...fields } = errorEventBody(error, 0);
  const output = answer.output.filter((item) => item !== undefined);
  return [
    answer.event("error", fields),
    answer.event("response.failed", {
      response: stream.response({ status: "failed", output, error: failureOf(error) }),
    }),
  ];
}
