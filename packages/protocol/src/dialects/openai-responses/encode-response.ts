import { explode } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import { objectOf } from "../../json/read.ts";
import { runAll } from "../../transducer.ts";
import type { AnswerContext } from "../dialect.ts";
import { answerEvents } from "./answer-events.ts";

/** The response object that the last event of the same answer's stream holds. */
export function encodeResponse(response: CanonicalResponse, context: AnswerContext): JsonObject {
  const last = runAll(answerEvents(context), explode(response)).at(-1);
  return objectOf(last?.["response"]) ?? {};
}
