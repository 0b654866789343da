import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf, textOf } from "../../json.ts";
import type { SimulatorState } from "../../state.ts";
import { invalid } from "./errors.ts";
import { conversationItems, inputItems, isCall, isCallOutput, itemType } from "./read.ts";
import { isGenuine } from "./respond.ts";
import { validateSearchItem } from "./search.ts";

const ROLES = ["user", "assistant", "system", "developer"];
const OTHER_ITEM =
  /^(item_reference|.*_call|.*_call_output|compaction|compaction_summary|compaction_trigger|mcp_.*|additional_tools|tool_search_.*|agent_message|program.*)$/;
const ID_PREFIXES: Readonly<Record<string, string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  web_search_call: "ws",
};

export function validateMessages(body: Fields, state: SimulatorState): Failure | undefined {
  const input = inputItems(body["input"]);
  if (Array.isArray(body["input"]) && input.length === 0 && isAbsent(body["previous_response_id"]))
    return invalid("One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.");
  for (const [index, item] of input.entries()) {
    const failure = validateItem(item, `input[${index}]`, body);
    if (failure !== undefined) return failure;
  }
  return validateOrder(conversationItems(body, state)) ?? validateReasoningOrder(input);
}

function validateItem(item: Fields, at: string, body: Fields): Failure | undefined {
  const type = itemType(item);
  const failure = validateId(item, type, at);
  if (failure !== undefined) return failure;
  switch (type) {
    case "message":
      return validateMessage(item, at);
    case "reasoning":
      return validateReasoning(item, at, body);
    case "function_call":
      return requireStrings(item, ["call_id", "name", "arguments"], at) ?? validateCallId(item, at);
    case "function_call_output":
    case "custom_tool_call_output":
      return validateOutput(item, at);
    case "web_search_call":
      return validateSearchItem(item, at);
    default:
      return OTHER_ITEM.test(type)
        ? undefined
        : unsupported(
            type,
            `${at}.type`,
            "'message', 'function_call', 'function_call_output', 'reasoning', and others",
          );
  }
}

const unsupported = (value: string, param: string, supported: string): Failure =>
  invalid(`Invalid value: '${value}'. Supported values are: ${supported}.`, param, "invalid_value");

function requireStrings(item: Fields, names: readonly string[], at: string): Failure | undefined {
  const name = names.find((field) => typeof item[field] !== "string");
  return name === undefined
    ? undefined
    : invalid(`Missing required parameter: '${at}.${name}'.`, `${at}.${name}`, "missing_required_parameter");
}

function validateId(item: Fields, type: string, at: string): Failure | undefined {
  const id = textOf(item["id"]);
  const prefix = ID_PREFIXES[type];
  if (id === undefined || prefix === undefined || id.startsWith(prefix)) return undefined;
  // User messages may carry any client's id; only what the model made is looked up by it.
  if (type === "message" && item["role"] !== "assistant") return undefined;
  return invalid(
    `Invalid '${at}.id': '${id}'. Expected an ID that begins with '${prefix}'.`,
    `${at}.id`,
    "invalid_value",
  );
}

function validateCallId(item: Fields, at: string): Failure | undefined {
  const length = textOf(item["call_id"])?.length ?? 0;
  if (length <= 64) return undefined;
  const message = `Invalid '${at}.call_id': string too long. Expected a string with maximum length 64, but got a string with length ${length} instead.`;
  return invalid(message, `${at}.call_id`, "string_above_max_length");
}

function validateMessage(item: Fields, at: string): Failure | undefined {
  const role = textOf(item["role"]);
  if (role === undefined || !ROLES.includes(role))
    return unsupported(String(role), `${at}.role`, "'assistant', 'system', 'developer', and 'user'");
  if (typeof item["content"] === "string") return undefined;
  if (!Array.isArray(item["content"])) return requireStrings(item, ["content"], at);
  const allowed =
    role === "assistant" ? ["output_text", "refusal"] : ["input_text", "input_image", "input_file", "input_audio"];
  return validateParts(item["content"], `${at}.content`, allowed);
}

function validateParts(content: unknown, at: string, allowed: readonly string[]): Failure | undefined {
  for (const [index, part] of listOf(content).map(fieldsOf).entries()) {
    const type = textOf(part["type"]) ?? "";
    if (!allowed.includes(type))
      return unsupported(type, `${at}[${index}]`, allowed.map((name) => `'${name}'`).join(", "));
    if (type.endsWith("_text") && textOf(part["text"]) === undefined)
      return requireStrings(part, ["text"], `${at}[${index}]`);
    if (type === "input_image" && isAbsent(part["file_id"])) {
      const failure = requireStrings(part, ["image_url"], `${at}[${index}]`);
      if (failure !== undefined) return failure;
    }
  }
  return undefined;
}

/** https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items */
function validateReasoning(item: Fields, at: string, body: Fields): Failure | undefined {
  if (!Array.isArray(item["summary"]))
    return invalid(`Missing required parameter: '${at}.summary'.`, `${at}.summary`, "missing_required_parameter");
  const content = textOf(item["encrypted_content"]);
  if (content !== undefined) {
    if (isGenuine(content)) return undefined;
    const shown = content.length > 8 ? `${content.slice(0, 4)}...${content.slice(-4)}` : content;
    return invalid(
      `The encrypted content ${shown} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      null,
      "invalid_encrypted_content",
    );
  }
  if (body["store"] !== false || isAbsent(item["id"])) return undefined;
  const message = `Item with id '${String(item["id"])}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`;
  return { ...invalid(message, "input"), status: 404 };
}

function validateOutput(item: Fields, at: string): Failure | undefined {
  const missing = requireStrings(item, ["call_id"], at);
  if (missing !== undefined) return missing;
  if (typeof item["output"] === "string") return undefined;
  if (!Array.isArray(item["output"])) return requireStrings(item, ["output"], at);
  return validateParts(item["output"], `${at}.output`, ["input_text", "input_image", "input_file"]);
}

/** Calls and outputs pair up by `call_id`, the call first. */
function validateOrder(items: readonly Fields[]): Failure | undefined {
  const open = new Set<string>();
  const closed = new Set<string>();
  for (const item of items) {
    const id = textOf(item["call_id"]) ?? "";
    if (isCall(item)) open.add(id);
    else if (isCallOutput(item)) {
      if (!open.delete(id) && !closed.has(id))
        return invalid(`No tool call found for ${kindOf(item)} call output with call_id ${id}.`, "input");
      closed.add(id);
    }
  }
  for (const id of open) return invalid(`No tool output found for function call ${id}.`, "input");
  return undefined;
}

const kindOf = (item: Fields): string => (itemType(item).startsWith("custom") ? "custom tool" : "function");

/** Reasoning is followed by what it led to. */
function validateReasoningOrder(items: readonly Fields[]): Failure | undefined {
  for (const [index, item] of items.entries()) {
    if (itemType(item) !== "reasoning") continue;
    const next = items[index + 1];
    const fitting = next !== undefined && !isCallOutput(next) && (next["role"] ?? "assistant") === "assistant";
    if (!fitting)
      return invalid(
        `Item '${String(item["id"])}' of type 'reasoning' was provided without its required following item.`,
        "input",
      );
  }
  return undefined;
}
