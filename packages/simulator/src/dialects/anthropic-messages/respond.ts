import { type Fields, fieldsOf } from "../../json.ts";
import { argumentsObject, type Finish, type SaidPart } from "../../reply.ts";
import { seal } from "../../seal.ts";
import type { Answer } from "../dialect.ts";
import { citation, citedBlocks, searchBlocks } from "./search.ts";
import { usageOf } from "./usage.ts";

export function respond(answer: Answer): Fields {
  const { reply } = answer;
  return {
    ...head(answer),
    content: blocksOf(answer).map(({ block }) => block),
    stop_reason: stopReason(reply.finish),
    stop_sequence: null,
    usage: usageOf(answer),
  };
}

export function head({ exchange, reply }: Answer): Fields {
  return { model: exchange.model, id: `msg_01${reply.seed.slice(0, 22)}`, type: "message", role: "assistant" };
}

export interface ShownBlock {
  readonly block: Fields;
  /** What it says, where that comes in deltas. */
  readonly part: SaidPart | undefined;
}

/** A search is two blocks, and a text with cited places one for each of them. */
export function blocksOf(answer: Answer): readonly ShownBlock[] {
  return answer.reply.parts.flatMap((part): readonly ShownBlock[] => {
    if (part.type === "search") return searchBlocks(part, answer).map((block) => ({ block, part: undefined }));
    const shown = part.type === "text" ? citedBlocks(part) : [part];
    return shown.map((one) => ({ block: contentBlock(one, answer), part: one }));
  });
}

function contentBlock(part: SaidPart, answer: Answer): Fields {
  switch (part.type) {
    case "text":
      return {
        type: "text",
        text: part.text,
        ...(part.citations.length > 0 && { citations: part.citations.map((one) => citation(one, answer)) }),
      };
    case "reasoning":
      return part.redacted ? redactedBlock(part.text, answer) : thinkingBlock(part.text, answer);
    case "tool-call":
      return { type: "tool_use", id: toolId(part.id), name: part.name, input: argumentsObject(part.arguments) };
    case "refusal":
      return { type: "text", text: part.text };
    case "image":
      return { type: "text", text: "[This model cannot return images.]" };
  }
}

export const toolId = (id: string): string => `toolu_01${id}`;

/** With `display: "omitted"` the thinking is not shown, and the signature carries it. */
function thinkingBlock(text: string, { exchange, reply }: Answer): Fields {
  const omitted = fieldsOf(exchange.body["thinking"])["display"] === "omitted";
  const thinking = omitted ? "" : text;
  const signature = seal({ scope: thinkingScope(exchange.baseModel), content: thinking }, reply.seed + text);
  return { type: "thinking", thinking, signature };
}

function redactedBlock(text: string, { exchange, reply }: Answer): Fields {
  return {
    type: "redacted_thinking",
    data: seal({ scope: redactedScope(exchange.baseModel), content: "" }, reply.seed + text),
  };
}

export const thinkingScope = (model: string): string => `anthropic thinking ${model}`;
export const redactedScope = (model: string): string => `anthropic redacted ${model}`;

const STOP_REASONS: Readonly<Record<Finish, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  refusal: "refusal",
};

export const stopReason = (finish: Finish): string => STOP_REASONS[finish];
