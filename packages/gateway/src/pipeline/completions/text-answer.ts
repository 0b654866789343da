import { type JsonObject, objectOf, objectsOf, parseJsonObject, type SseMessage, stringOf } from "@signalbox/protocol";
import type { AnswerForm } from "../answer-form.ts";

/** Answers of chats in the words of completions: https://developers.openai.com/api/reference/resources/completions */
export const textCompletions: AnswerForm = {
  whole: (body) => ({
    ...head(body),
    choices: objectsOf(body["choices"]).map((choice) => textChoice(choice, objectOf(choice["message"]))),
  }),
  stream: () => textMessages,
};

/** Chunks that only open a message have nothing to say here; errors and the end are the same. */
function textMessages(message: SseMessage): readonly SseMessage[] {
  const chunk = parseJsonObject(message.data);
  if (chunk === undefined || chunk["choices"] === undefined) return [message];
  const all = objectsOf(chunk["choices"]);
  const choices = all
    .map((choice) => textChoice(choice, objectOf(choice["delta"])))
    .filter((choice) => choice.text !== "" || choice.finish_reason !== null);
  if (choices.length === 0 && all.length > 0) return [];
  return [{ ...message, data: JSON.stringify({ ...head(chunk), choices }) }];
}

/** Whatever else the answer tells, usage and metadata among it, stays where it is. */
function head(body: JsonObject): JsonObject {
  const id = stringOf(body["id"]);
  return {
    ...body,
    ...(id === undefined ? {} : { id: id.replace(/^chatcmpl-/, "cmpl-") }),
    object: "text_completion",
  };
}

function textChoice(choice: JsonObject, said: JsonObject | undefined) {
  const text = stringOf(said?.["content"]) ?? stringOf(said?.["refusal"]) ?? "";
  return {
    text,
    index: choice["index"] ?? 0,
    logprobs: null,
    finish_reason: choice["finish_reason"] ?? null,
  };
}
