import type { SseMessage } from "../../sse/message.ts";

const MORE_THAN_CONTENT = /"(?:finishReason|blockReason|promptFeedback|error)"/;

/** Chunks that end the answer, block or fail it; those without candidates (late usage); and what does not look whole. */
export function isLandmark({ data }: SseMessage): boolean {
  const looksWhole = data.startsWith("{") && data.endsWith("}");
  return !looksWhole || MORE_THAN_CONTENT.test(data) || !data.includes('"candidates"');
}
