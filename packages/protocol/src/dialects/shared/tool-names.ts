import type { LossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, FunctionTool, Tool, ToolChoice } from "../../ir/request.ts";

const SEPARATOR = "__";

/** The name of a tool in dialects without namespaces: `namespace__name`. */
export function flatToolName(tool: { readonly name: string; readonly namespace?: string }): string {
  return tool.namespace === undefined ? tool.name : `${tool.namespace}${SEPARATOR}${tool.name}`;
}

/** Which tool names a dialect takes. */
export interface ToolNameRule {
  readonly takes: RegExp;
  readonly longest: number;
}

/** https://platform.openai.com/docs/api-reference/chat/create, and the servers that copy it. */
export const OPENAI_NAMES: ToolNameRule = { takes: /^[a-zA-Z0-9_-]{1,64}$/, longest: 64 };
/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools */
export const ANTHROPIC_NAMES: ToolNameRule = { takes: /^[a-zA-Z0-9_-]{1,128}$/, longest: 128 };
/** https://ai.google.dev/api/caching#FunctionDeclaration */
export const GEMINI_NAMES: ToolNameRule = { takes: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/, longest: 128 };

const RULES = [OPENAI_NAMES, ANTHROPIC_NAMES, GEMINI_NAMES];

/**
 * The name under which a tool is known on the wire: its own, or one made of it that the dialect takes. It depends on
 * nothing but the name, so that a conversation's prefix stays the same, and needs no memory to be read back.
 */
export function wireToolName(name: string, { takes, longest }: ToolNameRule): string {
  if (takes.test(name)) return name;
  const digest = hash(name);
  const plain = name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").replace(/^(?![a-zA-Z_])/, "_");
  return `${plain.slice(0, longest - digest.length - 1)}_${digest}`;
}

/** FNV-1a as eight hexadecimal digits: it tells names apart and guards nothing. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** Whether a tool of this name may be called `wireName` by an upstream of some dialect. */
export function isKnownAs(tool: FunctionTool, wireName: string): boolean {
  const name = flatToolName(tool);
  return name === wireName || RULES.some((rule) => wireToolName(name, rule) === wireName);
}

/** The request with names that the dialect takes, wherever tools are named. `flat`: the dialect has no namespaces. */
export function withWireToolNames(
  request: CanonicalRequest,
  { rule, flat = true }: { readonly rule: ToolNameRule; readonly flat?: boolean },
  losses: LossRecorder,
): CanonicalRequest {
  const renamed = <T extends { readonly name: string; readonly namespace?: string }>(named: T): T => {
    const name = flat ? flatToolName(named) : named.name;
    const wire = wireToolName(name, rule);
    if (wire === name) return named;
    losses.adapt("tool-name", `The tool '${name}' is called '${wire}' there.`);
    const { namespace, ...bare } = named;
    return { ...named, ...bare, name: wire, ...(flat ? { namespace: undefined } : { namespace }) };
  };
  const names = new Map(
    request.tools.flatMap((tool) => (tool.type === "function" ? namesOf(tool, renamed(tool)) : [])),
  );
  const part = (given: Part): Part => {
    if (given.type === "tool-call") return renamed(given);
    const name = given.type === "tool-result" && given.name !== undefined ? names.get(given.name) : undefined;
    return given.type === "tool-result" && name !== undefined ? { ...given, name } : given;
  };
  const { toolChoice } = request;
  return {
    ...request,
    tools: request.tools.map((tool): Tool => (tool.type === "function" ? renamed(tool) : tool)),
    messages: request.messages.map((message) => ({ ...message, content: message.content.map(part) })),
    ...(toolChoice === undefined ? {} : { toolChoice: choiceOf(toolChoice, names) }),
  };
}

/** A tool's own name and its flat one, each with the wire's. */
function namesOf(tool: FunctionTool, wire: FunctionTool): readonly (readonly [string, string])[] {
  if (wire === tool) return [];
  return [
    [tool.name, wire.name],
    [flatToolName(tool), wire.name],
  ];
}

function choiceOf(choice: ToolChoice, names: ReadonlyMap<string, string>): ToolChoice {
  switch (choice.type) {
    case "tool": {
      const name = names.get(flatToolName(choice));
      return name === undefined ? choice : { type: "tool", name };
    }
    case "allowed":
      return { ...choice, allowed: choice.allowed.map((name) => names.get(name) ?? name) };
    case "required":
      if (choice.allowed === undefined) return choice;
      return { ...choice, allowed: choice.allowed.map((name) => names.get(name) ?? name) };
    case "auto":
    case "none":
    case "hosted":
      return choice;
  }
}
