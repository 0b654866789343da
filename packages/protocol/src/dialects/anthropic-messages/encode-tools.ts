import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, FunctionTool, Tool, ToolChoice } from "../../ir/request.ts";
import { compact, stringOf } from "../../json/read.ts";
import { constrainedSchema } from "../shared/constrained-schema.ts";
import { featureName } from "../shared/extensions.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { functionTools, TEXT_INPUT_SCHEMA } from "../shared/tools.ts";
import type { EncodeContext } from "./encode-context.ts";
import { encodeHostedTool } from "./server-tools.ts";
import { DIALECT } from "./wire.ts";

export interface EncodedTools {
  readonly tools?: readonly JsonObject[];
  readonly tool_choice?: JsonObject;
}

export function encodeTools(request: CanonicalRequest, context: EncodeContext): EncodedTools {
  const { quirks, losses } = context;
  if (request.toolChoice?.type === "none" && quirks.toolChoiceNone === "drop") {
    losses.adapt("tool-choice", "The tools were left out, since none may be called.");
    return {};
  }
  const taken = new Set(functionTools(request).map(flatToolName));
  const tools = allowedTools(request, context).flatMap((tool) => {
    const wire = tool.type === "hosted" ? encodeHostedTool(tool, context, taken) : encodeFunction(tool, context);
    return wire === undefined ? [] : [wire];
  });
  // `tool_choice` without `tools` is an error.
  if (tools.length === 0) return {};
  return compact({ tools, tool_choice: encodeToolChoice(request, context) });
}

/** The API cannot narrow the choice to several tools, but the list of tools can. */
function allowedTools({ tools, toolChoice }: CanonicalRequest, context: EncodeContext): readonly Tool[] {
  const allowed = toolChoice?.type === "required" || toolChoice?.type === "allowed" ? toolChoice.allowed : undefined;
  if (allowed === undefined) return tools;
  context.losses.adapt("allowed-tools", "Only the allowed tools were sent.");
  return tools.filter((tool) => {
    const name = tool.type === "hosted" ? stringOf(tool.definition["name"]) : flatToolName(tool);
    return name !== undefined && (allowed.includes(name) || (tool.type === "function" && allowed.includes(tool.name)));
  });
}

function encodeFunction(tool: FunctionTool, context: EncodeContext): JsonObject {
  const { quirks, losses } = context;
  if (tool.input === "text") losses.adapt("custom-tool", `The free text of tool '${tool.name}' was wrapped in JSON.`);
  if (tool.format !== undefined) losses.drop("custom-tool-format", `The grammar of tool '${tool.name}' was not sent.`);
  if (tool.strict === true && quirks.strictTools === "drop") {
    losses.drop("strict-tools", "This endpoint has no strict tools.");
  }
  const strict = tool.strict === true && quirks.strictTools !== "drop";
  const schema = tool.input === "text" ? TEXT_INPUT_SCHEMA : objectSchema(tool.parameters);
  const block: JsonObject = compact({
    name: flatToolName(tool),
    description: tool.description,
    input_schema: strict ? constrainedSchema(schema, losses) : schema,
    // `false` is the default and not sent.
    strict: strict ? true : undefined,
    ...ownFields(tool, context),
  });
  return "cache_control" in block ? context.breakpoints.admit(block) : context.breakpoints.mark(block, tool.cache);
}

/** `input_schema` must be of type `object`. */
function objectSchema(schema: JsonObject | undefined): JsonObject {
  if (schema === undefined) return { type: "object", properties: {} };
  return schema["type"] === undefined ? { type: "object", ...schema } : schema;
}

function ownFields({ extension, name }: FunctionTool, { quirks, losses }: EncodeContext): JsonObject {
  if (extension === undefined) return {};
  if (extension.dialect === DIALECT && quirks.toolFields !== "drop") return extension.fields;
  for (const field of Object.keys(extension.fields)) {
    losses.drop(`tool-${featureName(field)}`, `'${field}' of tool '${name}' cannot be said at this endpoint.`);
  }
  return {};
}

function encodeToolChoice(request: CanonicalRequest, context: EncodeContext): JsonObject | undefined {
  const { toolChoice, parallelToolCalls } = request;
  const choice = toolChoice === undefined ? undefined : choiceOf(toolChoice, context);
  if (choice?.["type"] === "none" || parallelToolCalls === undefined) return choice;
  if (choice !== undefined) return { ...choice, disable_parallel_tool_use: !parallelToolCalls };
  // Parallel calls are the default.
  return parallelToolCalls ? undefined : { type: "auto", disable_parallel_tool_use: true };
}

function choiceOf(choice: ToolChoice, { losses }: EncodeContext): JsonObject | undefined {
  switch (choice.type) {
    case "auto":
    case "none":
      return { type: choice.type };
    case "allowed":
      return { type: "auto" };
    case "required":
      return { type: "any" };
    case "tool":
      return { type: "tool", name: flatToolName(choice) };
    case "hosted":
      if (choice.dialect === DIALECT) return choice.definition;
      losses.drop("tool-choice", `A tool choice of ${choice.dialect} has no equivalent.`);
      return undefined;
  }
}

/** Whether the choice forces a call, which thinking does not go with. */
export function forcesCall(choice: JsonObject | undefined): boolean {
  return choice?.["type"] === "any" || choice?.["type"] === "tool";
}
