import type { FinishReason } from "../../ir/finish-reason.ts";
import type { JsonValue } from "../../ir/json.ts";
import { compact, entryOf, objectOf, stringOf } from "../../json/read.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html; `refusal` is Claude's own. */
const BY_WIRE: Readonly<Record<string, FinishReason["unified"]>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool-calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  guardrail_intervened: "content-filter",
  content_filtered: "content-filter",
  refusal: "refusal",
  pause_turn: "pause",
  malformed_model_output: "error",
  malformed_tool_use: "error",
};

export function decodeFinishReason(reason: JsonValue | undefined, modelFields: JsonValue | undefined): FinishReason {
  const raw = stringOf(reason);
  return compact({ unified: entryOf(BY_WIRE, raw) ?? "other", raw, stopSequence: stopSequenceOf(modelFields) });
}

/** Where Claude tells which sequence it was: beside the answer, or in a stream within `delta`. */
function stopSequenceOf(modelFields: JsonValue | undefined): string | undefined {
  const fields = objectOf(modelFields);
  return stringOf(fields?.["stop_sequence"]) ?? stringOf(objectOf(fields?.["delta"])?.["stop_sequence"]);
}
