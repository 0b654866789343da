import type { SseMessage } from "../../sse/message.ts";

const MORE_THAN_CONTENT = /"(?:finish_reason|usage|error)":\s*["{]/;

/** Chunks that end the answer, count it or fail it; those that do not look whole count too, so that they are found out. */
export function isLandmark({ data }: SseMessage): boolean {
  return !(data.startsWith("{") && data.endsWith("}")) || MORE_THAN_CONTENT.test(data);
}
