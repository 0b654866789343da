import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { booleanOf, compact, objectOf, stringOf } from "../../json/read.ts";
import { openEnvelope, openToolCallId } from "../shared/envelope.ts";
import type { BlockContext, DecodeNested } from "./block-context.ts";
import { cacheOf, fieldsOpaque } from "./block-fields.ts";
import { decodeCitations } from "./citations.ts";
import { decodeDocument, decodeImage, decodeSearchResult } from "./decode-media.ts";
import { SEARCH_CALL, SEARCH_RESULTS, searchCall, searchResults } from "./search-blocks.ts";

/** `content` as the wire has it: a string is shorthand for one text block, and an empty one for none. */
export function decodeContent(value: JsonValue | undefined, context: BlockContext, path: string): readonly Part[] {
  if (value === undefined || value === null || value === "") return [];
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (!Array.isArray(value)) return mistaken(context, `'${path}' must be a string or an array of blocks.`, path) ?? [];
  const blocks: readonly JsonValue[] = value;
  return blocks.flatMap((block, index) => {
    const at = `${path}[${index}]`;
    if (isObject(block)) return [decodeBlock(block, context, at)];
    return mistaken(context, `'${at}' must be an object.`, at) ?? [];
  });
}

/** A client's mistake is an error; an upstream's oddity is passed over. */
function mistaken(context: BlockContext, message: string, path: string): undefined {
  if (context.from === "client") throw invalidRequest(message, path);
  return undefined;
}

type BlockDecoder = (block: JsonObject, context: BlockContext, path: string) => Part | undefined;

const DECODERS = new Map<JsonValue | undefined, BlockDecoder>([
  ["text", decodeText],
  ["image", (block, context) => decodeImage(block, context, nestedIn(context))],
  ["document", (block, context) => decodeDocument(block, context, nestedIn(context))],
  ["search_result", (block, context) => decodeSearchResult(block, context, nestedIn(context))],
  ["thinking", decodeThinking],
  ["redacted_thinking", decodeRedactedThinking],
  ["tool_use", decodeToolUse],
  ["tool_result", decodeToolResult],
  [SEARCH_CALL, searchCall],
  [SEARCH_RESULTS, searchResults],
]);

const nestedIn =
  (context: BlockContext): DecodeNested =>
  (value, path) =>
    decodeContent(value, context, path);

/** One block. What has no decoder, or a source of an unknown type, is an unknown part and comes back as it is. */
export function decodeBlock(block: JsonObject, context: BlockContext, path: string): Part {
  if (context.from === "client" && typeof block["type"] !== "string") {
    throw invalidRequest(`'${path}.type' must be a string.`, `${path}.type`);
  }
  const part = DECODERS.get(block["type"])?.(block, context, path);
  return part ?? { type: "unknown", origin: context.origin, value: block };
}

const TEXT_FIELDS: ReadonlySet<string> = new Set(["type", "text", "citations"]);

function decodeText(block: JsonObject, context: BlockContext, path: string): TextPart {
  return compact({
    type: "text",
    text: requiredString(block["text"], context, `${path}.text`),
    citations: decodeCitations(block["citations"]),
    cache: cacheOf(block["cache_control"]),
    opaque: fieldsOpaque(block, TEXT_FIELDS, context.origin),
  });
}

function decodeThinking(block: JsonObject, context: BlockContext, path: string): ReasoningPart {
  const text = requiredString(block["thinking"], context, `${path}.thinking`);
  const signature = stringOf(block["signature"]) ?? "";
  const carried = context.from === "client" ? openEnvelope(signature) : undefined;
  if (carried === undefined) {
    return compact({ type: "reasoning", form: "full", text, opaque: signatureOpaque(signature, context) });
  }
  const foreign = carried.find((value) => value.of === "reasoning");
  return compact({ type: "reasoning", form: foreign?.form ?? "full", text, opaque: foreign?.opaque });
}

/**
 * Look-alikes give no signature. Their thinking still gets an opaque value, an empty one, so that its origin is known and
 * it is replayed to nobody else.
 */
export function signatureOpaque(signature: string, context: BlockContext): Opaque | undefined {
  return signature === "" && context.from === "client" ? undefined : { origin: context.origin, data: signature };
}

function decodeRedactedThinking(block: JsonObject, context: BlockContext, path: string): ReasoningPart {
  const data = requiredString(block["data"], context, `${path}.data`);
  return { type: "reasoning", form: "redacted", text: "", opaque: { origin: context.origin, data } };
}

const CALL_FIELDS: ReadonlySet<string> = new Set(["type", "id", "name", "input"]);
const DIRECT_CALL_FIELDS: ReadonlySet<string> = new Set([...CALL_FIELDS, "caller"]);

export function decodeToolUse(block: JsonObject, context: BlockContext, path: string): ToolCallPart {
  const wireId = requiredString(block["id"], context, `${path}.id`);
  const { id, carried } = context.from === "client" ? openToolCallId(wireId) : { id: wireId, carried: [] };
  // `caller: {type: direct}` is the default; only a programmatic caller is worth keeping.
  const direct = objectOf(block["caller"])?.["type"] === "direct";
  const own = fieldsOpaque(block, direct ? DIRECT_CALL_FIELDS : CALL_FIELDS, context.origin);
  return compact({
    type: "tool-call",
    id,
    name: requiredString(block["name"], context, `${path}.name`),
    arguments: JSON.stringify(block["input"] ?? {}),
    cache: cacheOf(block["cache_control"]),
    opaque: carried.find((value) => value.of === "tool-call")?.opaque ?? own,
  });
}

const RESULT_FIELDS: ReadonlySet<string> = new Set(["type", "tool_use_id", "content", "is_error"]);

function decodeToolResult(block: JsonObject, context: BlockContext, path: string): ToolResultPart {
  const wireId = requiredString(block["tool_use_id"], context, `${path}.tool_use_id`);
  return compact({
    type: "tool-result",
    callId: context.from === "client" ? openToolCallId(wireId).id : wireId,
    content: decodeContent(block["content"], context, `${path}.content`),
    isError: booleanOf(block["is_error"]),
    cache: cacheOf(block["cache_control"]),
    opaque: fieldsOpaque(block, RESULT_FIELDS, context.origin),
  });
}

function requiredString(value: JsonValue | undefined, context: BlockContext, path: string): string {
  return stringOf(value) ?? mistaken(context, `'${path}' must be a string.`, path) ?? "";
}
