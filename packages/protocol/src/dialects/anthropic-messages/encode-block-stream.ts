import type { Delta } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type {
  Citation,
  Part,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
  UnknownPart,
} from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import type { AnswerContext } from "../dialect.ts";
import { reportForeignAnswerPart } from "../shared/foreign-fields.ts";
import { wrapTextInput } from "../shared/tools.ts";
import { isOwn, isOwnRedacted, reportTextSignature, signatureOf, toolUseHead, unknownBlock } from "./answer-blocks.ts";
import { fieldsOf } from "./block-fields.ts";
import { encodeCitation } from "./citations.ts";
import { searchBlocks } from "./search-blocks.ts";
import { DIALECT } from "./wire.ts";

/** An event of a content block, before its index is known. */
export type BlockEvent = readonly ["content_block_start" | "content_block_delta" | "content_block_stop", JsonObject];

/** Writes one part as a content block. A part that turns out to be empty gives no block at all. */
export interface BlockEncoder {
  readonly open: () => BlockEvent[];
  readonly delta: (delta: Delta) => BlockEvent[];
  readonly end: () => BlockEvent[];
}

export function blockEncoder(part: Part, context: AnswerContext): BlockEncoder {
  const { losses } = context;
  reportForeignAnswerPart(part, DIALECT, losses);
  switch (part.type) {
    case "text":
    case "refusal":
      return textEncoder(part, losses);
    case "reasoning":
      return reasoningEncoder(part);
    case "tool-call":
      return toolEncoder(part, context);
    case "web-search":
      return wholeEncoder(searchBlocks(part, context));
    case "unknown":
      return unknownEncoder(part, losses);
    case "media":
    case "tool-result":
      losses.drop(`${part.type}-output`, `A ${part.type} part of an answer cannot be shown to this client.`);
      return { open: () => [], delta: () => [], end: () => [] };
  }
}

const begun = (block: JsonObject): BlockEvent => ["content_block_start", { content_block: block }];
const grown = (delta: JsonObject): BlockEvent => ["content_block_delta", { delta }];
const STOPPED: BlockEvent = ["content_block_stop", {}];

/** Starts its block with the first thing to say: clients send empty text back, and the API rejects that. */
function lazyBlock(block: JsonObject) {
  let started = false;
  return {
    say: (deltas: readonly JsonObject[]): BlockEvent[] => {
      if (deltas.length === 0) return [];
      const start = started ? [] : [begun(block)];
      started = true;
      return [...start, ...deltas.map(grown)];
    },
    stop: (): BlockEvent[] => (started ? [STOPPED] : []),
  };
}

const textDeltas = (text: string): JsonObject[] => (text === "" ? [] : [{ type: "text_delta", text }]);

function textEncoder(part: TextPart | RefusalPart, losses: LossRecorder): BlockEncoder {
  const fields = isOwn(part.opaque) ? fieldsOf(part.opaque) : {};
  const block = lazyBlock({ type: "text", text: "", ...fields });
  let said = part.text;
  reportTextSignature(part, losses);
  const cited = (citation: Citation): JsonObject[] => {
    const wire = encodeCitation(citation, said, losses);
    return wire === undefined ? [] : [{ type: "citations_delta", citation: wire }];
  };
  const citations = part.type === "text" ? (part.citations ?? []) : [];
  return {
    open: () => block.say([...citations.flatMap(cited), ...textDeltas(part.text)]),
    delta(delta) {
      if (delta.type === "text") {
        said += delta.text;
        return block.say(textDeltas(delta.text));
      }
      if (delta.type === "opaque") reportTextSignature(delta, losses);
      return delta.type === "citation" ? block.say(cited(delta.citation)) : [];
    },
    end: () => block.stop(),
  };
}

const thinkingDeltas = (thinking: string): JsonObject[] =>
  thinking === "" ? [] : [{ type: "thinking_delta", thinking }];

/** The signature comes last, since the opaque value often does. */
function reasoningEncoder(part: ReasoningPart): BlockEncoder {
  const block = lazyBlock({ type: "thinking", thinking: "", signature: "" });
  let known = part;
  const end = (): BlockEvent[] => {
    if (isOwnRedacted(known)) {
      return [begun({ type: "redacted_thinking", data: known.opaque?.data ?? "" }), STOPPED];
    }
    if (known.text === "" && known.opaque === undefined) return [];
    return [...block.say([{ type: "signature_delta", signature: signatureOf(known) }]), ...block.stop()];
  };
  return {
    open: () => block.say(thinkingDeltas(part.text)),
    delta(delta) {
      if (delta.type === "opaque") known = { ...known, opaque: delta.opaque };
      if (delta.type !== "text") return [];
      known = { ...known, text: known.text + delta.text };
      return block.say(thinkingDeltas(delta.text));
    },
    end,
  };
}

/** Arguments are streamed as they come; free text waits for its end to be wrapped in JSON. */
function toolEncoder(part: ToolCallPart, context: AnswerContext): BlockEncoder {
  const { losses } = context;
  const free = part.input === "text";
  let text = "";
  const say = (piece: string): BlockEvent[] => {
    text += piece;
    return free || piece === "" ? [] : [grown({ type: "input_json_delta", partial_json: piece })];
  };
  const open = (): BlockEvent[] => {
    const { type, id, name, ...fields } = toolUseHead(part, context);
    return [begun({ type, id, name, input: {}, ...fields }), ...say(part.arguments)];
  };
  return {
    open,
    delta(delta) {
      if (delta.type === "opaque") losses.drop("tool-call-opaque", "A value of a call came after its id was sent.");
      return delta.type === "arguments" ? say(delta.text) : [];
    },
    end: () => (free ? [grown({ type: "input_json_delta", partial_json: wrapTextInput(text) }), STOPPED] : [STOPPED]),
  };
}

/** Blocks that Anthropic itself streams in pieces are streamed so again: clients fill them from the deltas. */
function unknownEncoder(part: UnknownPart, losses: LossRecorder): BlockEncoder {
  const block = unknownBlock(part, losses);
  return wholeEncoder(block === undefined ? [] : [block]);
}

function wholeEncoder(blocks: readonly JsonObject[]): BlockEncoder {
  return {
    open: () => blocks.flatMap((block) => [...wholeBlock(block), STOPPED]),
    delta: () => [],
    end: () => [],
  };
}

function wholeBlock(block: JsonObject): BlockEvent[] {
  const { type, ...fields } = block;
  if (type === "compaction") {
    return [begun({ type, content: null }), grown({ type: "compaction_delta", ...fields })];
  }
  if ((type === "server_tool_use" || type === "mcp_tool_use") && isObject(block["input"])) {
    const partial_json = JSON.stringify(block["input"]);
    return [begun({ ...block, input: {} }), grown({ type: "input_json_delta", partial_json })];
  }
  return [begun(block)];
}
