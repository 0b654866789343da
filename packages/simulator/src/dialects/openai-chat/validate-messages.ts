import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";

const ROLES = ["system", "assistant", "user", "function", "tool", "developer"];
const FIELDS = new Set([
  "role",
  "content",
  "name",
  "refusal",
  "audio",
  "tool_calls",
  "tool_call_id",
  "function_call",
  "annotations",
]);
/** OpenAI says 40; the servers that speak its dialect take more, and so do their clients. */
const MAX_ID = 64;

/** `images` is OpenRouter's, and refused by OpenAI before it is looked at. */
const INSTEAD_OF_CONTENT = ["tool_calls", "refusal", "audio", "images"];

interface Rules {
  /** Refuse message fields that only compatible servers know (`reasoning_content`). */
  readonly strictFields: boolean;
}

export function validateMessages(messages: unknown, rules: Rules): Failure | undefined {
  if (isAbsent(messages))
    return invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
  const list = listOf(messages);
  if (list.length === 0) {
    const message =
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
    return invalid(message, "messages", "empty_array");
  }
  for (const [index, message] of list.entries()) {
    const failure = validateMessage(message, index, rules);
    if (failure !== undefined) return failure;
  }
  return validateOrder(list.map(fieldsOf));
}

function validateMessage(message: unknown, index: number, { strictFields }: Rules): Failure | undefined {
  const at = `messages[${index}]`;
  if (!isFields(message))
    return invalid(`Invalid type for '${at}': expected an object, but got something else.`, at, "invalid_type");
  const role = textOf(message["role"]);
  if (role === undefined || !ROLES.includes(role)) {
    const supported = ROLES.map((name) => `'${name}'`).join(", ");
    return invalid(`Invalid value: '${role}'. Supported values are: ${supported}.`, `${at}.role`, "invalid_value");
  }
  const unknown = strictFields ? Object.keys(message).find((name) => !FIELDS.has(name)) : undefined;
  if (unknown !== undefined)
    return invalid(`Unknown parameter: '${at}.${unknown}'.`, `${at}.${unknown}`, "unknown_parameter");
  return validateContent(message, index) ?? validateToolCalls(message, at);
}

function validateContent(message: Fields, index: number): Failure | undefined {
  const { content, role } = message;
  if (isAbsent(content)) {
    const optional = role === "assistant" && INSTEAD_OF_CONTENT.some((field) => !isAbsent(message[field]));
    const reason = "Invalid value for 'content': expected a string, got null.";
    return optional ? undefined : invalid(reason, `messages.[${index}].content`);
  }
  if (typeof content === "string") return undefined;
  if (!Array.isArray(content)) {
    const reason = `Invalid type for 'messages[${index}].content': expected one of a string or array of objects, but got an object instead.`;
    return invalid(reason, `messages[${index}].content`, "invalid_type");
  }
  for (const [at, part] of content.entries()) {
    const failure = validatePart(fieldsOf(part), `messages[${index}].content[${at}]`, String(role));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Which content parts a role may have: https://platform.openai.com/docs/api-reference/chat/create */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  user: ["text", "image_url", "input_audio", "file"],
  assistant: ["text", "refusal"],
};

function validatePart(part: Fields, at: string, role: string): Failure | undefined {
  const type = textOf(part["type"]);
  const allowed = PARTS[role] ?? ["text"];
  if (type === "image_url" && !allowed.includes(type)) {
    const message = `Invalid '${at.replace(/\.content.*$/, "")}'. Image URLs are only allowed for messages with role 'user', but this message with role '${role}' contains an image URL.`;
    return invalid(message, at.replace(/\.content.*$/, ""), "invalid_value");
  }
  if (type === undefined || !allowed.includes(type)) {
    const message = `Invalid value: '${type}'. Supported values are: ${allowed.map((name) => `'${name}'`).join(", ")}.`;
    return invalid(message, `${at}.type`, "invalid_value");
  }
  if (type === "text" && textOf(part["text"]) === undefined)
    return invalid(`Missing required parameter: '${at}.text'.`, `${at}.text`, "missing_required_parameter");
  return type === "image_url" ? validateImage(part, at) : undefined;
}

function validateImage(part: Fields, at: string): Failure | undefined {
  const url = textOf(fieldsOf(part["image_url"])["url"]);
  if (url === undefined)
    return invalid(
      `Missing required parameter: '${at}.image_url.url'.`,
      `${at}.image_url.url`,
      "missing_required_parameter",
    );
  if (url.startsWith("data:") ? /^data:image\/[a-z+]+;base64,[A-Za-z0-9+/]+={0,2}$/.test(url) : /^https?:/.test(url))
    return undefined;
  const message = `Invalid '${at}.image_url.url'. Expected a valid URL, but got a value with an invalid format.`;
  return invalid(message, `${at}.image_url.url`, "invalid_value");
}

function validateToolCalls(message: Fields, at: string): Failure | undefined {
  if (isAbsent(message["tool_calls"])) return undefined;
  const calls = listOf(message["tool_calls"]);
  if (calls.length === 0)
    return invalid(
      `Invalid '${at}.tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      `${at}.tool_calls`,
      "empty_array",
    );
  for (const [index, call] of calls.entries()) {
    const failure = validateToolCall(fieldsOf(call), `${at}.tool_calls[${index}]`);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function validateToolCall(call: Fields, at: string): Failure | undefined {
  const id = textOf(call["id"]);
  if (id === undefined)
    return invalid(`Missing required parameter: '${at}.id'.`, `${at}.id`, "missing_required_parameter");
  if (id.length > MAX_ID) {
    const message = `Invalid '${at}.id': string too long. Expected a string with maximum length 40, but got a string with length ${id.length} instead.`;
    return invalid(message, `${at}.id`, "string_above_max_length");
  }
  if (call["type"] === "custom") return undefined;
  const { name, arguments: text } = fieldsOf(call["function"]);
  if (textOf(name) === undefined || textOf(text) === undefined) {
    const field = `${at}.function.${textOf(name) === undefined ? "name" : "arguments"}`;
    return invalid(`Missing required parameter: '${field}'.`, field, "missing_required_parameter");
  }
  return undefined;
}

/** Every tool call is answered right after, and every tool message answers one. */
function validateOrder(messages: readonly Fields[]): Failure | undefined {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message["role"] === "tool") {
      if (!open.delete(textOf(message["tool_call_id"]) ?? "")) return strayToolMessage(index, message);
      continue;
    }
    if (open.size > 0) return unanswered(open, index);
    open = new Set(listOf(message["tool_calls"]).map((call) => textOf(fieldsOf(call)["id"]) ?? ""));
  }
  return open.size > 0 ? unanswered(open, messages.length) : undefined;
}

function strayToolMessage(index: number, message: Fields): Failure {
  if (isAbsent(message["tool_call_id"]))
    return invalid(
      `Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.`,
      `messages.[${index}].tool_call_id`,
    );
  const reason =
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
  return invalid(reason, `messages.[${index}].role`);
}

function unanswered(ids: ReadonlySet<string>, index: number): Failure {
  const message = `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...ids].join(", ")}`;
  return invalid(message, `messages.[${index}].role`);
}
