import type { FinishReason } from "../../ir/finish-reason.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import { reportFinish } from "../shared/finish-losses.ts";

type Unified = FinishReason["unified"];

/** https://ai.google.dev/api/generate-content#FinishReason and Vertex AI's additions. */
const UNIFIED: ReadonlyMap<string, Unified> = new Map<string, Unified>([
  ["FINISH_REASON_UNSPECIFIED", "other"],
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "content-filter"],
  ["RECITATION", "content-filter"],
  ["BLOCKLIST", "content-filter"],
  ["PROHIBITED_CONTENT", "content-filter"],
  ["SPII", "content-filter"],
  ["MODEL_ARMOR", "content-filter"],
  ["IMAGE_SAFETY", "content-filter"],
  ["IMAGE_PROHIBITED_CONTENT", "content-filter"],
  ["IMAGE_RECITATION", "content-filter"],
  ["LANGUAGE", "other"],
  ["OTHER", "other"],
  ["IMAGE_OTHER", "other"],
  ["NO_IMAGE", "other"],
  ["ESCALATION", "other"],
  ["CONTINUATION", "pause"],
  ["MALFORMED_FUNCTION_CALL", "error"],
  ["UNEXPECTED_TOOL_CALL", "error"],
  ["TOO_MANY_TOOL_CALLS", "error"],
  ["MISSING_THOUGHT_SIGNATURE", "error"],
  ["MALFORMED_RESPONSE", "error"],
]);

/** Gemini says STOP for an answer that ends in function calls, too. */
export function decodeFinishReason(raw: string | undefined, calledTools: boolean): FinishReason {
  const unified = raw === undefined ? "other" : (UNIFIED.get(raw) ?? "other");
  const seen = calledTools && (unified === "stop" || raw === undefined) ? "tool-calls" : unified;
  return raw === undefined ? { unified: seen } : { unified: seen, raw };
}

/** https://ai.google.dev/api/generate-content#BlockReason */
export const blockedFinishReason = (raw: string): FinishReason => ({ unified: "content-filter", raw });

/** The words that every version of Google's SDKs knows. */
const WIRE: Readonly<Record<Unified, string>> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
  refusal: "SAFETY",
  pause: "OTHER",
  error: "OTHER",
  other: "OTHER",
};

export function encodeFinishReason(reason: FinishReason, losses: LossRecorder): string {
  if (reason.raw !== undefined && UNIFIED.has(reason.raw)) return reason.raw;
  const word = WIRE[reason.unified];
  reportFinish(reason, word, losses);
  return word;
}
