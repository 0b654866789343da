import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { blocksOf } from "./read.ts";
import { isSearchTool, validateSearchTool } from "./search.ts";
import { validateText } from "./validate-blocks.ts";

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const TOOL_FIELDS = new Set(
  "type name description input_schema cache_control strict defer_loading allowed_callers input_examples eager_input_streaming".split(
    " ",
  ),
);

export function validateTools(exchange: Exchange): Failure | undefined {
  const { body } = exchange;
  return validateSystem(body["system"]) ?? validateList(exchange) ?? validateChoice(body);
}

function validateSystem(system: unknown): Failure | undefined {
  if (isAbsent(system) || typeof system === "string") return undefined;
  if (!Array.isArray(system)) return invalid("system: Input should be a valid list");
  for (const [index, block] of blocksOf(system).entries()) {
    if (block["type"] !== "text") return invalid(`system.${index}.type: Input should be 'text'`);
    const failure = validateText(block, `system.${index}`);
    if (failure !== undefined) return { ...failure, message: failure.message.replace(/^messages:/, "system:") };
  }
  return undefined;
}

function validateList(exchange: Exchange): Failure | undefined {
  const names = new Set<string>();
  for (const [index, tool] of listOf(exchange.body["tools"]).map(fieldsOf).entries()) {
    const failure = isSearchTool(tool)
      ? validateSearchTool(tool, `tools.${index}`, exchange)
      : isServerTool(tool)
        ? undefined
        : validateTool(tool, `tools.${index}.custom`);
    if (failure !== undefined) return failure;
    const name = textOf(tool["name"]) ?? "";
    if (names.has(name)) return invalid("tools: Tool names must be unique.");
    names.add(name);
  }
  return undefined;
}

const isServerTool = ({ type }: Fields): boolean => !isAbsent(type) && type !== "custom";

function validateTool(tool: Fields, path: string): Failure | undefined {
  const name = textOf(tool["name"]);
  if (name === undefined) return invalid(`${path}.name: Field required`);
  if (!NAME.test(name)) return invalid(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  const extra = Object.keys(tool).find((field) => !TOOL_FIELDS.has(field));
  if (extra !== undefined) return invalid(`${path}.${extra}: Extra inputs are not permitted`);
  const schema = tool["input_schema"];
  if (!isFields(schema)) return invalid(`${path}.input_schema: Field required`);
  if (schema["type"] === "object") return undefined;
  return invalid(
    `${path}.input_schema.type: ${schema["type"] === undefined ? "Field required" : "Input should be 'object'"}`,
  );
}

function validateChoice(body: Fields): Failure | undefined {
  if (isAbsent(body["tool_choice"])) return undefined;
  const { type, name } = fieldsOf(body["tool_choice"]);
  if (!["auto", "any", "tool", "none"].includes(String(type)))
    return invalid(
      `tool_choice: Input tag '${String(type)}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
    );
  const tools = listOf(body["tools"]).map(fieldsOf);
  if (tools.length === 0) return invalid("tool_choice may only be specified while providing tools.");
  if (type !== "tool" || tools.some((tool) => tool["name"] === name)) return undefined;
  return invalid(`Tool '${String(name)}' not found in provided tools`);
}
