import type { JsonObject } from "../../ir/json.ts";
import type { Message } from "../../ir/request.ts";
import { stringOf } from "../../json/read.ts";
import { pairToolCalls } from "../shared/tool-pairing.ts";
import { encodeAssistant } from "./encode-assistant.ts";
import type { EncodeContext } from "./encode-context.ts";
import { contentOf, encodeParts, isMessageFields } from "./encode-parts.ts";

/** A message being built: neighbours of one role are one message, and a user message begins with its tool results. */
interface WireMessage {
  readonly role: "user" | "assistant" | "system";
  readonly results: JsonObject[];
  readonly blocks: JsonObject[];
  fields: JsonObject;
}

export function encodeMessages(messages: readonly Message[], context: EncodeContext): readonly JsonObject[] {
  const turns = mergeTurns(pairToolCalls(messages, context.losses), context);
  const wire = turns.flatMap((turn) => finishMessage(turn));
  return trimmedEnd(wire, context);
}

function mergeTurns(messages: readonly Message[], context: EncodeContext): readonly WireMessage[] {
  const turns: WireMessage[] = [];
  let waiting: WireMessage | undefined;

  const turnOf = (role: WireMessage["role"]): WireMessage => {
    const last = turns.at(-1);
    if (last?.role === role) return last;
    const turn = { role, results: [], blocks: [], fields: {} };
    turns.push(turn);
    return turn;
  };
  const settle = () => {
    if (waiting !== undefined) placeSystem(waiting, turns, context);
    waiting = undefined;
  };

  for (const message of messages) {
    if (message.name !== undefined) context.losses.drop("participant-name", "Messages have no participant name.");
    switch (message.role) {
      case "system": {
        if (context.quirks.midConversationSystem === "user") {
          if (message.content.some(isMessageFields)) context.losses.drop("system-message-fields", FIELDS);
          turnOf("user").blocks.push(...reminders(encodeParts(message.content, context), context));
          break;
        }
        waiting ??= { role: "system", results: [], blocks: [], fields: {} };
        extend(waiting, message, encodeParts(message.content, context));
        break;
      }
      case "assistant":
        settle();
        extend(turnOf("assistant"), message, encodeAssistant(message.content, context));
        break;
      case "tool":
        turnOf("user").results.push(...encodeParts(message.content, context));
        break;
      case "user":
        if (waiting !== undefined) context.losses.adapt("system-position", POSITION);
        extend(turnOf("user"), message, encodeParts(message.content, context));
        break;
    }
  }
  settle();
  return turns;
}

const FIELDS = "A system message's own fields cannot be said in a user message.";
const POSITION = "A system message was moved behind the user message that follows it.";

function extend(turn: WireMessage, message: Message, blocks: readonly JsonObject[]): void {
  turn.blocks.push(...blocks);
  for (const part of message.content) {
    if (part.type !== "unknown" || !isMessageFields(part)) continue;
    const { type: _, ...fields } = part.value;
    turn.fields = { ...turn.fields, ...fields };
  }
}

/**
 * A system message stands behind a user turn (or an assistant turn that ends in a server tool's use) and before an
 * assistant turn or the end; never two in a row. Where that is not so, its text goes into a user message.
 * https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
 */
function placeSystem(system: WireMessage, turns: WireMessage[], context: EncodeContext): void {
  const last = turns.at(-1);
  const end = stringOf(last?.blocks.at(-1)?.["type"]) ?? "";
  if (last?.role === "user" || /tool_result$|^server_tool_use$/.test(end)) {
    turns.push(system);
    return;
  }
  if (Object.keys(system.fields).length > 0) context.losses.drop("system-message-fields", FIELDS);
  turns.push({ role: "user", results: [], blocks: reminders(system.blocks, context), fields: {} });
}

/** System text for endpoints or places without system messages, marked the way Claude Code marks its own reminders. */
function reminders(blocks: readonly JsonObject[], context: EncodeContext): JsonObject[] {
  if (blocks.length > 0) context.losses.adapt("mid-conversation-system", "A system message was sent as user text.");
  return blocks.flatMap((block) => {
    const text = stringOf(block["text"]);
    if (text !== undefined) return [{ ...block, text: `<system-reminder>\n${text}\n</system-reminder>` }];
    context.losses.drop("system-message-block", "A system message's block cannot be said in a user message.");
    return [];
  });
}

function finishMessage({ role, results, blocks, fields }: WireMessage): JsonObject[] {
  const content = [...results, ...blocks];
  if (content.length > 0) return [{ role, ...fields, content: contentOf(content) }];
  return Object.keys(fields).length === 0 ? [] : [{ role, ...fields }];
}

/** A prefilled answer must not end in white space. https://platform.claude.com/docs/en/build-with-claude/working-with-messages */
function trimmedEnd(messages: readonly JsonObject[], context: EncodeContext): readonly JsonObject[] {
  const last = messages.at(-1);
  if (last?.["role"] !== "assistant") return messages;
  const trimmed = trimContent(last["content"]);
  if (trimmed === undefined) return messages;
  context.losses.adapt("trailing-whitespace", "White space at the end of the prefilled answer was left out.");
  return [...messages.slice(0, -1), { ...last, content: trimmed }];
}

function trimContent(content: JsonObject["content"]): JsonObject["content"] {
  if (typeof content === "string") return content === content.trimEnd() ? undefined : content.trimEnd();
  if (!Array.isArray(content)) return undefined;
  const blocks: readonly JsonObject[] = content;
  const last = blocks.at(-1);
  const text = stringOf(last?.["text"]);
  if (last?.["type"] !== "text" || text === undefined || text === text.trimEnd()) return undefined;
  return [...blocks.slice(0, -1), { ...last, text: text.trimEnd() }];
}
