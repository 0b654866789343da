import type { JsonObject } from "../../ir/json.ts";
import type { Part, ReasoningPart, TextPart, ToolCallPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { sameHouse } from "../shared/replay.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { wrapTextInput } from "../shared/tools.ts";
import { wireCallId } from "./call-id.ts";
import { dropUnknown, encodePiece, isForeignPicture, reportCache } from "./encode-content.ts";
import type { EncodeContext } from "./encode-context.ts";
import { encodeReasoning } from "./encode-reasoning.ts";
import { encodeToolResults } from "./encode-tool-results.ts";
import { imageItem } from "./image-items.ts";
import { isContentType, ownFields } from "./wire.ts";

/**
 * `instructions` is the first plain leading text; further ones are developer messages, which keep their borders, ids and
 * fields.
 */
export function splitInstructions(parts: readonly TextPart[]): {
  readonly instructions?: string;
  readonly rest: readonly TextPart[];
} {
  const [first, ...rest] = parts;
  if (first === undefined || first.id !== undefined || first.cache !== undefined || first.extension !== undefined) {
    return { rest: parts };
  }
  return { instructions: first.text, rest };
}

export function encodeInput(leading: readonly TextPart[], context: EncodeContext): JsonObject[] {
  const developer = encodeMessage({ role: "system", content: leading }, context);
  return [...developer, ...context.request.messages.flatMap((message) => encodeMessage(message, context))];
}

function encodeMessage(message: Message, context: EncodeContext): readonly JsonObject[] {
  if (message.name !== undefined) {
    context.losses.drop("message-name", "A participant's name has no equivalent in openai-responses.");
  }
  const items = groupsOf(message).flatMap((group) => encodeGroup(group, message.role, context));
  return message.role === "assistant" ? [...items, ...pictures(message, context)] : items;
}

/** Pictures that another vendor's model made: this API takes back none but its own, so that they are shown as the user's. */
function pictures({ content }: Message, context: EncodeContext): readonly JsonObject[] {
  const foreign = content.filter(isForeignPicture);
  if (foreign.length === 0) return [];
  if (content.some(({ type }) => type === "tool-call")) {
    context.losses.drop(
      "assistant-media",
      "A picture of an earlier answer was not sent, since tool results follow it.",
    );
    return [];
  }
  context.losses.adapt("assistant-media", "A picture of an earlier answer was sent in a user message.");
  return messageItem(foreign, "user", context);
}

type Group =
  | { readonly type: "content"; readonly parts: Part[] }
  | { readonly type: "reasoning"; readonly parts: ReasoningPart[] }
  | { readonly type: "results"; readonly parts: Extract<Part, { type: "tool-result" }>[] }
  | { readonly type: "item"; readonly part: ToolCallPart | Extract<Part, { type: "unknown" }> }
  | { readonly type: "whole"; readonly item: JsonObject };

/** The parts of a message as items: runs of content, runs of one reasoning item, calls and results. */
function groupsOf(message: Message): readonly Group[] {
  const groups: Group[] = [];
  for (const part of message.content) if (!joined(part, groups.at(-1))) groups.push(groupOf(part));
  return groups;
}

function groupOf(part: Part): Group {
  switch (part.type) {
    case "reasoning":
      return { type: "reasoning", parts: [part] };
    case "tool-result":
      return { type: "results", parts: [part] };
    case "tool-call":
      return { type: "item", part };
    case "web-search":
      // What is not this house's own has been put in words before.
      return { type: "whole", item: part.raw?.value ?? {} };
    case "unknown":
      return isContentType(part.value["type"]) ? { type: "content", parts: [part] } : { type: "item", part };
    case "media": {
      const item = imageItem(part);
      return item === undefined ? { type: "content", parts: [part] } : { type: "whole", item };
    }
    case "text":
    case "refusal":
      return { type: "content", parts: [part] };
  }
}

/** Adds the part to the run before it, where it belongs there. */
function joined(part: Part, last: Group | undefined): boolean {
  if (last?.type === "reasoning" && part.type === "reasoning") {
    return part.id !== undefined && last.parts[0]?.id === part.id && last.parts.push(part) > 0;
  }
  if (last?.type === "results" && part.type === "tool-result") return last.parts.push(part) > 0;
  if (last?.type !== "content" || groupOf(part).type !== "content") return false;
  return belongsTo(part, last.parts) && last.parts.push(part) > 0;
}

/** Text of another item id begins another item. */
function belongsTo(part: Part, content: readonly Part[]): boolean {
  const first = content.find((other) => other.type === "text");
  return part.type !== "text" || first === undefined || first.id === part.id;
}

function encodeGroup(group: Group, role: Message["role"], context: EncodeContext): readonly JsonObject[] {
  switch (group.type) {
    case "content":
      return messageItem(group.parts, role, context);
    case "reasoning":
      return encodeReasoning(group.parts, context);
    case "results":
      return encodeToolResults(group.parts, context);
    case "whole":
      return [group.item];
    case "item":
      if (group.part.type === "tool-call") return [encodeCall(group.part, context)];
      return sameHouse(group.part.origin, context.target) ? [group.part.value] : dropUnknown(group.part, context);
  }
}

function messageItem(parts: readonly Part[], role: Message["role"], context: EncodeContext): readonly JsonObject[] {
  const speaker = role === "assistant" ? "model" : "client";
  const content = parts.flatMap((part) => encodePiece(part, speaker, context));
  if (content.length === 0) return [];
  const id = parts.map((part) => (part.type === "text" ? part.id : undefined)).find((known) => known !== undefined);
  const about = ownFields(parts[0] ?? {}).item;
  return [compact({ type: "message", id, role: wireRole(role, context), ...about, content })];
}

function wireRole(role: Message["role"], { quirks }: EncodeContext): string {
  if (role === "system") return quirks.developerRole === false ? "system" : "developer";
  return role === "assistant" ? "assistant" : "user";
}

function encodeCall(call: ToolCallPart, context: EncodeContext): JsonObject {
  const { quirks, losses } = context;
  reportCache(call, context);
  const flat = quirks.namespaceTools === false;
  const custom = call.input === "text" && quirks.customTools !== false;
  const wrapped = call.input === "text" && !custom ? wrapTextInput(call.arguments) : call.arguments;
  return compact({
    type: custom ? "custom_tool_call" : "function_call",
    id: call.input === "text" && !custom ? undefined : call.itemId,
    call_id: wireCallId(call.id, losses),
    name: flat ? flatToolName(call) : call.name,
    namespace: flat ? undefined : call.namespace,
    [custom ? "input" : "arguments"]: wrapped,
    ...ownFields(call).own,
  });
}
