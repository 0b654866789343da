import { isObject, type JsonValue, parseJson, valueAt } from "@signalbox/protocol";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { ClientRequest } from "./client-request.ts";

const FIELD = "stream_options";

/** Members of the body that are written anew for the upstream; undefined: left out. */
type Edits = Readonly<Record<string, string | undefined>>;

/**
 * What to write in a request for chat completions so that its stream tells what it used, which OpenAI's do only when asked.
 * Undefined: the client asks itself, or the upstream takes no such wish.
 * https://platform.openai.com/docs/api-reference/chat/create#chat_create-stream_options
 */
export function usageWish(request: ClientRequest, { endpoint }: PlannedAttempt, edits: Edits): string | undefined {
  if (!request.stream || endpoint.dialect !== "openai-chat" || endpoint.quirks.streamUsage === false) return undefined;
  const written = wishesIn(request, edits);
  if (written === null) return '{"include_usage":true}';
  // What is no object is the upstream's to refuse.
  if (!isObject(written) || written["include_usage"] === true) return undefined;
  return JSON.stringify({ ...written, include_usage: true });
}

/** The client's own, as far as the upstream knows them. */
function wishesIn({ bytes, scan }: ClientRequest, edits: Edits): JsonValue {
  const span = scan.members.get(FIELD);
  if (span === undefined) return null;
  const edited = edits[FIELD];
  if (edited !== undefined) return parseJson(edited);
  return FIELD in edits ? null : (valueAt(bytes, span) ?? null);
}

export const USAGE_WISH = FIELD;

/** Whether an upstream that does not know this field refuses the wish. */
export const isUsageWish = (field: string): boolean => field === FIELD || field === `${FIELD}.include_usage`;
