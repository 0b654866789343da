import { collect } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { isObject } from "../../json/parse.ts";
import { answerDecoder } from "./answer-decoder.ts";
import { errorInAnswer, invalidAnswer } from "./errors.ts";

export function decodeResponse(body: JsonValue, origin: Origin): CanonicalResponse {
  if (!isObject(body)) throw invalidAnswer("The upstream's answer is not a JSON object.");
  const error = errorInAnswer(body);
  if (error !== undefined) throw error;
  const decoder = answerDecoder(origin);
  const events = decoder.chunk(body);
  const hasCandidate = Array.isArray(body["candidates"]) && body["candidates"].length > 0;
  if (!decoder.isComplete() && !hasCandidate) throw invalidAnswer("The upstream's answer has no candidates.");
  return collect([...events, ...decoder.finish()]);
}
