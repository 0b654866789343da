import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, listOf, textOf } from "../../json.ts";
import { isSealed } from "../../seal.ts";
import { invalid } from "./errors.ts";
import { blocksOf, isToolResult, isToolUse } from "./read.ts";
import { redactedScope, thinkingScope } from "./respond.ts";
import { validateSearches } from "./search.ts";
import { validateBlock } from "./validate-blocks.ts";

export function validateMessages(body: Fields, model: string): Failure | undefined {
  if (!Array.isArray(body["messages"])) return invalid("messages: Input should be a valid list");
  const messages = listOf(body["messages"]).map(fieldsOf);
  if (messages.length === 0) return invalid("messages: at least one message is required");
  for (const [index, message] of messages.entries()) {
    const failure =
      validateMessage(message, index, messages.length) ??
      validateSeals(message, index, model) ??
      validateSearches(blocksOf(message["content"]), index, index === messages.length - 1);
    if (failure !== undefined) return failure;
  }
  return validateToolOrder(messages) ?? validateThinkingStart(body, messages);
}

function validateMessage(message: Fields, index: number, count: number): Failure | undefined {
  const { role, content } = message;
  if (role !== "user" && role !== "assistant" && role !== "system")
    return invalid(`messages.${index}.role: Input should be 'user', 'assistant' or 'system'`);
  if (index === 0 && role === "assistant") return invalid('messages: first message must use the "user" role');
  const extra = Object.keys(message).find((name) => !isMessageField(name, role));
  if (extra !== undefined) return invalid(`messages.${index}.${extra}: Extra inputs are not permitted`);
  if (typeof content !== "string" && !Array.isArray(content))
    return invalid(
      `messages.${index}.content: ${content === undefined ? "Field required" : "Input should be a valid list"}`,
    );
  const optional = role === "assistant" && index === count - 1;
  if (content.length === 0 && !optional)
    return invalid(
      `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
    );
  if (typeof content === "string") return undefined;
  return validateContent(content, index, role);
}

/** Mid-conversation system messages may carry per-turn settings. */
const isMessageField = (name: string, role: string): boolean =>
  name === "role" || name === "content" || (role === "system" && name === "output_config");

function validateContent(content: readonly unknown[], index: number, role: string): Failure | undefined {
  for (const [at, block] of content.entries()) {
    const path = `messages.${index}.content.${at}`;
    if (!isFields(block)) return invalid(`${path}: Input should be a valid dictionary`);
    const failure = validateBlock(block, path, role);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Thinking comes back exactly as it was given out, to the model that thought it. */
function validateSeals({ content }: Fields, index: number, model: string): Failure | undefined {
  if (typeof content === "string") return undefined;
  for (const [at, block] of blocksOf(content).entries()) {
    const path = `messages.${index}.content.${at}`;
    if (block["type"] === "thinking" && !isThinkingGenuine(block, model))
      return invalid(`${path}: Invalid \`signature\` in \`thinking\` block`);
    const data = textOf(block["data"]) ?? "";
    if (block["type"] === "redacted_thinking" && !isSealed({ scope: redactedScope(model), content: "" }, data))
      return invalid(`${path}: Invalid \`data\` in \`redacted_thinking\` block`);
  }
  return undefined;
}

function isThinkingGenuine(block: Fields, model: string): boolean {
  const sealed = { scope: thinkingScope(model), content: textOf(block["thinking"]) ?? "" };
  return isSealed(sealed, textOf(block["signature"]) ?? "");
}

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use#handling-tool-use-and-tool-result-content-blocks */
function validateToolOrder(messages: readonly Fields[]): Failure | undefined {
  const seen = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message["content"]);
    const failure = validateCalls(blocks, messages, index) ?? validateResults(blocks, messages, index);
    if (failure !== undefined) return failure;
    for (const id of idsOf(blocks.filter(isToolUse), "id")) {
      if (seen.has(id)) return invalid("messages: `tool_use` ids must be unique");
      seen.add(id);
    }
  }
  return undefined;
}

const idsOf = (blocks: readonly Fields[], field: string): readonly string[] =>
  blocks.map((block) => textOf(block[field]) ?? "");

/** The neighbouring message of the other side; system messages stand between without counting. */
function neighbour(messages: readonly Fields[], index: number, step: 1 | -1): readonly Fields[] {
  let at = index + step;
  while (messages[at]?.["role"] === "system") at += step;
  return blocksOf(messages[at]?.["content"]);
}

function validateCalls(blocks: readonly Fields[], messages: readonly Fields[], index: number): Failure | undefined {
  const calls = idsOf(blocks.filter(isToolUse), "id");
  if (calls.length === 0) return undefined;
  const answered = idsOf(neighbour(messages, index, 1).filter(isToolResult), "tool_use_id");
  const open = calls.filter((id) => !answered.includes(id));
  if (open.length === 0) return undefined;
  return invalid(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

function validateResults(blocks: readonly Fields[], messages: readonly Fields[], index: number): Failure | undefined {
  const calls = idsOf(neighbour(messages, index, -1).filter(isToolUse), "id");
  for (const [at, block] of blocks.entries()) {
    if (!isToolResult(block)) continue;
    const id = textOf(block["tool_use_id"]) ?? "";
    if (!calls.includes(id))
      return invalid(
        `messages.${index}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
  }
  return undefined;
}

/** With thinking on, the assistant turn of a running tool loop begins with its thinking. */
function validateThinkingStart(body: Fields, messages: readonly Fields[]): Failure | undefined {
  if (fieldsOf(body["thinking"])["type"] !== "enabled") return undefined;
  const index = messages.findLastIndex((message) => message["role"] === "assistant");
  const blocks = blocksOf(messages[index]?.["content"]);
  const first = textOf(blocks[0]?.["type"]) ?? "";
  if (!blocks.some(isToolUse) || first.includes("thinking")) return undefined;
  return invalid(
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking`,
  );
}
