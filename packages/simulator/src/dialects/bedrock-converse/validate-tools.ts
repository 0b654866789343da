import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { blocksOf } from "./read.ts";
import { validateCachePoint } from "./validate-blocks.ts";

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const SPEC_FIELDS = new Set(["name", "description", "inputSchema", "strict"]);

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html */
export function validateTools(body: Fields): Failure | undefined {
  const config = body["toolConfig"];
  if (config === undefined) return undefined;
  const { tools, toolChoice } = fieldsOf(config);
  const list = blocksOf(tools);
  if (list.length === 0) return invalid("Value at 'toolConfig.tools' failed to satisfy constraint: at least 1 member");
  for (const [index, tool] of list.entries()) {
    const failure = validateTool(tool, `toolConfig.tools.${index}`);
    if (failure !== undefined) return failure;
  }
  const names = list.flatMap((tool) => textOf(fieldsOf(tool["toolSpec"])["name"]) ?? []);
  if (new Set(names).size < names.length) return invalid("The tool names in toolConfig.tools must be unique.");
  return toolChoice === undefined ? undefined : validateChoice(fieldsOf(toolChoice), names);
}

function validateTool(tool: Fields, path: string): Failure | undefined {
  if (isFields(tool["cachePoint"])) return validateCachePoint(tool["cachePoint"], `${path}.cachePoint`);
  if (isFields(tool["systemTool"])) return undefined;
  const spec = tool["toolSpec"];
  if (!isFields(spec)) return invalid(`The tool at ${path} must set one of: toolSpec, systemTool, cachePoint.`);
  const extra = Object.keys(spec).find((name) => !SPEC_FIELDS.has(name));
  if (extra !== undefined) return invalid(`extraneous key [${extra}] is not permitted at ${path}.toolSpec`);
  if (!NAME.test(textOf(spec["name"]) ?? ""))
    return invalid(`Value at '${path}.toolSpec.name' failed to satisfy constraint`);
  if (spec["description"] === "") return invalid(`Value at '${path}.toolSpec.description' must have length at least 1`);
  const json = fieldsOf(spec["inputSchema"])["json"];
  if (isFields(json) && json["type"] === "object") return undefined;
  return invalid(`The value at ${path}.toolSpec.inputSchema.json.type must be one of the following: object.`);
}

function validateChoice(choice: Fields, names: readonly string[]): Failure | undefined {
  const [kind, second] = Object.keys(choice);
  if (second !== undefined || !["auto", "any", "tool"].includes(kind ?? ""))
    return invalid("The toolChoice object must set one of the following keys: auto, any, tool.");
  const name = textOf(fieldsOf(choice["tool"])["name"]);
  if (kind !== "tool" || (name !== undefined && names.includes(name))) return undefined;
  return invalid(`The tool name '${String(name)}' in toolConfig.toolChoice is not in toolConfig.tools.`);
}
