import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { SERVER_TOOLS, validateServerTool } from "./search.ts";

const NAME = /^[a-zA-Z0-9_-]+$/;

/** `official`: at OpenAI, which has no server tools here. */
export function validateTools(body: Fields, official: boolean): Failure | undefined {
  if (isAbsent(body["tools"])) return validateChoiceWithoutTools(body);
  const tools = listOf(body["tools"]);
  if (tools.length === 0) {
    const message =
      "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.";
    return invalid(message, "tools", "empty_array");
  }
  for (const [index, tool] of tools.entries()) {
    const failure = validateTool(fieldsOf(tool), `tools[${index}]`, official);
    if (failure !== undefined) return failure;
  }
  return validateChoice(body["tool_choice"], tools.map(toolName));
}

function toolName(tool: unknown): string {
  const { function: definition, custom } = fieldsOf(tool);
  return textOf(fieldsOf(definition ?? custom)["name"]) ?? "";
}

function validateTool(tool: Fields, at: string, official: boolean): Failure | undefined {
  if (tool["type"] === "custom") return undefined;
  if (!official && SERVER_TOOLS.includes(String(tool["type"]))) return validateServerTool(tool, at);
  if (tool["type"] !== "function") {
    const message = `Invalid value: '${String(tool["type"])}'. Supported values are: 'function' and 'custom'.`;
    return invalid(message, `${at}.type`, "invalid_value");
  }
  const definition = fieldsOf(tool["function"]);
  const name = textOf(definition["name"]);
  if (name === undefined)
    return invalid(
      `Missing required parameter: '${at}.function.name'.`,
      `${at}.function.name`,
      "missing_required_parameter",
    );
  return validateName(name, `${at}.function.name`) ?? validateParameters(definition, name, at);
}

function validateName(name: string, at: string): Failure | undefined {
  if (name.length > 64) {
    const message = `Invalid '${at}': string too long. Expected a string with maximum length 64, but got a string with length ${name.length} instead.`;
    return invalid(message, at, "string_above_max_length");
  }
  if (NAME.test(name)) return undefined;
  const message = `Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`;
  return invalid(message, at, "invalid_value");
}

function validateParameters(definition: Fields, name: string, at: string): Failure | undefined {
  const parameters = definition["parameters"];
  if (isAbsent(parameters)) return undefined;
  if (!isFields(parameters) || (parameters["type"] !== "object" && Object.keys(parameters).length > 0)) {
    const type = JSON.stringify(fieldsOf(parameters)["type"] ?? null).replaceAll('"', "'");
    const message = `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: ${type}'.`;
    return invalid(message, `${at}.function.parameters`, "invalid_function_parameters");
  }
  return definition["strict"] === true
    ? validateStrictSchema(parameters, `function '${name}'`, `${at}.function.parameters`)
    : undefined;
}

/** In strict mode every object lists all its properties as required and takes no others. */
export function validateStrictSchema(schema: unknown, subject: string, param: string): Failure | undefined {
  const problem = strictProblem(schema, []);
  if (problem === undefined) return undefined;
  const code = param.startsWith("tools") ? "invalid_function_parameters" : null;
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
  const missing = Object.keys(fieldsOf(schema["properties"])).find((name) => !required.includes(name));
  return missing === undefined
    ? undefined
    : `${here}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
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

function validateChoiceWithoutTools(body: Fields): Failure | undefined {
  if (!isAbsent(body["tool_choice"]) && body["tool_choice"] !== "none" && isAbsent(body["functions"]))
    return invalid(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      "tool_choice",
    );
  if (isAbsent(body["parallel_tool_calls"])) return undefined;
  const message =
    "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.";
  return invalid(message, "parallel_tool_calls");
}

function validateChoice(choice: unknown, names: readonly string[]): Failure | undefined {
  if (isAbsent(choice)) return undefined;
  if (typeof choice === "string") {
    if (["none", "auto", "required"].includes(choice)) return undefined;
    const message = `Invalid value: '${choice}'. Supported values are: 'none', 'auto', and 'required'.`;
    return invalid(message, "tool_choice", "invalid_value");
  }
  if (fieldsOf(choice)["type"] !== "function") return undefined;
  const name = toolName(choice);
  if (names.includes(name)) return undefined;
  return invalid(`Tool choice '${name}' not found in 'tools' parameter.`, "tool_choice");
}
