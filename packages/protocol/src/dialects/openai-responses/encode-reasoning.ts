import type { JsonObject } from "../../ir/json.ts";
import type { ReasoningPart } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { isReplayable } from "../shared/replay.ts";
import type { EncodeContext } from "./encode-context.ts";
import { DIALECT, ownFields } from "./wire.ts";

/**
 * One reasoning item of consecutive parts. It goes back only where it was made: with its encrypted value, or by the id
 * under which the vendor keeps it. Another vendor's thinking is not shown.
 */
export function encodeReasoning(parts: readonly ReasoningPart[], context: EncodeContext): readonly JsonObject[] {
  const opaque = parts
    .map((part) => part.opaque)
    .findLast((value) => value !== undefined && value.data !== "" && isReplayable(value, context.target));
  const foreign = parts.some((part) => part.opaque !== undefined && !isReplayable(part.opaque, context.target));
  const sealed = context.quirks.encryptedReasoning === false ? undefined : opaque;
  const id = sealed?.id ?? parts.find((part) => part.id !== undefined)?.id;
  const content = parts.filter((part) => part.form === "full").map(({ text }) => ({ type: "reasoning_text", text }));
  const summary = parts.filter((part) => part.form === "summary").map(({ text }) => ({ type: "summary_text", text }));
  const kept = id !== undefined && !foreign && opaque === undefined && keepsItems(context);
  const readable = !foreign && content.length > 0 && context.quirks.fullReasoningContent === true;
  if (sealed === undefined && !kept && !readable) return reasoningNotSent(context);
  return [
    compact({
      type: "reasoning",
      id,
      summary,
      content: content.length === 0 ? undefined : content,
      encrypted_content: sealed?.data,
      ...ownFields(parts[0] ?? {}).item,
    }),
  ];
}

/** With `store: false` an item without its encrypted value cannot be found again, and OpenAI answers 404. */
const keepsItems = ({ request }: EncodeContext): boolean => request.extensions?.[DIALECT]?.["store"] !== false;

function reasoningNotSent({ losses }: EncodeContext): readonly JsonObject[] {
  losses.adapt("reasoning-replay", "Earlier reasoning is not shown to a vendor that did not make it.");
  return [];
}
