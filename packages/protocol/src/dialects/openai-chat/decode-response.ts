import { GatewayError } from "../../ir/errors.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import { servedAs } from "../../ir/usage.ts";
import { isObject } from "../../json/parse.ts";
import { compact, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { callIdPrefix, extensionsOf, otherAnswerFields, usageOfAnswer } from "./answer-fields.ts";
import { sourceCitations } from "./citations.ts";
import { assistantParts, withCitations } from "./decode-assistant.ts";
import { errorOfOkBody, invalidAnswer } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";

export function decodeResponse(body: JsonValue, origin: Origin): CanonicalResponse {
  if (!isObject(body)) throw invalidAnswer("it is not an object");
  const choices = objectsOf(body["choices"]);
  const choice = choices.find((candidate) => candidate["index"] === 0) ?? choices[0];
  const message = messageOf(choice);
  if (choice === undefined || message === undefined) throw failureOf(body);
  if (isObject(choice["error"])) throw errorOfOkBody(choice);
  const parts = answerParts(body, message, origin);
  const finishReason = decodeFinishReason(stringOf(choice["finish_reason"]), {
    toolCalls: parts.some((part) => part.type === "tool-call"),
    refusal: parts.some((part) => part.type === "refusal"),
  });
  const others = choices.filter((candidate) => candidate !== choice);
  return compact({
    id: stringOf(body["id"]) || undefined,
    model: stringOf(body["model"]) || undefined,
    createdAt: numberOf(body["created"]) || undefined,
    parts,
    finishReason,
    usage: servedAs(usageOfAnswer(body, choice), stringOf(body["service_tier"])),
    serviceTier: stringOf(body["service_tier"]),
    extensions: extensionsOf(otherAnswerFields(body, choice, message), others),
  });
}

/** Azure leaves the message out where its filter took all of it. https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter */
function messageOf(choice: JsonObject | undefined): JsonObject | undefined {
  return objectOf(choice?.["message"]) ?? (typeof choice?.["finish_reason"] === "string" ? {} : undefined);
}

/** A body without a choice: some vendors send errors with status 200. */
function failureOf(body: JsonObject): GatewayError {
  const hasError = body["error"] !== undefined && body["error"] !== null;
  return hasError || body["object"] === "error" ? errorOfOkBody(body) : invalidAnswer("it has no choices");
}

function answerParts(body: JsonObject, message: JsonObject, origin: Origin): readonly Part[] {
  try {
    const idPrefix = callIdPrefix(stringOf(body["id"]));
    const parts = assistantParts(message, { origin, path: "choices[0].message", idPrefix });
    return withCitations(parts, sourceCitations(body));
  } catch (error) {
    if (error instanceof GatewayError) throw invalidAnswer(error.message);
    throw error;
  }
}
