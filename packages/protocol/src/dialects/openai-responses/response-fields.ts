import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import { compact, numberOf, stringOf } from "../../json/read.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";
import { DIALECT, leftovers } from "./wire.ts";

type Head = Pick<CanonicalResponse, "id" | "model" | "createdAt">;
type Tail = Pick<CanonicalResponse, "finishReason" | "usage" | "serviceTier" | "extensions">;

/** What the response object says of itself before there is any output. */
export function responseHead(response: JsonObject): Head {
  return compact({
    id: stringOf(response["id"]),
    model: stringOf(response["model"]),
    createdAt: numberOf(response["created_at"]),
  });
}

/** What it says when it is over. `kinds` are the parts that it held. */
export function responseTail(response: JsonObject, kinds: ReadonlySet<Part["type"]>): Tail {
  const own = leftovers(response, KNOWN);
  return compact({
    finishReason: decodeFinishReason(response, kinds),
    usage: decodeUsage(response["usage"]),
    serviceTier: stringOf(response["service_tier"]),
    extensions: own === undefined ? undefined : { [DIALECT]: own },
  });
}

/** Fields that the IR has words for, and those that repeat the request. */
const KNOWN = new Set([
  ...["id", "object", "created_at", "completed_at", "model", "status", "error", "incomplete_details"],
  ...["output", "output_text", "usage", "service_tier"],
  ...["background", "frequency_penalty", "include", "input", "instructions", "max_output_tokens", "max_tool_calls"],
  ...["metadata", "parallel_tool_calls", "presence_penalty", "previous_response_id", "prompt", "prompt_cache_key"],
  ...["prompt_cache_options", "prompt_cache_retention", "reasoning", "safety_identifier", "store", "temperature"],
  ...["text", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user"],
]);

/** The id of a call that came without one: unique among all answers, as call ids must be in a conversation. */
export function missingCallId(responseId: string | undefined, position: number): string {
  return `call_${(responseId ?? "").replaceAll(/[^A-Za-z0-9_-]/g, "_")}_${position}`;
}
