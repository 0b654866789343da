import type { JsonObject } from "../../ir/json.ts";
import type { Part, ToolResultPart } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { wireCallId } from "./call-id.ts";
import { encodePiece, reportCache } from "./encode-content.ts";
import type { EncodeContext } from "./encode-context.ts";
import { ownFields } from "./wire.ts";

/** The outputs of one turn; media that the server does not take inside them follows in a user message. */
export function encodeToolResults(results: readonly ToolResultPart[], context: EncodeContext): readonly JsonObject[] {
  const moved: JsonObject[] = [];
  const outputs = results.map((result) => {
    const inside = result.content.filter((part) => staysInside(part, context));
    const outside = result.content.filter((part) => !staysInside(part, context));
    if (outside.length > 0) {
      context.losses.adapt("tool-result-media", "Media in a tool's output was sent in a user message after it.");
      const caption = { type: "input_text", text: `From the output of tool call ${result.callId}:` };
      moved.push(caption, ...outside.flatMap((part) => encodePiece(part, "client", context)));
    }
    return encodeResult(result, inside, context);
  });
  return moved.length === 0 ? outputs : [...outputs, { type: "message", role: "user", content: moved }];
}

function staysInside(part: Part, { quirks }: EncodeContext): boolean {
  if (part.type !== "media") return true;
  return (part.kind === "image" ? quirks.imageInToolResult : quirks.fileInToolResult) !== false;
}

function encodeResult(result: ToolResultPart, content: readonly Part[], context: EncodeContext): JsonObject {
  reportCache(result, context);
  const input = result.input ?? context.calls.get(result.callId)?.input;
  const custom = input === "text" && context.quirks.customTools !== false;
  if (result.isError === true) {
    context.losses.adapt("tool-error", "A tool's failure was sent as its output: there is no mark for it.");
  }
  return compact({
    type: custom ? "custom_tool_call_output" : "function_call_output",
    call_id: wireCallId(result.callId, context.losses),
    output: encodeOutput(content, context),
    ...ownFields(result).own,
  });
}

function encodeOutput(content: readonly Part[], context: EncodeContext): string | readonly JsonObject[] {
  const pieces = content.flatMap((part) => encodePiece(part, "client", context));
  const [only] = pieces;
  if (only === undefined) return "";
  return pieces.length === 1 && isPlainText(only) ? String(only["text"]) : pieces;
}

const isPlainText = (piece: JsonObject): boolean => piece["type"] === "input_text" && Object.keys(piece).length === 2;
