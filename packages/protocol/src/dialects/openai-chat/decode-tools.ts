import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { FunctionTool, Tool, ToolChoice } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import {
  compact,
  objectOf,
  objectsOf,
  otherFields,
  readArray,
  readBoolean,
  readObject,
  readString,
  stringOf,
} from "../../json/read.ts";
import { decodeCache } from "./decode-content.ts";
import { readSearchTool, SEARCH_OPTIONS, searchOptionsTool } from "./web-search.ts";
import { DIALECT, LEGACY_FUNCTION, withoutNulls } from "./wire.ts";

const TOOL_FIELDS = new Set(["type", "function", "custom", "cache_control"]);
const FUNCTION_FIELDS = new Set(["name", "description", "parameters", "strict"]);
const CUSTOM_FIELDS = new Set(["name", "description", "format"]);

export function decodeTools(body: JsonObject): readonly Tool[] {
  const tools = readArray(body["tools"], "tools") ?? [];
  const functions = readArray(body["functions"], "functions") ?? [];
  const search = searchOptionsTool(readObject(body[SEARCH_OPTIONS], SEARCH_OPTIONS));
  return [
    ...tools.map((tool, index) => decodeTool(tool, `tools[${index}]`)),
    ...functions.map((definition, index) => legacyFunction(definition, `functions[${index}]`)),
    ...(search === undefined ? [] : [search]),
  ];
}

function decodeTool(tool: JsonValue, path: string): Tool {
  if (!isObject(tool)) throw invalidRequest(`'${path}' must be an object.`, path);
  const type = readString(tool["type"], `${path}.type`) ?? "function";
  if (type === "function") {
    const definition = readObject(tool["function"], `${path}.function`);
    if (definition !== undefined) return functionTool(tool, definition, `${path}.function`);
  }
  if (type === "custom") {
    const definition = readObject(tool["custom"], `${path}.custom`);
    if (definition !== undefined) return customTool(tool, definition, `${path}.custom`);
  }
  const { cache_control: _, ...definition } = tool;
  const webSearch = readSearchTool(definition);
  return compact({ type: "hosted", dialect: DIALECT, definition, cache: decodeCache(tool), webSearch });
}

function functionTool(tool: JsonObject, definition: JsonObject, path: string): FunctionTool {
  return compact({
    type: "function",
    name: requiredName(definition, path),
    description: readString(definition["description"], `${path}.description`),
    parameters: readObject(definition["parameters"], `${path}.parameters`),
    strict: readBoolean(definition["strict"], `${path}.strict`),
    cache: decodeCache(tool),
    extension: extensionOf(tool, { field: "function", fields: otherFields(definition, FUNCTION_FIELDS) }),
  });
}

function customTool(tool: JsonObject, definition: JsonObject, path: string): FunctionTool {
  return compact({
    type: "function",
    name: requiredName(definition, path),
    description: readString(definition["description"], `${path}.description`),
    cache: decodeCache(tool),
    input: "text",
    format: readObject(definition["format"], `${path}.format`),
    extension: extensionOf(tool, { field: "custom", fields: otherFields(definition, CUSTOM_FIELDS) }),
  });
}

function requiredName(definition: JsonObject, path: string): string {
  const name = readString(definition["name"], `${path}.name`);
  if (name === undefined) throw invalidRequest(`'${path}.name' is required.`, `${path}.name`);
  return name;
}

/** What else stands in the tool, and under `function` or `custom` what else stands in its definition. */
function extensionOf(
  tool: JsonObject,
  inner: { readonly field: "function" | "custom"; readonly fields: JsonObject | undefined },
): FunctionTool["extension"] {
  const outer = otherFields(withoutNulls(tool), TOOL_FIELDS);
  const innerFields = inner.fields === undefined ? {} : withoutNulls(inner.fields);
  const fields = { ...outer, ...(Object.keys(innerFields).length === 0 ? {} : { [inner.field]: innerFields }) };
  return Object.keys(fields).length === 0 ? undefined : { dialect: DIALECT, fields };
}

/** The deprecated `functions`: answered in the same form, see `LEGACY_FUNCTION`. */
function legacyFunction(definition: JsonValue, path: string): FunctionTool {
  if (!isObject(definition)) throw invalidRequest(`'${path}' must be an object.`, path);
  return { ...functionTool({}, definition, path), extension: LEGACY_FUNCTION };
}

const MODES: ReadonlyMap<JsonValue | undefined, ToolChoice> = new Map<JsonValue | undefined, ToolChoice>([
  ["auto", { type: "auto" }],
  ["none", { type: "none" }],
  ["required", { type: "required" }],
  // Mistral's word: https://docs.mistral.ai/capabilities/function_calling/
  ["any", { type: "required" }],
]);

export function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body["tool_choice"] ?? body["function_call"] ?? undefined;
  if (choice === undefined) return undefined;
  const mode = MODES.get(choice);
  if (mode !== undefined) return mode;
  if (!isObject(choice)) throw invalidRequest("'tool_choice' is not a known choice.", "tool_choice");
  const named = choiceName(choice) ?? (body["tool_choice"] === undefined ? stringOf(choice["name"]) : undefined);
  if (named !== undefined) return { type: "tool", name: named };
  return allowedChoice(choice) ?? { type: "hosted", dialect: DIALECT, definition: choice };
}

function choiceName(choice: JsonObject): string | undefined {
  return stringOf((objectOf(choice["function"]) ?? objectOf(choice["custom"]))?.["name"]);
}

function allowedChoice(choice: JsonObject): ToolChoice | undefined {
  const allowed = objectOf(choice["allowed_tools"]);
  if (choice["type"] !== "allowed_tools" || allowed === undefined) return undefined;
  const tools = objectsOf(allowed["tools"]);
  const names = tools.map(choiceName).filter((name) => name !== undefined);
  if (names.length !== tools.length) return undefined;
  return { type: allowed["mode"] === "required" ? "required" : "allowed", allowed: names };
}
