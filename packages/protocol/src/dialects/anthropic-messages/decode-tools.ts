import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Tool, ToolChoice } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { booleanOf, compact, readArray, readObject, readString, stringOf } from "../../json/read.ts";
import { cacheOf, isPlainCache } from "./block-fields.ts";
import { readSearchTool } from "./web-search.ts";
import { DIALECT, present, unknownFields } from "./wire.ts";

const TOOL_FIELDS: ReadonlySet<string> = new Set(["type", "name", "description", "input_schema", "strict"]);

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools */
export function decodeTools(value: JsonValue | undefined): readonly Tool[] {
  return (readArray(value, "tools") ?? []).map((tool, index) => {
    const path = `tools[${index}]`;
    if (!isObject(tool)) throw invalidRequest(`'${path}' must be an object.`, path);
    return present(tool["type"]) && tool["type"] !== "custom" ? decodeHosted(tool) : decodeFunction(tool, path);
  });
}

/** Server tools, and the client tools whose schema Anthropic defines (`bash_20250124`). */
function decodeHosted(tool: JsonObject): Tool {
  const { cache_control: control, ...rest } = tool;
  const definition = isPlainCache(control) ? rest : tool;
  const webSearch = readSearchTool(definition);
  return compact({ type: "hosted", dialect: DIALECT, definition, cache: cacheOf(control), webSearch });
}

function decodeFunction(tool: JsonObject, path: string): Tool {
  const name = readString(tool["name"], `${path}.name`);
  if (name === undefined) throw invalidRequest(`'${path}.name' is required.`, `${path}.name`);
  const { cache_control: control, ...rest } = tool;
  const fields = unknownFields(isPlainCache(control) ? rest : tool, TOOL_FIELDS);
  return compact({
    type: "function",
    name,
    description: readString(tool["description"], `${path}.description`),
    parameters: readObject(tool["input_schema"], `${path}.input_schema`),
    strict: booleanOf(tool["strict"]),
    cache: cacheOf(control),
    extension: fields === undefined ? undefined : { dialect: DIALECT, fields },
  });
}

export interface DecodedToolChoice {
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
}

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools#controlling-claudes-output */
export function decodeToolChoice(value: JsonValue | undefined, tools: readonly Tool[]): DecodedToolChoice {
  const wire = readObject(value, "tool_choice");
  if (wire === undefined) return {};
  const disabled = booleanOf(wire["disable_parallel_tool_use"]);
  return compact({
    toolChoice: choiceOf(wire, tools),
    parallelToolCalls: disabled === undefined ? undefined : !disabled,
  });
}

function choiceOf(wire: JsonObject, tools: readonly Tool[]): ToolChoice {
  const name = stringOf(wire["name"]);
  switch (wire["type"]) {
    case "auto":
    case "none":
      return { type: wire["type"] };
    case "any":
      return { type: "required" };
    case "tool":
      if (name !== undefined && tools.some((tool) => tool.type === "function" && tool.name === name)) {
        return { type: "tool", name };
      }
      break;
    default:
  }
  const { disable_parallel_tool_use: _, ...definition } = wire;
  return { type: "hosted", dialect: DIALECT, definition };
}
