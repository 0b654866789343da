import type { JsonObject } from "../../ir/json.ts";
import type { Message } from "../../ir/request.ts";
import { objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { pairToolCalls } from "../shared/tool-pairing.ts";
import type { EncodeContext } from "./encode-context.ts";
import { encodeAssistant, encodeUser } from "./encode-parts.ts";
import { LONGEST_ID } from "./wire.ts";

/** A message being built: neighbours of one role are one message, and a user message begins with its tool results. */
interface WireMessage {
  readonly role: "user" | "assistant" | "system";
  readonly results: JsonObject[];
  readonly blocks: JsonObject[];
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html */
export function encodeMessages(messages: readonly Message[], context: EncodeContext): readonly JsonObject[] {
  const wire: WireMessage[] = [];
  for (const message of pairToolCalls(messages, context.losses, LONGEST_ID)) addMessage(message, wire, context);
  const filled = withoutEmpty(wire);
  const begun = startedByUser(filled, context);
  return trimmedEnd(
    begun.map((message) => finish(message, context)),
    context,
  );
}

function addMessage(message: Message, wire: WireMessage[], context: EncodeContext): void {
  if (message.name !== undefined) context.losses.drop("participant-name", "Messages have no participant name.");
  switch (message.role) {
    case "user":
      turnOf("user", wire).blocks.push(...encodeUser(message.content, context));
      return;
    case "assistant":
      turnOf("assistant", wire).blocks.push(...encodeAssistant(message.content, context));
      return;
    case "tool":
      turnOf("user", wire).results.push(...encodeUser(message.content, context));
      return;
    case "system": {
      const blocks = encodeUser(message.content, context);
      const kept = context.target.quirks.midConversationSystem === "keep";
      turnOf(kept ? "system" : "user", wire).blocks.push(...(kept ? blocks : reminders(blocks, context)));
      return;
    }
  }
}

function turnOf(role: WireMessage["role"], wire: WireMessage[]): WireMessage {
  const last = wire.at(-1);
  if (last?.role === role) return last;
  const turn = { role, results: [], blocks: [] };
  wire.push(turn);
  return turn;
}

/** System text as user text, marked the way Claude Code marks its own reminders. */
function reminders(blocks: readonly JsonObject[], { losses }: EncodeContext): readonly JsonObject[] {
  if (blocks.length > 0) losses.adapt("mid-conversation-system", "A system message was sent as user text.");
  return blocks.map((block) => {
    const text = stringOf(block["text"]);
    return text === undefined ? block : { text: `<system-reminder>\n${text}\n</system-reminder>` };
  });
}

/** What is left when messages of blank text are gone; roles must still alternate. */
function withoutEmpty(messages: readonly WireMessage[]): readonly WireMessage[] {
  const kept: WireMessage[] = [];
  for (const message of messages) {
    if (message.results.length + message.blocks.length === 0) continue;
    const turn = turnOf(message.role, kept);
    turn.results.push(...message.results);
    turn.blocks.push(...message.blocks);
  }
  return kept;
}

/** "A conversation must start with a user message." */
function startedByUser(messages: readonly WireMessage[], { losses }: EncodeContext): readonly WireMessage[] {
  if (messages[0]?.role !== "assistant") return messages;
  losses.adapt("first-message", "A user message was put before a conversation that the assistant begins.");
  return [{ role: "user", results: [], blocks: [{ text: "(The assistant begins.)" }] }, ...messages];
}

function finish({ role, results, blocks }: WireMessage, { losses }: EncodeContext): JsonObject {
  const content = [...results, ...blocks];
  const lacksText = content.some((block) => block["document"] !== undefined) && !content.some(hasText);
  if (!lacksText) return { role, content };
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html: a document needs text beside it.
  losses.adapt("document-text", "A few words were put beside a document, which may not stand alone.");
  return { role, content: [...content, { text: "(See the attached document.)" }] };
}

const hasText = (block: JsonObject): boolean => block["text"] !== undefined;

/** A prefilled answer must not end in white space. https://platform.claude.com/docs/en/build-with-claude/working-with-messages */
function trimmedEnd(messages: readonly JsonObject[], { losses }: EncodeContext): readonly JsonObject[] {
  const last = messages.at(-1);
  const blocks = objectsOf(last?.["content"]);
  const text = stringOf(blocks.at(-1)?.["text"]);
  if (last?.["role"] !== "assistant" || text === undefined || text === text.trimEnd()) return messages;
  losses.adapt("trailing-whitespace", "White space at the end of the prefilled answer was left out.");
  return [...messages.slice(0, -1), { ...last, content: [...blocks.slice(0, -1), { text: text.trimEnd() }] }];
}

/** The tools that a conversation has called, by name, in order. */
export function calledTools(messages: readonly JsonObject[]): readonly string[] {
  const blocks = messages.flatMap((message) => objectsOf(message["content"]));
  const names = blocks.map((block) => stringOf(objectOf(block["toolUse"])?.["name"]));
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Whether the turn that the tool results at the end belong to has calls but no signed thinking. */
export function lacksThinking(messages: readonly JsonObject[]): boolean {
  const isAnswer = (message: JsonObject) => objectsOf(message["content"])[0]?.["toolResult"] !== undefined;
  const start = messages.findLastIndex((message) => message["role"] === "user" && !isAnswer(message));
  const open = messages.slice(start + 1).filter((message) => message["role"] === "assistant");
  const blocks = open.flatMap((message) => objectsOf(message["content"]));
  const has = (name: string) => blocks.some((block) => block[name] !== undefined);
  return has("toolUse") && !has("reasoningContent");
}
