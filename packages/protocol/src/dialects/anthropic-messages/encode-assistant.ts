import type { JsonObject } from "../../ir/json.ts";
import type { Part, ReasoningPart, ToolCallPart } from "../../ir/parts.ts";
import { isReplayable } from "../shared/replay.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { argumentsObject } from "../shared/tools.ts";
import { type EncodeContext, finishBlock } from "./encode-context.ts";
import { encodeText, isMessageFields } from "./encode-parts.ts";
import { encodeSearch, encodeUnknown } from "./server-tools.ts";

/** The blocks of an assistant message. */
export function encodeAssistant(parts: readonly Part[], context: EncodeContext): JsonObject[] {
  return parts.flatMap((part) => encodePart(part, context));
}

function encodePart(part: Part, context: EncodeContext): JsonObject[] {
  switch (part.type) {
    case "text":
      return encodeText(part, context);
    case "refusal":
      return encodeText({ type: "text", text: part.text }, context);
    case "reasoning":
      return encodeReasoningPart(part, context);
    case "tool-call":
      return [encodeToolCall(part, context)];
    case "web-search":
      return encodeSearch(part, context);
    case "unknown": {
      const block = isMessageFields(part) ? undefined : encodeUnknown(part, context);
      return block === undefined ? [] : [block];
    }
    case "media":
      context.losses.drop("assistant-media", `A ${part.kind} in an assistant message cannot be said.`);
      return [];
    case "tool-result":
      context.losses.drop("misplaced-part", "A tool result stands in an assistant message.");
      return [];
  }
}

/** Thinking is shown to its own house only, and needs its signature unless the endpoint gives none. */
function encodeReasoningPart(part: ReasoningPart, context: EncodeContext): JsonObject[] {
  const { opaque } = part;
  const own = opaque === undefined || isReplayable(opaque, context.replay);
  const data = own ? (opaque?.data ?? "") : "";
  if (data !== "") {
    return part.form === "redacted"
      ? [{ type: "redacted_thinking", data }]
      : [{ type: "thinking", thinking: part.text, signature: data }];
  }
  if (own && part.text !== "" && context.quirks.thinkingSignatures === "none") {
    return [{ type: "thinking", thinking: part.text }];
  }
  context.losses.adapt("reasoning-replay", "Reasoning of another origin, or without a signature, was not sent back.");
  return [];
}

function encodeToolCall(part: ToolCallPart, context: EncodeContext): JsonObject {
  const input = argumentsObject(part, context.losses);
  const block = { type: "tool_use", id: part.id, name: flatToolName(part), input };
  return finishBlock(block, part, context);
}
