import type { SseMessage } from "../../sse/message.ts";

const ONLY_CONTENT = /\.(?:delta|done|added)$/;

/** `response.created`, `.completed`, `.incomplete`, `.failed`, `error`, and what does not look whole or names no event. */
export function isLandmark({ event, data }: SseMessage): boolean {
  return event === undefined || !(data.endsWith("}") && ONLY_CONTENT.test(event));
}
