import type { SseMessage } from "../../sse/message.ts";

const ONLY_CONTENT: ReadonlySet<string | undefined> = new Set([
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
]);

/** `messageStart`, `messageStop`, `metadata`, exceptions, and what does not look whole. */
export function isLandmark({ event, data }: SseMessage): boolean {
  return !(ONLY_CONTENT.has(event) && data.endsWith("}"));
}
