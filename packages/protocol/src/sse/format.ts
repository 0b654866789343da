import type { SseMessage } from "./message.ts";

/** Serialises one event. `data` must be a single line, which JSON is. */
export function formatSse(message: SseMessage): string {
  return message.event === undefined
    ? `data: ${message.data}\n\n`
    : `event: ${message.event}\ndata: ${message.data}\n\n`;
}

/** A comment block of its own: Google's SDK loses a data line that shares a block with a comment. */
export const SSE_COMMENT = ": keep-alive\n\n";
