import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest, FunctionTool, HostedTool, ToolChoice } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { compact, stringOf } from "../../json/read.ts";
import type { ModelFacts } from "../dialect.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { functionTools, TEXT_INPUT_SCHEMA, toolOfFlatName } from "../shared/tools.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";
import { takesSearch, writeSearchTool } from "./web-search.ts";
import { DIALECT } from "./wire.ts";

export interface ToolContext {
  readonly request: CanonicalRequest;
  readonly quirks: OpenAiResponsesQuirks;
  readonly losses: LossRecorder;
  readonly facts?: ModelFacts | undefined;
}

/** The tools in their order; those of one namespace stand in it together. */
export function encodeTools(context: ToolContext): JsonObject[] {
  const wire: JsonObject[] = [];
  const namespaces = new Map<string, JsonObject[]>();
  for (const tool of context.request.tools) {
    if (tool.cache !== undefined) reportCache(context);
    if (tool.type === "hosted") wire.push(...encodeHosted(tool, context));
    else if (tool.namespace === undefined || context.quirks.namespaceTools === false)
      wire.push(encodeTool(tool, context));
    else addToNamespace(tool, { wire, namespaces, context });
  }
  return wire;
}

const reportCache = ({ losses }: ToolContext): void =>
  losses.adapt("cache-breakpoint", "Cache breakpoints were left to the automatic prompt cache.");

interface NamespaceState {
  readonly wire: JsonObject[];
  readonly namespaces: Map<string, JsonObject[]>;
  readonly context: ToolContext;
}

function addToNamespace(tool: FunctionTool, { wire, namespaces, context }: NamespaceState): void {
  const name = tool.namespace ?? "";
  const known = namespaces.get(name);
  const nested = encodeTool(tool, context);
  if (known !== undefined) {
    known.push(nested);
    return;
  }
  const about = extensionFields(tool)["namespace"];
  const tools = [nested];
  namespaces.set(name, tools);
  wire.push({ type: "namespace", name, description: name, ...(isObject(about) ? about : {}), tools });
}

/** A hosted tool of another dialect has no equal here, even where its name is the same: its options differ. But searches have. */
function encodeHosted(tool: HostedTool, context: ToolContext): readonly JsonObject[] {
  const { quirks, losses } = context;
  const type = stringOf(tool.definition["type"]) ?? (tool.webSearch === undefined ? "tool" : "web_search");
  const taken = quirks.hostedTools === undefined || quirks.hostedTools.includes(type);
  if (isOwnTool(tool) && taken) return [tool.definition];
  if (tool.webSearch !== undefined && takesSearch(context)) return [writeSearchTool(tool.webSearch, quirks, losses)];
  losses.drop("hosted-tool", `The hosted tool '${type}' of ${tool.dialect} is not available there.`);
  return [];
}

/** The gateway's own wish for a search has no definition. */
export const isOwnTool = ({ dialect, definition }: HostedTool): boolean =>
  dialect === DIALECT && definition["type"] !== undefined;

const extensionFields = (tool: FunctionTool): JsonObject =>
  tool.extension?.dialect === DIALECT ? tool.extension.fields : {};

/**
 * `strict` is said even when the client did not: without it this API, other than Chat Completions, tries to make the
 * schema strict, which turns optional parameters into required ones.
 * https://platform.openai.com/docs/guides/function-calling#strict-mode
 */
function encodeTool(tool: FunctionTool, context: ToolContext): JsonObject {
  const { namespace: _, ...fields } = extensionFields(tool);
  reportForeignFields(tool, context);
  const name = wireToolName(tool, context.quirks);
  if (tool.input === "text" && context.quirks.customTools !== false) {
    return compact({ type: "custom", name, description: tool.description, format: tool.format, ...fields });
  }
  if (tool.input === "text") {
    context.losses.adapt(
      "custom-tool",
      `The free-text tool '${name}' became a function that takes its text as 'input'.`,
    );
  }
  if (tool.format !== undefined) context.losses.drop("custom-tool-format", `The grammar of '${name}' was not sent.`);
  const parameters = tool.input === "text" ? TEXT_INPUT_SCHEMA : (tool.parameters ?? NO_PARAMETERS);
  return compact({
    type: "function",
    name,
    description: tool.description,
    parameters,
    strict: tool.strict ?? false,
    ...fields,
  });
}

/** The field is required here; a tool without it takes no arguments. */
const NO_PARAMETERS: JsonObject = { type: "object", properties: {} };

function reportForeignFields(tool: FunctionTool, { losses }: ToolContext): void {
  if (tool.extension === undefined || tool.extension.dialect === DIALECT) return;
  for (const field of Object.keys(tool.extension.fields)) {
    losses.drop("tool-field", `'${field}' of tool '${tool.name}' has no equivalent in ${DIALECT}.`);
  }
}

function wireToolName(tool: FunctionTool, quirks: OpenAiResponsesQuirks): string {
  return quirks.namespaceTools === false ? flatToolName(tool) : tool.name;
}

export function encodeToolChoice(context: ToolContext): JsonObject[string] {
  const { toolChoice } = context.request;
  return toolChoice === undefined ? undefined : wireChoice(toolChoice, context);
}

function wireChoice(choice: ToolChoice, context: ToolContext): JsonObject[string] {
  switch (choice.type) {
    case "auto":
    case "none":
      return choice.type;
    case "required":
      return choice.allowed === undefined ? "required" : allowedTools("required", choice.allowed, context);
    case "allowed":
      return allowedTools("auto", choice.allowed, context);
    case "tool":
      return toolReference(flatToolName(choice), context);
    case "hosted":
      return hostedChoice(choice, context);
  }
}

function hostedChoice(
  choice: Extract<ToolChoice, { type: "hosted" }>,
  { losses }: ToolContext,
): JsonObject | undefined {
  if (choice.dialect === DIALECT) return choice.definition;
  losses.drop("tool-choice", `The tool choice of ${choice.dialect} has no equivalent in ${DIALECT}.`);
  return undefined;
}

function allowedTools(mode: "auto" | "required", allowed: readonly string[], context: ToolContext): JsonObject {
  return { type: "allowed_tools", mode, tools: allowed.map((name) => toolReference(name, context)) };
}

function toolReference(flatName: string, { request, quirks }: ToolContext): JsonObject {
  const tool = toolOfFlatName(request, flatName) ?? functionTools(request).find(({ name }) => name === flatName);
  const custom = tool?.input === "text" && quirks.customTools !== false;
  return compact({
    type: custom ? "custom" : "function",
    name: tool === undefined ? flatName : wireToolName(tool, quirks),
    namespace: quirks.namespaceTools === false ? undefined : tool?.namespace,
  });
}
