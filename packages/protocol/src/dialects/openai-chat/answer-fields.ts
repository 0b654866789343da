import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Usage } from "../../ir/usage.ts";
import { arrayOf, compact, objectOf, otherFields } from "../../json/read.ts";
import { decodeUsage } from "./usage.ts";
import { DIALECT, withoutNulls } from "./wire.ts";

/**
 * Answer fields that only this dialect can say stand under its id in the response's extensions: the body's own fields
 * (`system_fingerprint`, `provider`, `prompt_filter_results`, …), under `choice` and `message` those of the first
 * choice (`logprobs`, `native_finish_reason`, `content_filter_results`, …) and under `choices` all further choices.
 */
const BODY_FIELDS = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "service_tier",
  "citations",
  "search_results",
  "error",
  // Padding against traffic analysis: https://platform.openai.com/docs/api-reference/chat-streaming
  "obfuscation",
  "p",
]);
const CHOICE_FIELDS = new Set(["index", "message", "delta", "finish_reason", "usage", "error"]);
const MESSAGE_FIELDS = new Set([
  "role",
  "content",
  "refusal",
  "annotations",
  "tool_calls",
  "function_call",
  "reasoning",
  "reasoning_content",
  "reasoning_details",
  "images",
  "audio",
  "index",
]);

export interface AnswerFields {
  readonly body: JsonObject;
  readonly choice: JsonObject;
  readonly message: JsonObject;
}

export const NO_FIELDS: AnswerFields = { body: {}, choice: {}, message: {} };

export function otherAnswerFields(body: JsonObject, choice: JsonObject, message: JsonObject): AnswerFields {
  return {
    body: otherFields(withoutNulls(body), BODY_FIELDS) ?? {},
    choice: otherFields(withoutNulls(choice), CHOICE_FIELDS) ?? {},
    message: {
      ...otherFields(withoutNulls(message), MESSAGE_FIELDS),
      ...compact({ audio: keptSound(objectOf(message["audio"])) }),
    },
  };
}

/** What a spoken answer says of itself beside its sound and its words: until when OpenAI keeps it. */
function keptSound(audio: JsonObject | undefined): JsonObject | undefined {
  return audio === undefined ? undefined : otherFields(withoutNulls(audio), SOUND_FIELDS);
}

const SOUND_FIELDS = new Set(["id", "data", "transcript"]);

/** Later chunks have the last word, but log probabilities are a list that grows. */
export function mergeAnswerFields(earlier: AnswerFields, later: AnswerFields): AnswerFields {
  const logprobs = mergeLogprobs(earlier.choice["logprobs"], later.choice["logprobs"]);
  const choice = { ...earlier.choice, ...later.choice };
  return {
    body: { ...earlier.body, ...later.body },
    choice: logprobs === undefined ? choice : { ...choice, logprobs },
    message: { ...earlier.message, ...later.message },
  };
}

function mergeLogprobs(earlier: JsonValue | undefined, later: JsonValue | undefined): JsonObject | undefined {
  const [before, after] = [objectOf(earlier), objectOf(later)];
  if (before === undefined || after === undefined) return after ?? before;
  const joined = (field: string) => [...arrayOf(before[field]), ...arrayOf(after[field])];
  const content = joined("content");
  const refusal = joined("refusal");
  return {
    ...before,
    ...after,
    ...(content.length === 0 ? {} : { content }),
    ...(refusal.length === 0 ? {} : { refusal }),
  };
}

export function extensionsOf(fields: AnswerFields, choices: readonly JsonObject[] = []): JsonObject | undefined {
  const own = {
    ...fields.body,
    ...(Object.keys(fields.choice).length === 0 ? {} : { choice: fields.choice }),
    ...(Object.keys(fields.message).length === 0 ? {} : { message: fields.message }),
    ...(choices.length === 0 ? {} : { choices }),
  };
  return Object.keys(own).length === 0 ? undefined : { [DIALECT]: own };
}

export interface OwnExtensions extends AnswerFields {
  readonly choices: readonly JsonValue[];
}

export function ownExtensions(extensions: JsonObject | undefined): OwnExtensions {
  const { choice, message, choices, ...body } = objectOf(extensions?.[DIALECT]) ?? {};
  return { body, choice: objectOf(choice) ?? {}, message: objectOf(message) ?? {}, choices: arrayOf(choices) };
}

/** Moonshot keeps usage in the choice, Groq's streams in `x_groq`. https://console.groq.com/docs/api-reference */
export function usageOfAnswer(body: JsonObject, choice: JsonObject): Usage | undefined {
  return decodeUsage(body["usage"]) ?? decodeUsage(choice["usage"]) ?? decodeUsage(objectOf(body["x_groq"])?.["usage"]);
}

/** What ids are made of where the upstream gives a call none: unique from answer to answer. */
export function callIdPrefix(responseId: string | undefined): string {
  const tail = (responseId ?? "").replaceAll(/[^0-9A-Za-z]/g, "").slice(-16);
  return tail === "" ? "call" : `call_${tail}`;
}
