import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { isSearchTool, validateSearchTool } from "./search.ts";

const NAME = /^[a-zA-Z0-9_-]+$/;

export function validateTools(body: Fields): Failure | undefined {
  const tools = listOf(body["tools"]).map(fieldsOf);
  for (const [index, tool] of tools.entries()) {
    const failure = validateTool(tool, `tools[${index}]`);
    if (failure !== undefined) return failure;
  }
  return validateChoice(body["tool_choice"], tools);
}

function validateTool(tool: Fields, at: string): Failure | undefined {
  switch (tool["type"]) {
    case undefined:
    case null:
      return missing(`${at}.type`);
    case "function":
      return validateFunction(tool, at);
    case "custom":
      return validateName(tool, at);
    case "namespace":
      return validateName(tool, at) ?? validateNested(tool, at);
    default:
      return isSearchTool(tool) ? validateSearchTool(tool, at) : undefined;
  }
}

function validateNested(tool: Fields, at: string): Failure | undefined {
  for (const [index, inner] of listOf(tool["tools"]).map(fieldsOf).entries()) {
    const failure = validateTool(inner, `${at}.tools[${index}]`);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function validateName(tool: Fields, at: string): Failure | undefined {
  const name = textOf(tool["name"]);
  if (name === undefined) return missing(`${at}.name`);
  if (NAME.test(name)) return undefined;
  const message = `Invalid '${at}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`;
  return invalid(message, `${at}.name`, "invalid_value");
}

/** Here a function is flat; the nested shape of chat is an error that translators make. */
function validateFunction(tool: Fields, at: string): Failure | undefined {
  if (isFields(tool["function"]) && isAbsent(tool["name"])) return missing(`${at}.name`);
  const failure = validateName(tool, at);
  const { parameters, strict, name } = tool;
  if (failure !== undefined || isAbsent(parameters)) return failure;
  const schema = fieldsOf(parameters);
  if (schema["type"] !== "object" && Object.keys(schema).length > 0) {
    const message = `Invalid schema for function '${String(name)}': schema must be a JSON Schema of 'type: "object"', got 'type: "${String(schema["type"] ?? "None")}"'.`;
    return invalid(message, `${at}.parameters`, "invalid_function_parameters");
  }
  return strict === true ? validateStrictSchema(schema, `function '${String(name)}'`, `${at}.parameters`) : undefined;
}

/** In strict mode every object lists all its properties as required and takes no others. */
export function validateStrictSchema(schema: unknown, subject: string, param: string): Failure | undefined {
  const problem = strictProblem(schema, []);
  if (problem === undefined) return undefined;
  const code = param.startsWith("tools") ? "invalid_function_parameters" : "invalid_json_schema";
  return invalid(`Invalid schema for ${subject}: ${problem}`, param, code);
}

function strictProblem(schema: unknown, context: readonly string[]): string | undefined {
  if (!isFields(schema)) return undefined;
  const here = `In context=(${context.map((step) => `'${step}'`).join(", ")})`;
  return objectProblem(schema, here) ?? nestedProblem(schema, context);
}

function objectProblem(schema: Fields, here: string): string | undefined {
  if (schema["type"] !== "object" && schema["properties"] === undefined) return undefined;
  if (schema["additionalProperties"] !== false)
    return `${here}, 'additionalProperties' is required to be supplied and to be false.`;
  const required = listOf(schema["required"]);
  const absent = Object.keys(fieldsOf(schema["properties"])).find((name) => !required.includes(name));
  return absent === undefined
    ? undefined
    : `${here}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${absent}'.`;
}

function nestedProblem(schema: Fields, context: readonly string[]): string | undefined {
  for (const [path, nested] of nestedSchemas(schema)) {
    const problem = strictProblem(nested, [...context, ...path]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function* nestedSchemas(schema: Fields): Iterable<readonly [path: readonly string[], schema: unknown]> {
  for (const keyword of ["properties", "$defs", "definitions"])
    for (const [name, value] of Object.entries(fieldsOf(schema[keyword]))) yield [[keyword, name], value];
  for (const [index, value] of listOf(schema["anyOf"]).entries()) yield [["anyOf", String(index)], value];
  yield [["items"], schema["items"]];
}

function validateChoice(choice: unknown, tools: readonly Fields[]): Failure | undefined {
  if (isAbsent(choice)) return undefined;
  if (typeof choice === "string") {
    if (["none", "auto", "required"].includes(choice)) return undefined;
    const message = `Invalid value: '${choice}'. Supported values are: 'none', 'auto', and 'required'.`;
    return invalid(message, "tool_choice", "invalid_value");
  }
  const { type, name } = fieldsOf(choice);
  if (type === "image_generation" && !tools.some((tool) => tool["type"] === type))
    return invalid("Tool choice 'image_generation' not found in 'tools' parameter.", "tool_choice");
  if (type !== "function" || tools.some((tool) => tool["name"] === name)) return undefined;
  if (name === undefined) return missing("tool_choice.name");
  return invalid(`Tool choice '${String(name)}' not found in 'tools' parameter.`, "tool_choice");
}

const missing = (param: string): Failure =>
  invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
