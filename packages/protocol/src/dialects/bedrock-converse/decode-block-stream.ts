import type { Delta, StreamEvent } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { PartLifecycle } from "../shared/part-lifecycle.ts";
import { decodeBlock, decodeCitation, redactedPart } from "./decode-blocks.ts";

/** The content blocks of a stream, by their index. */
export interface BlockStreams {
  readonly start: (index: number, start: JsonObject) => readonly StreamEvent[];
  readonly delta: (index: number, delta: JsonObject) => readonly StreamEvent[];
  readonly stop: (index: number) => readonly StreamEvent[];
  readonly stopAll: () => readonly StreamEvent[];
}

/** A block that has begun. Text and thinking have no start on the wire: their first delta opens them. */
interface OpenBlock {
  readonly start: JsonObject;
  /** The input of a tool call, as text. */
  input: string;
  /** Thinking, and whether its signature came. */
  thinking: "unsigned" | "signed" | undefined;
  redacted: string | undefined;
  /** Base64 letters of an image. */
  bytes: string;
  /** Pieces of the result of a tool that Bedrock ran. */
  results: readonly JsonObject[];
}

export function blockStreams(parts: PartLifecycle, origin: Origin): BlockStreams {
  const open = new Map<number, OpenBlock>();

  const blockAt = (index: number): OpenBlock => {
    const known = open.get(index);
    if (known !== undefined) return known;
    const block = { start: {}, input: "", thinking: undefined, redacted: undefined, bytes: "", results: [] };
    open.set(index, block);
    return block;
  };

  const start = (index: number, wire: JsonObject): readonly StreamEvent[] => {
    const closed = stop(index);
    open.set(index, { ...blockAt(index), start: wire });
    const call = objectOf(wire["toolUse"]);
    if (call === undefined || call["type"] !== undefined) return closed;
    const [part] = decodeBlock({ toolUse: { ...call, input: {} } }, origin);
    return part?.type === "tool-call" ? [...closed, ...parts.open(String(index), { ...part, arguments: "" })] : closed;
  };

  /** Opens the part that a delta belongs to, where nothing else has. */
  const opened = (index: number, part: Part): readonly StreamEvent[] =>
    parts.isOpen(String(index)) ? [] : parts.open(String(index), part);

  const grow = (index: number, part: Part, told: Delta | undefined): readonly StreamEvent[] =>
    told === undefined ? [] : [...opened(index, part), ...parts.delta(String(index), told)];

  const onReasoning = (index: number, wire: JsonObject): readonly StreamEvent[] => {
    const block = blockAt(index);
    const redacted = stringOf(wire["redactedContent"]);
    if (redacted !== undefined) {
      block.redacted = (block.redacted ?? "") + redacted;
      return [];
    }
    const signature = stringOf(wire["signature"]) ?? "";
    block.thinking = signature !== "" || block.thinking === "signed" ? "signed" : "unsigned";
    const begun = opened(index, THINKING);
    const told: Delta | undefined =
      signature === "" ? textDelta(wire["text"]) : { type: "opaque", opaque: { origin, data: signature } };
    return [...begun, ...grow(index, THINKING, told)];
  };

  const onToolUse = (index: number, wire: JsonObject): readonly StreamEvent[] => {
    const text = stringOf(wire["input"]) ?? "";
    blockAt(index).input += text;
    return text === "" ? [] : parts.delta(String(index), { type: "arguments", text });
  };

  const delta = (index: number, wire: JsonObject): readonly StreamEvent[] => {
    const block = blockAt(index);
    const reasoning = objectOf(wire["reasoningContent"]);
    if (reasoning !== undefined) return onReasoning(index, reasoning);
    const call = objectOf(wire["toolUse"]);
    if (call !== undefined) return onToolUse(index, call);
    const citation = objectOf(wire["citation"]);
    if (citation !== undefined) return grow(index, TEXT, { type: "citation", citation: decodeCitation(citation) });
    block.bytes += stringOf(objectOf(objectOf(wire["image"])?.["source"])?.["bytes"]) ?? "";
    block.results = [...block.results, ...objectsOf(wire["toolResult"])];
    return grow(index, TEXT, textDelta(wire["text"]));
  };

  const stop = (index: number): readonly StreamEvent[] => {
    const block = open.get(index);
    if (block === undefined) return [];
    open.delete(index);
    const key = String(index);
    if (!parts.isOpen(key)) return wholeParts(block, origin).flatMap(parts.whole);
    return [...closingDeltas(block, origin).flatMap((last) => parts.delta(key, last)), ...parts.close(key)];
  };

  return { start, delta, stop, stopAll: () => [...open.keys()].flatMap(stop) };
}

const TEXT: Part = { type: "text", text: "" };
const THINKING: Part = { type: "reasoning", form: "full", text: "" };

function textDelta(value: JsonValue | undefined): Delta | undefined {
  const text = stringOf(value) ?? "";
  return text === "" ? undefined : { type: "text", text };
}

/** What a part still lacks when its block stops: the arguments of a call without any, and the origin of unsigned thinking. */
function closingDeltas({ start, input, thinking }: OpenBlock, origin: Origin): readonly Delta[] {
  if (thinking === "unsigned") return [{ type: "opaque", opaque: { origin, data: "" } }];
  return start["toolUse"] !== undefined && input === "" ? [{ type: "arguments", text: "{}" }] : [];
}

/** A block that is only understood when it is whole. */
function wholeParts(block: OpenBlock, origin: Origin): readonly Part[] {
  const { start, redacted, bytes, results, input } = block;
  if (redacted !== undefined) return [redactedPart(redacted, origin)];
  const image = objectOf(start["image"]);
  if (image !== undefined) return decodeBlock({ image: { ...image, source: { bytes } } }, origin);
  const call = objectOf(start["toolUse"]);
  if (call !== undefined) return decodeBlock({ toolUse: { ...call, input: parseJsonObject(input) ?? {} } }, origin);
  const result = objectOf(start["toolResult"]);
  return result === undefined ? [] : decodeBlock({ toolResult: { ...result, content: results } }, origin);
}
