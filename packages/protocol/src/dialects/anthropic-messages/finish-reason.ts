import type { CanonicalResponse } from "../../ir/events.ts";
import type { FinishReason } from "../../ir/finish-reason.ts";
import type { JsonValue } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import { compact, stringOf } from "../../json/read.ts";

type Unified = FinishReason["unified"];

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons; `content_filter` is a look-alike's. */
const BY_WIRE = new Map<string | undefined, Unified>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["pause_turn", "pause"],
  ["compaction", "pause"],
  ["refusal", "refusal"],
  ["content_filter", "content-filter"],
]);

const TO_WIRE: Readonly<Record<Unified, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  pause: "pause_turn",
  error: "end_turn",
  other: "end_turn",
};

export function decodeFinishReason(reason: JsonValue | undefined, sequence: JsonValue | undefined): FinishReason {
  const raw = stringOf(reason);
  return compact({ unified: BY_WIRE.get(raw) ?? "other", raw, stopSequence: stringOf(sequence) });
}

export interface WireStop {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
}

/** `kinds`: which parts the answer has. Clients act on `tool_use`, so an answer with calls never says another end. */
export function encodeFinishReason(reason: FinishReason, kinds: ReadonlySet<Part["type"]>): WireStop {
  const { unified, raw, stopSequence } = reason;
  const sequence = stopSequence ?? null;
  if (raw !== undefined && raw !== "content_filter" && BY_WIRE.get(raw) === unified) {
    return { stop_reason: raw, stop_sequence: sequence };
  }
  if (sequence !== null && unified === "stop") return { stop_reason: "stop_sequence", stop_sequence: sequence };
  const open = unified === "stop" || unified === "other";
  if (open && kinds.has("tool-call")) return { stop_reason: "tool_use", stop_sequence: null };
  if (open && kinds.has("refusal")) return { stop_reason: "refusal", stop_sequence: null };
  return { stop_reason: TO_WIRE[unified], stop_sequence: sequence };
}

export function partKinds(response: Pick<CanonicalResponse, "parts">): ReadonlySet<Part["type"]> {
  return new Set(response.parts.map((part) => part.type));
}
