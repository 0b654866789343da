import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { arrayOf, objectOf, objectsOf } from "../../json/read.ts";
import { type ClaudeThinking, claudeThinking } from "../shared/claude-thinking.ts";
import type { EncodeContext } from "./encode-context.ts";
import { DIALECT } from "./wire.ts";

/** `forced`: a tool must be called. `messages`: the wire messages, to see whether the open turn kept its thinking. */
export interface ReasoningSurroundings {
  readonly forced: boolean;
  readonly messages: readonly JsonObject[];
  readonly maxTokens: number | undefined;
}

export function encodeReasoning(
  request: CanonicalRequest,
  { forced, messages, maxTokens }: ReasoningSurroundings,
  context: EncodeContext,
): ClaudeThinking {
  const around = {
    forced,
    maxTokens,
    lacksThinking: context.quirks.thinkingSignatures !== "none" && lacksThinking(messages),
    own: objectOf(request.extensions?.[DIALECT]?.["thinking"]),
  };
  return claudeThinking(request.reasoning ?? {}, around, context);
}

/** Whether the turn that the tool results at the end belong to has calls but no thinking. */
function lacksThinking(messages: readonly JsonObject[]): boolean {
  const start = messages.findLastIndex((message) => message["role"] === "user" && !isToolAnswer(message));
  const open = messages.slice(start + 1).filter((message) => message["role"] === "assistant");
  const types = open.flatMap((message) => objectsOf(message["content"])).map((block) => block["type"]);
  return types.includes("tool_use") && !types.includes("thinking") && !types.includes("redacted_thinking");
}

function isToolAnswer(message: JsonObject): boolean {
  return objectOf(arrayOf(message["content"])[0])?.["type"] === "tool_result";
}
