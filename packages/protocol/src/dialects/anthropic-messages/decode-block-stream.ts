import type { Delta, StreamEvent } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Part } from "../../ir/parts.ts";
import { isObject, parseJson } from "../../json/parse.ts";
import { objectOf, stringOf } from "../../json/read.ts";
import type { PartLifecycle } from "../shared/part-lifecycle.ts";
import type { BlockContext } from "./block-context.ts";
import { decodeCitation } from "./citations.ts";
import { decodeBlock, signatureOpaque } from "./decode-blocks.ts";

/** The content blocks of a stream, by their wire index. */
export interface BlockStreams {
  readonly start: (index: number, block: JsonObject) => readonly StreamEvent[];
  readonly delta: (index: number, delta: JsonObject) => readonly StreamEvent[];
  readonly stop: (index: number) => readonly StreamEvent[];
  readonly stopAll: () => readonly StreamEvent[];
  /** Whether any block has begun. */
  readonly seen: () => boolean;
}

/** An open block: the wire block at its start, and what its deltas have told. */
interface OpenBlock {
  readonly block: JsonObject;
  readonly kind: Part["type"];
  json: string;
  signed: boolean;
  /** Grows for blocks that the IR takes only whole (server tool use, compaction). */
  grown: JsonObject;
}

export function blockStreams(parts: PartLifecycle, context: BlockContext): BlockStreams {
  const open = new Map<number, OpenBlock>();
  let seen = false;

  const start = (index: number, block: JsonObject): readonly StreamEvent[] => {
    const closed = stop(index);
    const part = openingPart(decodeBlock(block, context, "content"));
    open.set(index, { block, kind: part.type, json: "", signed: isSigned(part), grown: block });
    seen = true;
    return isStreamed(part) ? [...closed, ...parts.open(String(index), part)] : closed;
  };

  const delta = (index: number, wire: JsonObject): readonly StreamEvent[] => {
    const begun = open.has(index)
      ? []
      : start(index, IMPLIED_BLOCKS.get(stringOf(wire["type"])) ?? { type: "unknown" });
    const state = open.get(index);
    if (state === undefined) return begun;
    if (wire["type"] === "input_json_delta") state.json += stringOf(wire["partial_json"]) ?? "";
    if (state.kind === "unknown" || state.kind === "web-search") {
      state.grown = grow(state.grown, wire);
      return begun;
    }
    const told = deltaOf(wire, context);
    if (told?.type === "opaque") state.signed = true;
    return told === undefined ? begun : [...begun, ...parts.delta(String(index), told)];
  };

  const stop = (index: number): readonly StreamEvent[] => {
    const state = open.get(index);
    if (state === undefined) return [];
    open.delete(index);
    const key = String(index);
    if (!parts.isOpen(key)) return parts.whole(decodeBlock(finished(state), context, "content"));
    return [...closingDeltas(state, context).flatMap((last) => parts.delta(key, last)), ...parts.close(key)];
  };

  return { start, delta, stop, stopAll: () => [...open.keys()].flatMap(stop), seen: () => seen };
}

/** Blocks whose start a look-alike left out, by their first delta. */
const IMPLIED_BLOCKS = new Map<string | undefined, JsonObject>([
  ["text_delta", { type: "text", text: "" }],
  ["citations_delta", { type: "text", text: "" }],
  ["thinking_delta", { type: "thinking", thinking: "" }],
  ["signature_delta", { type: "thinking", thinking: "" }],
]);

/** Parts that grow by deltas; all others are emitted whole when their block stops. */
function isStreamed(part: Part): boolean {
  return part.type === "text" || part.type === "tool-call" || (part.type === "reasoning" && part.form === "full");
}

/** A tool call starts without arguments, and unsigned thinking without an opaque value: both come with the end. */
function openingPart(part: Part): Part {
  if (part.type === "tool-call") return { ...part, arguments: "" };
  if (part.type !== "reasoning" || isSigned(part)) return part;
  const { opaque: _, ...unsigned } = part;
  return unsigned;
}

function isSigned(part: Part): boolean {
  return part.opaque !== undefined && part.opaque.data !== "";
}

function deltaOf(wire: JsonObject, context: BlockContext): Delta | undefined {
  switch (wire["type"]) {
    case "text_delta":
      return textDelta(wire["text"]);
    case "thinking_delta":
      return textDelta(wire["thinking"]);
    case "input_json_delta": {
      const text = stringOf(wire["partial_json"]) ?? "";
      return text === "" ? undefined : { type: "arguments", text };
    }
    case "citations_delta": {
      const citation = objectOf(wire["citation"]);
      return citation === undefined ? undefined : { type: "citation", citation: decodeCitation(citation) };
    }
    case "signature_delta": {
      const opaque = signatureOpaque(stringOf(wire["signature"]) ?? "", context);
      return opaque === undefined ? undefined : { type: "opaque", opaque };
    }
    default:
      return undefined;
  }
}

function textDelta(value: JsonValue | undefined): Delta | undefined {
  const text = stringOf(value) ?? "";
  return text === "" ? undefined : { type: "text", text };
}

/** What a part still lacks when its block stops: input that was whole at the start, and the origin of unsigned thinking. */
function closingDeltas(state: OpenBlock, context: BlockContext): readonly Delta[] {
  if (state.kind === "tool-call" && state.json === "") {
    return [{ type: "arguments", text: JSON.stringify(state.block["input"] ?? {}) }];
  }
  const opaque = state.kind === "reasoning" && !state.signed ? signatureOpaque("", context) : undefined;
  return opaque === undefined ? [] : [{ type: "opaque", opaque }];
}

/** A delta of a block that the IR does not know: text is appended, other values replace (`compaction_delta`). */
function grow(block: JsonObject, { type, ...fields }: JsonObject): JsonObject {
  if (type === "input_json_delta") return block;
  const grown = Object.entries(fields).map(([key, value]) => {
    const before = block[key];
    return [key, typeof before === "string" && typeof value === "string" ? before + value : (value ?? before)] as const;
  });
  return { ...block, ...Object.fromEntries(grown) };
}

function finished({ grown, json }: OpenBlock): JsonObject {
  if (json.trim() === "") return grown;
  try {
    const input = parseJson(json);
    return isObject(input) ? { ...grown, input } : grown;
  } catch {
    return { ...grown, input: { partial_json: json } };
  }
}
