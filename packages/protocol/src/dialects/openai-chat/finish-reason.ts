import type { FinishReason } from "../../ir/finish-reason.ts";
import type { Part } from "../../ir/parts.ts";

/**
 * The documented five, and what compatible vendors say: `model_length` (Mistral), `sensitive` and `network_error` (Z.ai),
 * `insufficient_system_resource` (DeepSeek), `error` (OpenRouter), `eos` and `COMPLETE` (Together, Cohere).
 */
const BY_WORD = new Map<string, FinishReason["unified"]>([
  ["stop", "stop"],
  ["eos", "stop"],
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["complete", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_calls", "tool-calls"],
  ["tool_call", "tool-calls"],
  ["tool_use", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["sensitive", "content-filter"],
  ["safety", "content-filter"],
  ["error", "error"],
  ["network_error", "error"],
  ["insufficient_system_resource", "error"],
]);

/** What the answer holds besides the word that it ended with. */
export interface AnswerTraits {
  readonly toolCalls: boolean;
  readonly refusal: boolean;
}

/** A `stop` after tool calls is theirs (Ollama and Gemini's compatible endpoint say it so); after a refusal it is the refusal's. */
export function decodeFinishReason(raw: string | undefined, traits: AnswerTraits): FinishReason {
  const unified = raw === undefined ? "other" : (BY_WORD.get(raw.toLowerCase()) ?? "other");
  const ended = unified === "stop" || raw === undefined;
  const said = traits.toolCalls && ended ? "tool-calls" : traits.refusal && ended ? "refusal" : unified;
  return raw === undefined ? { unified: said } : { unified: said, raw };
}

/** `error` is OpenRouter's word; the documented five have none for it. A refusal without wording is a filter's. */
export function encodeFinishReason(reason: FinishReason, parts: readonly Part["type"][]): string {
  switch (reason.unified) {
    case "length":
      return "length";
    case "tool-calls":
      return "tool_calls";
    case "content-filter":
      return "content_filter";
    case "refusal":
      return parts.includes("refusal") ? "stop" : "content_filter";
    case "error":
      return "error";
    case "stop":
    case "pause":
    case "other":
      return parts.includes("tool-call") ? "tool_calls" : "stop";
  }
}
