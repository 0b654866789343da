import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { isObject } from "../../json/parse.ts";
import { compact, objectOf, otherFields } from "../../json/read.ts";
import { decodeContent } from "./decode-blocks.ts";
import { decodeErrorBody, invalidAnswer, isErrorBody } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { decodeUsage, tierOf } from "./usage.ts";
import { DIALECT } from "./wire.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function decodeResponse(body: JsonValue, origin: Origin): CanonicalResponse {
  if (!isObject(body)) throw invalidAnswer("The upstream's answer is not a JSON object.");
  const message = objectOf(objectOf(body["output"])?.["message"]);
  if (message === undefined && isErrorBody(body)) throw decodeErrorBody(body);
  if (!Array.isArray(message?.["content"])) throw invalidAnswer("The upstream's answer has no content.");
  return compact({
    parts: decodeContent(message["content"], origin),
    finishReason: decodeFinishReason(body["stopReason"], body["additionalModelResponseFields"]),
    usage: decodeUsage(body),
    serviceTier: tierOf(body),
    extensions: answerExtensions(body),
  });
}

/** What the IR has words for, and how long it took, which the client's own clock tells. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["output", "stopReason", "usage", "metrics", "serviceTier", "additionalModelResponseFields"],
  // Padding against the reading of lengths, in streams.
  "p",
]);

/** What of an answer, or of all of a stream's last events together, only this dialect can say. */
export function answerExtensions(answer: JsonObject): JsonObject | undefined {
  const rest = otherFields(answer, KNOWN);
  const model = modelFields(objectOf(answer["additionalModelResponseFields"]) ?? {});
  const all = model === undefined ? rest : { ...rest, additionalModelResponseFields: model };
  return all === undefined ? undefined : { [DIALECT]: all };
}

/** The model's own fields, without the stop sequence that was asked for. */
function modelFields(fields: JsonObject): JsonObject | undefined {
  const { delta, ...rest } = fields;
  const { stop_sequence: _, ...inner } = objectOf(delta) ?? {};
  const kept = otherFields(rest, new Set(["stop_sequence"])) ?? {};
  const all = Object.keys(inner).length === 0 ? kept : { ...kept, delta: inner };
  return Object.keys(all).length === 0 ? undefined : all;
}
