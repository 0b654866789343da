import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { FunctionTool, HostedTool, Tool, ToolChoice } from "../../ir/request.ts";
import { compact, objectOf, stringOf } from "../../json/read.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { functionTools, TEXT_INPUT_SCHEMA } from "../shared/tools.ts";
import { controlFields } from "./encode-content.ts";
import type { Encoding } from "./encoding.ts";
import { SEARCH_OPTIONS, type WrittenSearch, writeSearchTool } from "./web-search.ts";
import { DIALECT } from "./wire.ts";

/** `tools`, `tool_choice` and `parallel_tool_calls`; the latter two only beside tools, since OpenAI rejects them alone. */
export function encodeToolFields(encoding: Encoding): JsonObject {
  const { request, quirks, losses } = encoding;
  const choice = request.toolChoice;
  const offered = offeredTools(request.tools, choice, encoding);
  const fields: JsonObject = Object.assign({}, ...request.tools.map((tool) => searchFields(tool, encoding)));
  const tools = offered.flatMap((tool) => encodeTool(tool, encoding));
  if (tools.length === 0) {
    if (choice?.type === "required" || choice?.type === "tool")
      losses.drop("tool-choice", "There is no tool to choose.");
    return fields;
  }
  const parallel = quirks.parallelToolCalls === false ? undefined : request.parallelToolCalls;
  if (parallel !== request.parallelToolCalls && request.parallelToolCalls === false) {
    losses.drop("parallel-tool-calls", "Parallel tool calls cannot be switched off.");
  }
  return compact({ ...fields, tools, tool_choice: encodeToolChoice(choice, encoding), parallel_tool_calls: parallel });
}

/** What a search says beside the tools, and what it says as one. */
function written({ dialect, definition, webSearch }: HostedTool, encoding: Encoding): WrittenSearch | undefined {
  const options = definition[SEARCH_OPTIONS];
  if (dialect === DIALECT && options !== undefined) return { fields: { [SEARCH_OPTIONS]: options } };
  if (dialect === DIALECT && Object.keys(definition).length > 0) return { tool: definition };
  const { target, quirks, losses } = encoding;
  if (webSearch === undefined) return undefined;
  return writeSearchTool(webSearch, { model: target.model, quirks }, losses);
}

const searchFields = (tool: Tool, encoding: Encoding): JsonObject =>
  (tool.type === "hosted" ? written(tool, encoding)?.fields : undefined) ?? {};

/** Where `allowed_tools` is not understood, only the allowed ones are offered. */
function offeredTools(
  tools: readonly Tool[],
  choice: ToolChoice | undefined,
  { quirks, losses }: Encoding,
): readonly Tool[] {
  const allowed = choice?.type === "allowed" || choice?.type === "required" ? choice.allowed : undefined;
  if (allowed === undefined || quirks.allowedTools === true) return tools;
  losses.adapt("allowed-tools", "Only the allowed tools were sent.");
  return tools.filter((tool) => tool.type === "function" && isNamed(tool, allowed));
}

function isNamed(tool: FunctionTool, names: readonly string[]): boolean {
  return names.includes(flatToolName(tool)) || names.includes(tool.name);
}

function encodeTool(tool: Tool, encoding: Encoding): readonly JsonObject[] {
  const cache = controlFields(tool.cache, encoding);
  if (tool.type === "hosted") {
    const wire = written(tool, encoding);
    if (wire !== undefined) return wire.tool === undefined ? [] : [{ ...wire.tool, ...cache }];
    const type = stringOf(tool.definition["type"]) ?? (tool.webSearch === undefined ? "a hosted tool" : "web_search");
    encoding.losses.drop("hosted-tool", `'${type}' of ${tool.dialect} has no equivalent in chat completions.`);
    return [];
  }
  const { function: inFunction, custom: inCustom, ...outer } = ownExtension(tool, encoding);
  if (tool.input === "text" && encoding.quirks.customTools === true) {
    const { description, format } = tool;
    const custom = compact({ name: flatToolName(tool), description, format, ...objectOf(inCustom) });
    return [{ type: "custom", custom, ...outer, ...cache }];
  }
  const definition = { ...encodeFunction(tool, encoding), ...objectOf(inFunction) };
  return [{ type: "function", function: definition, ...outer, ...cache }];
}

function encodeFunction(tool: FunctionTool, { quirks, losses }: Encoding): JsonObject {
  const strict = quirks.strictTools === false ? undefined : tool.strict;
  if (strict !== tool.strict && tool.strict === true) losses.drop("strict-tools", "Strict schemas are not supported.");
  if (tool.input === "text") losses.adapt("custom-tool", `'${tool.name}' was sent as a function of one string.`);
  if (tool.format !== undefined) losses.drop("custom-tool-format", `The grammar of '${tool.name}' was not sent.`);
  const parameters = tool.input === "text" ? TEXT_INPUT_SCHEMA : tool.parameters;
  return compact({ name: flatToolName(tool), description: tool.description, parameters, strict });
}

function ownExtension(tool: FunctionTool, { losses }: Encoding): JsonObject {
  if (tool.extension === undefined || tool.extension.dialect === DIALECT) return tool.extension?.fields ?? {};
  for (const field of Object.keys(tool.extension.fields)) {
    losses.drop("tool-field", `'${field}' of tool '${tool.name}' has no equivalent in chat completions.`);
  }
  return {};
}

function encodeToolChoice(choice: ToolChoice | undefined, encoding: Encoding): JsonValue | undefined {
  const { quirks, losses } = encoding;
  const required = quirks.requiredToolChoice ?? "required";
  switch (choice?.type) {
    case undefined:
      return undefined;
    case "auto":
    case "none":
      return choice.type;
    case "tool":
      return namedTool(flatToolName(choice), encoding);
    case "required":
      if (choice.allowed === undefined || quirks.allowedTools !== true) return required;
      return allowedTools("required", choice.allowed, encoding);
    case "allowed":
      return quirks.allowedTools === true ? allowedTools("auto", choice.allowed, encoding) : "auto";
    case "hosted":
      if (choice.dialect === DIALECT) return choice.definition;
      losses.drop("tool-choice", `A tool choice of ${choice.dialect} has no equivalent in chat completions.`);
      return undefined;
  }
}

function namedTool(name: string, { request, quirks }: Encoding): JsonObject {
  const tool = functionTools(request).find((candidate) => isNamed(candidate, [name]));
  const custom = tool?.input === "text" && quirks.customTools === true;
  return custom ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
}

function allowedTools(mode: "auto" | "required", names: readonly string[], encoding: Encoding): JsonObject {
  const tools = names.map((name) => namedTool(name, encoding));
  return { type: "allowed_tools", allowed_tools: { mode, tools } };
}
