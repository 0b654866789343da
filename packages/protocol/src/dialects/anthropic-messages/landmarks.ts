import type { SseMessage } from "../../sse/message.ts";

const ONLY_CONTENT = /^\{\s*"type":\s*"(?:content_block_(?:start|delta|stop)|ping)"/;

/** `message_start`, `message_delta`, `message_stop`, `error`, and what does not look whole. */
export function isLandmark({ data }: SseMessage): boolean {
  return !(data.endsWith("}") && ONLY_CONTENT.test(data));
}
