import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import { servedAs } from "../../ir/usage.ts";
import { arrayOf, compact, numberOf, objectsOf, stringOf } from "../../json/read.ts";
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
  const own = leftovers({ ...response, ...logprobsOf(response) }, KNOWN);
  return compact({
    finishReason: decodeFinishReason(response, kinds),
    usage: servedAs(decodeUsage(response["usage"], response["output"]), stringOf(response["service_tier"])),
    serviceTier: stringOf(response["service_tier"]),
    extensions: own === undefined ? undefined : { [DIALECT]: own },
  });
}

/**
 * The log probabilities of the answer's texts, in their order. They stand within the texts on the wire, but a stream tells
 * them piece by piece and only its last event has them whole.
 */
function logprobsOf(response: JsonObject): JsonObject {
  const lists = textsOf(response["output"]).map((text) => text["logprobs"] ?? []);
  return lists.some((list) => arrayOf(list).length > 0) ? { logprobs: lists } : {};
}

/** The output with them back in their places. */
export function withLogprobs(output: readonly JsonObject[], logprobs: JsonValue | undefined): readonly JsonObject[] {
  const lists = [...arrayOf(logprobs)];
  if (lists.length === 0) return output;
  return output.map((item) => {
    if (item["type"] !== "message") return item;
    const content = objectsOf(item["content"]).map((piece) =>
      piece["type"] === "output_text" ? { ...piece, logprobs: lists.shift() ?? [] } : piece,
    );
    return { ...item, content };
  });
}

function textsOf(output: JsonValue | undefined): readonly JsonObject[] {
  const messages = objectsOf(output).filter((item) => item["type"] === "message");
  return messages.flatMap((item) => objectsOf(item["content"])).filter((piece) => piece["type"] === "output_text");
}

/** Fields that the IR has words for, and those that repeat the request. */
const KNOWN = new Set([
  ...["id", "object", "created_at", "model", "status", "error", "incomplete_details"],
  ...["output", "output_text", "usage", "service_tier"],
  ...["background", "frequency_penalty", "include", "input", "instructions", "max_output_tokens", "max_tool_calls"],
  ...["metadata", "parallel_tool_calls", "presence_penalty", "previous_response_id", "prompt", "prompt_cache_key"],
  ...["prompt_cache_options", "reasoning", "safety_identifier", "store", "temperature"],
  ...["text", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user"],
]);

/** The id of a call that came without one: unique among all answers, as call ids must be in a conversation. */
export function missingCallId(responseId: string | undefined, position: number): string {
  return `call_${(responseId ?? "").replaceAll(/[^A-Za-z0-9_-]/g, "_")}_${position}`;
}
