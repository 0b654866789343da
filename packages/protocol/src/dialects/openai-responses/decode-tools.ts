import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { FunctionTool, Tool, ToolChoice } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { compact, objectsOf, readArray, readBoolean, readObject, readString, stringOf } from "../../json/read.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { readSearchTool } from "./web-search.ts";
import { DIALECT, extensionOf, leftovers } from "./wire.ts";

export function decodeTools(tools: JsonValue | undefined): Tool[] {
  return (readArray(tools, "tools") ?? []).flatMap((tool, position) => {
    const path = `tools[${position}]`;
    if (!isObject(tool)) throw invalidRequest(`'${path}' must be an object.`, path);
    return decodeTool(tool, path);
  });
}

function decodeTool(tool: JsonObject, path: string): readonly Tool[] {
  switch (tool["type"]) {
    case "function":
    case "custom":
      return [callableTool(tool, path)];
    case "namespace":
      return namespaceTools(tool, path) ?? [hosted(tool)];
    default:
      return [hosted(tool)];
  }
}

const hosted = (definition: JsonObject): Tool =>
  compact({ type: "hosted", dialect: DIALECT, definition, webSearch: readSearchTool(definition) });

const FUNCTION_FIELDS = new Set(["type", "name", "description", "parameters", "strict"]);
const CUSTOM_FIELDS = new Set(["type", "name", "description", "format"]);

function callableTool(tool: JsonObject, path: string): FunctionTool {
  const name = readString(tool["name"], `${path}.name`);
  if (name === undefined) throw invalidRequest(`'${path}.name' is required.`, `${path}.name`);
  const description = readString(tool["description"], `${path}.description`);
  if (tool["type"] === "custom") {
    return compact({
      type: "function",
      name,
      description,
      input: "text",
      format: readObject(tool["format"], `${path}.format`),
      extension: extensionOf(leftovers(tool, CUSTOM_FIELDS)),
    });
  }
  return compact({
    type: "function",
    name,
    description,
    parameters: readObject(tool["parameters"], `${path}.parameters`),
    strict: readBoolean(tool["strict"], `${path}.strict`),
    extension: extensionOf(leftovers(tool, FUNCTION_FIELDS)),
  });
}

const NAMESPACE_FIELDS = new Set(["type", "name", "tools"]);

/**
 * The callable tools of a namespace. What the namespace says of itself (its description) goes with each of them, under
 * `namespace`. Undefined when it holds something else, or nothing.
 */
function namespaceTools(tool: JsonObject, path: string): readonly FunctionTool[] | undefined {
  const namespace = readString(tool["name"], `${path}.name`);
  const nested = objectsOf(tool["tools"]);
  const callable = nested.every((inner) => inner["type"] === "function" || inner["type"] === "custom");
  if (namespace === undefined || nested.length === 0 || !callable) return undefined;
  const about = leftovers(tool, NAMESPACE_FIELDS);
  return nested.map((inner, position) => {
    const { extension, ...base } = callableTool(inner, `${path}.tools[${position}]`);
    const fields = { ...extension?.fields, ...(about === undefined ? {} : { namespace: about }) };
    return compact({
      ...base,
      namespace,
      extension: Object.keys(fields).length === 0 ? undefined : extensionOf(fields),
    });
  });
}

export function decodeToolChoice(choice: JsonValue | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (choice === "auto" || choice === "none" || choice === "required") return { type: choice };
  if (!isObject(choice)) throw invalidRequest("'tool_choice' is not a known choice.", "tool_choice");
  return namedChoice(choice) ?? { type: "hosted", dialect: DIALECT, definition: choice };
}

function namedChoice(choice: JsonObject): ToolChoice | undefined {
  if (choice["type"] === "allowed_tools") return allowedTools(choice);
  const name = stringOf(choice["name"]);
  if (!isCallable(choice) || name === undefined) return undefined;
  return compact({ type: "tool", name, namespace: stringOf(choice["namespace"]) });
}

const isCallable = (tool: JsonObject): boolean => tool["type"] === "function" || tool["type"] === "custom";

function allowedTools(choice: JsonObject): ToolChoice | undefined {
  const tools = objectsOf(choice["tools"]);
  if (!tools.every((tool) => isCallable(tool) && stringOf(tool["name"]) !== undefined)) return undefined;
  const allowed = tools.map((tool) =>
    flatToolName(compact({ name: stringOf(tool["name"]) ?? "", namespace: stringOf(tool["namespace"]) })),
  );
  return choice["mode"] === "required" ? { type: "required", allowed } : { type: "allowed", allowed };
}
