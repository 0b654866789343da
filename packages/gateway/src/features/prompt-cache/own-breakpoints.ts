import {
  type CacheBreakpoint,
  type CanonicalRequest,
  isObject,
  type JsonObject,
  type Part,
  type Tool,
} from "@signalbox/protocol";

/** The breakpoints that a request has already, in the order of the prompt. */
export interface OwnBreakpoints {
  readonly tools: readonly CacheBreakpoint[];
  readonly system: readonly CacheBreakpoint[];
  readonly messages: readonly CacheBreakpoint[];
}

export function ownBreakpoints(request: CanonicalRequest): OwnBreakpoints {
  return {
    tools: request.tools.flatMap(ofTool),
    system: request.instructions.flatMap(ofPart),
    messages: [
      ...request.messages.flatMap(({ content }) => content.flatMap(ofPart)),
      // Anthropic's breakpoint beside the messages stands at their end.
      ...heldIn(request.extensions?.["anthropic-messages"]),
    ],
  };
}

export function hasBreakpoints(request: CanonicalRequest): boolean {
  const { tools, system, messages } = ownBreakpoints(request);
  return tools.length + system.length + messages.length > 0;
}

function ofPart(part: Part): readonly CacheBreakpoint[] {
  const inner = part.type === "tool-result" ? part.content.flatMap(ofPart) : [];
  if (part.cache !== undefined) return [...inner, part.cache];
  return part.type === "unknown" ? heldIn(part.value) : inner;
}

function ofTool(tool: Tool): readonly CacheBreakpoint[] {
  if (tool.cache !== undefined) return [tool.cache];
  return heldIn(tool.type === "hosted" ? tool.definition : tool.extension?.fields);
}

/** One with words that the canonical form has none for stays in its wire object. */
function heldIn(wire: JsonObject | undefined): readonly CacheBreakpoint[] {
  const control = wire?.["cache_control"];
  if (!isObject(control)) return [];
  const { ttl } = control;
  return [ttl === "1h" || ttl === "5m" ? { ttl } : {}];
}
