import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { isObject } from "../../json/parse.ts";
import { compact, objectOf, stringOf } from "../../json/read.ts";
import type { BlockContext } from "./block-context.ts";
import { decodeContent } from "./decode-blocks.ts";
import { decodeErrorBody, invalidAnswer } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";
import { DIALECT, unknownFields } from "./wire.ts";

/** https://platform.claude.com/docs/en/api/messages */
export function decodeResponse(body: JsonValue, origin: Origin): CanonicalResponse {
  if (!isObject(body)) throw invalidAnswer("The upstream's answer is not a JSON object.");
  if (body["type"] === "error" || isObject(body["error"])) throw decodeErrorBody(body);
  if (!Array.isArray(body["content"])) throw invalidAnswer("The upstream's answer has no content.");
  const context: BlockContext = { origin, from: "upstream" };
  return compact({
    id: stringOf(body["id"]),
    model: stringOf(body["model"]),
    parts: decodeContent(body["content"], context, "content"),
    finishReason: decodeFinishReason(body["stop_reason"], body["stop_sequence"]),
    usage: decodeUsage(body["usage"]),
    serviceTier: stringOf(objectOf(body["usage"])?.["service_tier"]),
    extensions: answerExtensions(body),
  });
}

const KNOWN: ReadonlySet<string> = new Set([
  "id",
  "type",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "usage",
]);

/** What of a message, or of a `message_delta`, the IR has no word for. */
export function answerFields(message: JsonObject): JsonObject | undefined {
  return unknownFields(message, KNOWN);
}

/** The same as the extensions of an answer. */
export function answerExtensions(message: JsonObject): JsonObject | undefined {
  const fields = answerFields(message);
  return fields === undefined ? undefined : { [DIALECT]: fields };
}
