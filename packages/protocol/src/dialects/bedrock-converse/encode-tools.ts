import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, FunctionTool, HostedTool, Tool, ToolChoice } from "../../ir/request.ts";
import { compact, objectOf, stringOf } from "../../json/read.ts";
import { constrainedSchema } from "../shared/constrained-schema.ts";
import { featureName } from "../shared/extensions.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { TEXT_INPUT_SCHEMA } from "../shared/tools.ts";
import type { EncodeContext } from "./encode-context.ts";
import { takesChoice, takesSchemas } from "./model-family.ts";
import { DIALECT } from "./wire.ts";

export interface EncodedTools {
  readonly tools: readonly JsonObject[];
  readonly toolChoice?: JsonObject;
  /** Anthropic's own tools that the client runs: Claude takes them beside the API's. */
  readonly claudeTools: readonly JsonObject[];
}

const NO_TOOLS: EncodedTools = { tools: [], claudeTools: [] };

export function encodeTools(request: CanonicalRequest, context: EncodeContext): EncodedTools {
  const { losses } = context;
  if (request.toolChoice?.type === "none" && request.tools.length > 0) {
    losses.adapt("tool-choice", "The tools were left out, since none may be called.");
    return NO_TOOLS;
  }
  const allowed = allowedTools(request, context);
  const tools = allowed.flatMap((tool) => (tool.type === "function" ? encodeFunction(tool, context) : ownTool(tool)));
  const claudeTools = allowed.flatMap((tool) => (tool.type === "hosted" ? claudeTool(tool, context) : []));
  if (tools.length + claudeTools.length === 0) return NO_TOOLS;
  return compact({ tools, claudeTools, toolChoice: encodeChoice(request.toolChoice, context) });
}

/** The API cannot narrow the choice to several tools, and some models not to one; but the list of tools can. */
function allowedTools({ tools, toolChoice }: CanonicalRequest, { losses, family }: EncodeContext): readonly Tool[] {
  const allowed = allowedNames(toolChoice, takesChoice(family, "tool"));
  if (allowed === undefined) return tools;
  losses.adapt("allowed-tools", "Only the allowed tools were sent.");
  return tools.filter((tool) => {
    const name = tool.type === "hosted" ? stringOf(tool.definition["name"]) : flatToolName(tool);
    return name !== undefined && (allowed.includes(name) || (tool.type === "function" && allowed.includes(tool.name)));
  });
}

function allowedNames(choice: ToolChoice | undefined, takesOne: boolean): readonly string[] | undefined {
  if (choice?.type === "required" || choice?.type === "allowed") return choice.allowed;
  return choice?.type === "tool" && !takesOne ? [flatToolName(choice)] : undefined;
}

function encodeFunction(tool: FunctionTool, context: EncodeContext): readonly JsonObject[] {
  const { losses, target } = context;
  if (tool.input === "text") losses.adapt("custom-tool", `The free text of tool '${tool.name}' was wrapped in JSON.`);
  if (tool.format !== undefined) losses.drop("custom-tool-format", `The grammar of tool '${tool.name}' was not sent.`);
  const takesStrict =
    target.quirks.strictTools === undefined ? takesSchemas(target) : target.quirks.strictTools === "keep";
  const strict = tool.strict === true && takesStrict;
  if (tool.strict === true && !strict) losses.drop("strict-tools", "This model has no strict tools.");
  reportFields(tool, context);
  const schema = tool.input === "text" ? TEXT_INPUT_SCHEMA : objectSchema(tool.parameters);
  const toolSpec: JsonObject = compact({
    name: flatToolName(tool),
    // An empty description is refused.
    description: tool.description === "" ? undefined : tool.description,
    inputSchema: { json: strict ? constrainedSchema(schema, losses) : schema },
    strict: strict ? true : undefined,
  });
  return [{ toolSpec }, ...context.points.after(tool.cache, "tools")];
}

/** "The top level schema type must be object." */
export function objectSchema(schema: JsonObject | undefined): JsonObject {
  if (schema === undefined) return { type: "object", properties: {} };
  return schema["type"] === undefined ? { type: "object", ...schema } : schema;
}

function reportFields({ extension, name }: FunctionTool, { losses }: EncodeContext): void {
  for (const field of Object.keys(extension?.fields ?? {})) {
    losses.drop(`tool-${featureName(field)}`, `'${field}' of tool '${name}' cannot be said in the Converse API.`);
  }
}

/** A `systemTool`, which Bedrock runs. */
const ownTool = ({ dialect, definition }: HostedTool): readonly JsonObject[] =>
  dialect === DIALECT ? [definition] : [];

/** https://docs.aws.amazon.com/bedrock/latest/userguide/computer-use.html */
const RUN_BY_CLIENT = /^(computer|bash|text_editor|memory)_\d{8}$/;

function claudeTool(
  { dialect, definition, cache }: HostedTool,
  { family, losses, points }: EncodeContext,
): readonly JsonObject[] {
  if (dialect === DIALECT) return [];
  const type = stringOf(definition["type"]) ?? "";
  if (dialect === "anthropic-messages" && family === "claude" && RUN_BY_CLIENT.test(type)) {
    const [point] = points.after(cache, "tools");
    const { ttl } = objectOf(point?.["cachePoint"]) ?? {};
    // Beside the API's own tools no cache point can stand: these are said in Anthropic's words throughout.
    return [point === undefined ? definition : { ...definition, cache_control: compact({ type: "ephemeral", ttl }) }];
  }
  losses.drop("hosted-tool", `The hosted tool '${type}' of ${dialect} does not exist on Bedrock.`);
  return [];
}

function encodeChoice(choice: ToolChoice | undefined, { family, losses }: EncodeContext): JsonObject | undefined {
  switch (choice?.type) {
    case undefined:
    case "none":
      return undefined;
    case "auto":
    case "allowed":
      return { auto: {} };
    case "required":
      if (takesChoice(family, "any")) return { any: {} };
      losses.drop("tool-choice", "This model cannot be made to call a tool.");
      return undefined;
    case "tool":
      if (takesChoice(family, "tool")) return { tool: { name: flatToolName(choice) } };
      if (takesChoice(family, "any")) return { any: {} };
      losses.drop("tool-choice", "This model cannot be made to call a tool.");
      return undefined;
    case "hosted":
      losses.drop("tool-choice", `A tool choice of ${choice.dialect} has no equivalent.`);
      return undefined;
  }
}
