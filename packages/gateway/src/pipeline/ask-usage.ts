import { isObject, valueAt } from "@signalbox/protocol";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { ClientRequest } from "./receive.ts";

const FIELD = "stream_options";

/**
 * What to write in a request for chat completions so that its stream tells what it used, which OpenAI's do only when asked.
 * Undefined: the client asks itself, or the upstream takes no such wish.
 * https://platform.openai.com/docs/api-reference/chat/create#chat_create-stream_options
 */
export function usageWish({ bytes, scan, stream }: ClientRequest, { endpoint }: PlannedAttempt): string | undefined {
  if (!stream || endpoint.dialect !== "openai-chat" || endpoint.quirks.streamUsage === false) return undefined;
  const span = scan.members.get(FIELD);
  const written = span === undefined ? null : valueAt(bytes, span);
  if (written === null) return '{"include_usage":true}';
  // What is no object is the upstream's to refuse.
  if (!isObject(written) || written["include_usage"] === true) return undefined;
  return JSON.stringify({ ...written, include_usage: true });
}

export const USAGE_WISH = FIELD;
