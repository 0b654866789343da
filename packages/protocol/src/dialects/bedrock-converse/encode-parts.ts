import type { JsonObject } from "../../ir/json.ts";
import type {
  CacheBreakpoint,
  Part,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
  UnknownPart,
} from "../../ir/parts.ts";
import { isReplayable, sameHouse } from "../shared/replay.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { argumentsObject } from "../shared/tools.ts";
import type { EncodeContext } from "./encode-context.ts";
import { encodeMedia } from "./encode-media.ts";
import { takesResultStatus } from "./model-family.ts";

/** The blocks of a user, system or tool message. */
export function encodeUser(parts: readonly Part[], context: EncodeContext): JsonObject[] {
  return parts.flatMap((part) => encodeUserPart(part, context));
}

/** The blocks of an assistant message. */
export function encodeAssistant(parts: readonly Part[], context: EncodeContext): JsonObject[] {
  return parts.flatMap((part) => encodeAssistantPart(part, context));
}

function encodeUserPart(part: Part, context: EncodeContext): readonly JsonObject[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return encodeText(part, context);
    case "media":
      return marked(encodeMedia(part, context), part.cache, context);
    case "unknown":
      return encodeUnknown(part, context);
    case "tool-result":
      return encodeToolResult(part, context);
    case "reasoning":
    case "tool-call":
    case "web-search":
      return misplaced(part, context);
  }
}

function encodeAssistantPart(part: Part, context: EncodeContext): readonly JsonObject[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return encodeText(part, context);
    case "reasoning":
      return encodeReasoning(part, context);
    case "tool-call":
      return encodeToolCall(part, context);
    case "unknown":
      return encodeUnknown(part, context);
    case "media":
      context.losses.drop("assistant-media", `A ${part.kind} in an assistant message cannot be said.`);
      return [];
    case "tool-result":
    case "web-search":
      return misplaced(part, context);
  }
}

function misplaced(part: Part, { losses }: EncodeContext): readonly JsonObject[] {
  losses.drop("misplaced-part", `A ${part.type} part stands where the Converse API takes none.`);
  return [];
}

function encodeUnknown(part: UnknownPart, context: EncodeContext): readonly JsonObject[] {
  if (sameHouse(part.origin, context.replay)) return marked(part.value, part.cache, context);
  context.losses.drop("unknown-part", `A part of ${part.origin.dialect} cannot be said in bedrock-converse.`);
  return [];
}

/** A block and the cache point behind it, if any. */
function marked(
  block: JsonObject | undefined,
  cache: CacheBreakpoint | undefined,
  { points }: EncodeContext,
): readonly JsonObject[] {
  return block === undefined ? [] : [block, ...points.after(cache)];
}

/** Blank text is refused ("The text field in the ContentBlock object is blank"), so it is left out. */
export function encodeText(
  part: { readonly text: string; readonly cache?: CacheBreakpoint; readonly citations?: readonly unknown[] },
  context: EncodeContext,
): readonly JsonObject[] {
  if (part.citations !== undefined && part.citations.length > 0) {
    context.losses.drop("citations", "Citations of earlier answers were not sent back.");
  }
  return part.text.trim() === "" ? [] : marked({ text: part.text }, part.cache, context);
}

/** Thinking is shown to its own house only, and needs its signature. */
function encodeReasoning(part: ReasoningPart, { replay, losses }: EncodeContext): readonly JsonObject[] {
  const { opaque } = part;
  const data = opaque !== undefined && isReplayable(opaque, replay) ? opaque.data : "";
  if (data === "") {
    losses.adapt("reasoning-replay", "Reasoning of another origin, or without a signature, was not sent back.");
    return [];
  }
  if (part.form === "redacted") return [{ reasoningContent: { redactedContent: data } }];
  return [{ reasoningContent: { reasoningText: { text: part.text, signature: data } } }];
}

function encodeToolCall(part: ToolCallPart, context: EncodeContext): readonly JsonObject[] {
  const input = argumentsObject(part, context.losses);
  return marked({ toolUse: { toolUseId: part.id, name: flatToolName(part), input } }, part.cache, context);
}

/** A result holds no cache points: one inside stands behind the whole result. */
function encodeToolResult(part: ToolResultPart, context: EncodeContext): readonly JsonObject[] {
  const inner = part.content.map((nested) => nested.cache).findLast((cache) => cache !== undefined);
  const bare = part.content.map(({ cache: _, ...nested }): Part => nested);
  const content = encodeUser(bare, context).filter((block) => isResultContent(block, context));
  const block = {
    toolUseId: part.callId,
    content: content.length > 0 ? content : [{ text: emptyResult(part, context) }],
    ...statusOf(part, context),
  };
  return marked({ toolResult: block }, part.cache ?? inner, context);
}

function isResultContent(block: JsonObject, { losses }: EncodeContext): boolean {
  if (block["audio"] === undefined) return true;
  losses.drop("audio-input", "A tool's result cannot hold audio.");
  return false;
}

/** Failed results without content are refused, and many models refuse all empty ones. */
function emptyResult({ isError }: ToolResultPart, { losses }: EncodeContext): string {
  losses.adapt("empty-tool-result", "An empty tool result was sent with a word that says so.");
  return isError === true ? "The tool failed." : "(empty)";
}

function statusOf({ isError }: ToolResultPart, { family, losses }: EncodeContext): JsonObject {
  if (isError !== true) return {};
  if (takesResultStatus(family)) return { status: "error" };
  losses.drop("tool-result-error", "This model is not told that a tool failed.");
  return {};
}
