import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../../json.ts";
import { isSealed } from "../../seal.ts";
import { invalid } from "./errors.ts";
import { blocksOf, isToolResult, isToolUse } from "./read.ts";
import { redactedScope, thinkingScope } from "./respond.ts";
import { validateBlock } from "./validate-blocks.ts";

export function validateMessages(body: Fields, model: string): Failure | undefined {
  const messages = listOf(body["messages"]).map(fieldsOf);
  if (messages.length === 0) return invalid("The value at messages is empty. Provide at least one message.");
  if (messages[0]?.["role"] !== "user")
    return invalid(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  for (const [index, message] of messages.entries()) {
    const failure =
      validateRole(messages, index) ?? validateContent(message, index) ?? validateSeals(message, index, model);
    if (failure !== undefined) return failure;
  }
  return validateToolOrder(messages) ?? validateToolConfig(body, messages);
}

function validateRole(messages: readonly Fields[], index: number): Failure | undefined {
  const role = messages[index]?.["role"];
  if (role !== "user" && role !== "assistant")
    return invalid(
      `Value '${String(role)}' at 'messages.${index}.role' failed to satisfy constraint: [user, assistant]`,
    );
  if (index === 0 || messages[index - 1]?.["role"] !== role) return undefined;
  return invalid(
    "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
  );
}

function validateContent({ role, content }: Fields, index: number): Failure | undefined {
  const blocks = blocksOf(content);
  if (blocks.length === 0)
    return invalid(
      `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  for (const [at, block] of blocks.entries()) {
    const failure = validateBlock(block, `messages.${index}.content.${at}`, role === "user" ? "user" : "assistant");
    if (failure !== undefined) return failure;
  }
  const names = blocks.flatMap((block) => textOf(fieldsOf(block["document"])["name"]) ?? []);
  if (new Set(names).size < names.length) return invalid("Document names must be unique.");
  if (names.length === 0 || blocks.some((block) => block["text"] !== undefined)) return undefined;
  return invalid("A text block must be included with a document in the content field of the Message object.");
}

/** Thinking comes back exactly as it was given out, to the model that thought it. */
function validateSeals({ content }: Fields, index: number, model: string): Failure | undefined {
  for (const [at, block] of blocksOf(content).entries()) {
    const { reasoningText, redactedContent } = fieldsOf(block["reasoningContent"]);
    const { text, signature } = fieldsOf(reasoningText);
    const sealed = { scope: thinkingScope(model), content: textOf(text) ?? "" };
    const path = `messages.${index}.content.${at}`;
    if (reasoningText !== undefined && !isSealed(sealed, textOf(signature) ?? ""))
      return invalid(`The model returned the following errors: ${path}: Invalid \`signature\` in \`thinking\` block`);
    const redacted = { scope: redactedScope(model), content: "" };
    if (redactedContent !== undefined && !isSealed(redacted, textOf(redactedContent) ?? ""))
      return invalid(
        `The model returned the following errors: ${path}: Invalid \`data\` in \`redacted_thinking\` block`,
      );
  }
  return undefined;
}

function validateToolOrder(messages: readonly Fields[]): Failure | undefined {
  for (const [index, message] of messages.entries()) {
    const calls = idsOf(message, "toolUse");
    const answers = idsOf(messages[index + 1], "toolResult");
    const open = calls.filter((id) => !answers.includes(id));
    if (open.length > 0)
      return invalid(
        `Expected toolResult blocks at messages.${index + 1}.content for the following Ids: ${open.join(", ")}`,
      );
    const asked = idsOf(messages[index - 1], "toolUse");
    if (idsOf(message, "toolResult").some((id) => !asked.includes(id)))
      return invalid(
        `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
      );
  }
  return undefined;
}

const idsOf = (message: Fields | undefined, kind: "toolUse" | "toolResult"): readonly string[] =>
  blocksOf(message?.["content"]).flatMap((block) => textOf(fieldsOf(block[kind])["toolUseId"]) ?? []);

function validateToolConfig(body: Fields, messages: readonly Fields[]): Failure | undefined {
  const blocks = messages.flatMap((message) => blocksOf(message["content"]));
  if (body["toolConfig"] !== undefined || !blocks.some((block) => isToolUse(block) || isToolResult(block)))
    return undefined;
  return invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.");
}
