/** Why the model stopped. `raw` is the upstream's own word. */
export interface FinishReason {
  readonly unified: "stop" | "length" | "tool-calls" | "content-filter" | "refusal" | "pause" | "error" | "other";
  readonly raw?: string;
  /** The stop sequence that was hit, where the upstream tells (Anthropic). */
  readonly stopSequence?: string;
}
