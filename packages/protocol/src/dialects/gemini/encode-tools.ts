import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, FunctionTool, HostedTool, ToolChoice } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { isEmptyObjectSchema, toSchemaSubset } from "../../json/schema-subset.ts";
import { featureName } from "../shared/extensions.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { functionTools, TEXT_INPUT_SCHEMA } from "../shared/tools.ts";
import type { EncodeScope } from "./encode-scope.ts";
import { takesSearch, writeSearchTool } from "./web-search.ts";
import { nonEmpty } from "./wire.ts";

/** All functions in one wire tool, each hosted tool in its own, in the order in which they were first named. */
export function encodeTools(request: CanonicalRequest, scope: EncodeScope): readonly JsonObject[] | undefined {
  const functions = functionTools(request);
  const first = request.tools.findIndex((tool) => tool.type === "function");
  const tools = request.tools.flatMap((tool, at): readonly JsonObject[] => {
    if (tool.cache !== undefined) scope.losses.drop("cache-control", "Gemini's tools have no cache breakpoints.");
    if (tool.type === "hosted") return hostedTool(tool, request, scope);
    return at === first ? [{ functionDeclarations: functions.map((item) => encodeFunction(item, scope)) }] : [];
  });
  return tools.length === 0 ? undefined : tools;
}

function hostedTool(tool: HostedTool, request: CanonicalRequest, scope: EncodeScope): readonly JsonObject[] {
  const { losses, target } = scope;
  if (tool.dialect === "gemini" && Object.keys(tool.definition).length > 0) return [tool.definition];
  if (tool.webSearch !== undefined && takesSearch(request, target)) {
    return [writeSearchTool(tool.webSearch, target.quirks, losses)];
  }
  const name = tool.definition["type"] ?? Object.keys(tool.definition)[0] ?? "web_search";
  losses.drop("hosted-tool", `The tool '${String(name)}' is run by ${tool.dialect} only.`);
  return [];
}

function encodeFunction(tool: FunctionTool, scope: EncodeScope): JsonObject {
  const { losses } = scope;
  if (tool.input === "text") losses.adapt("free-text-tool", `'${tool.name}' takes its text as the argument 'input'.`);
  if (tool.format !== undefined) losses.drop("tool-format", `The text of '${tool.name}' cannot be constrained.`);
  if (tool.strict === true) losses.drop("strict-tools", "Gemini has no strict mode for single functions.");
  return {
    name: flatToolName(tool),
    ...compact({ description: tool.description }),
    ...parametersField(tool, scope),
    ...extensionFields(tool, scope),
  };
}

function parametersField(tool: FunctionTool, { target }: EncodeScope): JsonObject {
  const schema = tool.input === "text" ? TEXT_INPUT_SCHEMA : tool.parameters;
  if (schema === undefined) return {};
  if (target.quirks.jsonSchemaTools !== false) return { parametersJsonSchema: objectSchema(schema) };
  return isEmptyObjectSchema(schema) ? {} : { parameters: toSchemaSubset(schema) };
}

/** The schema must describe an object; some clients give `{}` for a tool without arguments. */
function objectSchema(schema: JsonObject): JsonObject {
  const says = ["type", "$ref", "anyOf", "oneOf", "allOf"].some((key) => schema[key] !== undefined);
  return says ? schema : { type: "object", ...schema };
}

function extensionFields({ extension }: FunctionTool, { losses }: EncodeScope): JsonObject {
  if (extension === undefined || extension.dialect === "gemini") return extension?.fields ?? {};
  for (const field of Object.keys(extension.fields)) {
    losses.drop(featureName(field), `'${field}' of a tool of ${extension.dialect} has no equivalent in gemini.`);
  }
  return {};
}

/** `functionCallingConfig` without functions is an error, so it needs some. */
export function encodeToolConfig(
  request: CanonicalRequest,
  extension: JsonObject,
  { losses }: EncodeScope,
): JsonObject | undefined {
  const hasFunctions = functionTools(request).length > 0;
  const { toolChoice } = request;
  const forces = toolChoice?.type === "required" || toolChoice?.type === "tool";
  if (!hasFunctions && forces) losses.drop("tool-choice", "There is no function that could be called.");
  const choice = toolChoice === undefined || !hasFunctions ? {} : choiceFields(toolChoice, losses);
  const calling = nonEmpty({ ...choice, ...unprefixed("toolConfig.functionCallingConfig.", extension) });
  return nonEmpty({
    ...(calling === undefined ? {} : { functionCallingConfig: calling }),
    ...unprefixed("toolConfig.", extension),
  });
}

function choiceFields(choice: ToolChoice, losses: EncodeScope["losses"]): JsonObject {
  switch (choice.type) {
    case "auto":
      return { mode: "AUTO" };
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY", ...(choice.allowed === undefined ? {} : { allowedFunctionNames: choice.allowed }) };
    case "tool":
      return { mode: "ANY", allowedFunctionNames: [flatToolName(choice)] };
    case "allowed":
      return { mode: "VALIDATED", allowedFunctionNames: choice.allowed };
    case "hosted":
      losses.drop("tool-choice", `The tool choice of ${choice.dialect} has no equivalent in gemini.`);
      return {};
  }
}

/** The fields right below a path of the extension; deeper ones have prefixes of their own. */
export function unprefixed(prefix: string, extension: JsonObject): JsonObject {
  const below = Object.entries(extension).filter(
    ([key]) => key.startsWith(prefix) && !key.includes(".", prefix.length),
  );
  return Object.fromEntries(below.map(([key, value]) => [key.slice(prefix.length), value]));
}
