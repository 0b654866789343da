import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { ToolCallPart } from "../../ir/parts.ts";
import type { CanonicalRequest, FunctionTool, Message } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { flatToolName, isKnownAs } from "./tool-names.ts";

export function functionTools(request: CanonicalRequest): readonly FunctionTool[] {
  return request.tools.filter((tool) => tool.type === "function");
}

/** The request's tool that a flat name in the answer stands for, also one that an upstream's rules had changed. */
export function toolOfFlatName(request: CanonicalRequest, flatName: string): FunctionTool | undefined {
  const tools = functionTools(request);
  return tools.find((tool) => flatToolName(tool) === flatName) ?? tools.find((tool) => isKnownAs(tool, flatName));
}

/** The name of a call's tool as the client knows it, in dialects without namespaces. */
export function shownToolName(call: ToolCallPart, request: CanonicalRequest): string {
  const name = flatToolName(call);
  return flatToolName(toolOfFlatName(request, name) ?? call);
}

/** The schema of a free-text tool in dialects whose tools take JSON only. */
export const TEXT_INPUT_SCHEMA: JsonObject = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
};

/** Free text as the arguments of such a tool, and back. */
export function wrapTextInput(text: string): string {
  return JSON.stringify({ input: text });
}
export function unwrapTextInput(argumentsText: string): string {
  const input = parseJsonObject(argumentsText)?.["input"];
  return typeof input === "string" ? input : argumentsText;
}

/**
 * A call's arguments as an object, for dialects whose wire has one. Empty text is the empty object (vendors stream it for
 * tools without parameters); text that is not a JSON object is kept under `input` and reported.
 */
export function argumentsObject(call: ToolCallPart, losses: LossRecorder): JsonObject {
  if (call.input === "text") return { input: call.arguments };
  if (call.arguments.trim() === "") return {};
  const parsed = parseJsonObject(call.arguments);
  if (parsed !== undefined) return parsed;
  losses.adapt("tool-arguments", `The arguments of call '${call.id}' are not a JSON object and were sent as 'input'.`);
  return { input: call.arguments };
}

/** The calls of a conversation by id, for dialects whose results must repeat the tool's name. */
export function toolCallsById(messages: readonly Message[]): ReadonlyMap<string, ToolCallPart> {
  const calls = new Map<string, ToolCallPart>();
  for (const message of messages) {
    for (const part of message.content) if (part.type === "tool-call") calls.set(part.id, part);
  }
  return calls;
}
