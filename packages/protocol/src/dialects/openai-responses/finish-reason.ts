import type { FinishReason } from "../../ir/finish-reason.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import { compact, entryOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";

/** A response only has a status; why it ended follows from `incomplete_details` and from what it holds. */
export function decodeFinishReason(response: JsonObject, kinds: ReadonlySet<Part["type"]>): FinishReason {
  const status = stringOf(response["status"]);
  const reason = stringOf(objectOf(response["incomplete_details"])?.["reason"]);
  if (reason !== undefined) return { unified: entryOf(INCOMPLETE, reason) ?? "other", raw: reason };
  const unified = status === undefined || status === "completed" ? completedBecause(kinds) : "other";
  return compact({ unified, raw: status });
}

const INCOMPLETE: Readonly<Record<string, FinishReason["unified"]>> = {
  max_output_tokens: "length",
  content_filter: "content-filter",
};

function completedBecause(kinds: ReadonlySet<Part["type"]>): FinishReason["unified"] {
  if (kinds.has("tool-call")) return "tool-calls";
  return kinds.has("refusal") ? "refusal" : "stop";
}

export interface EncodedStatus {
  readonly status: "completed" | "incomplete" | "failed";
  readonly reason?: "max_output_tokens" | "content_filter";
}

/** A refusal that has words is a complete answer. One without them is what a filter leaves, and must not look like success. */
export function encodeStatus(unified: FinishReason["unified"], output: readonly JsonObject[]): EncodedStatus {
  const hasWords = output.some(({ content }) => objectsOf(content).some(({ type }) => type === "refusal"));
  return STATUS_OF[unified === "refusal" && !hasWords ? "content-filter" : unified];
}

/** Every ending, and the status that says it: most are simply complete. A compile error when a reason is missing. */
const STATUS_OF = {
  stop: { status: "completed" },
  length: { status: "incomplete", reason: "max_output_tokens" },
  "tool-calls": { status: "completed" },
  "content-filter": { status: "incomplete", reason: "content_filter" },
  refusal: { status: "completed" },
  pause: { status: "completed" },
  error: { status: "failed" },
  other: { status: "completed" },
} as const satisfies Record<FinishReason["unified"], EncodedStatus>;
