import type { Fields } from "../../json.ts";
import type { TextReply } from "../../searching.ts";
import { splitText } from "../../words.ts";
import type { Answer, Framing } from "../dialect.ts";
import { blocksOf, head, type ShownBlock, stopReason } from "./respond.ts";
import { citation, toldSearches } from "./search.ts";
import { deltaUsage, startUsage } from "./usage.ts";

const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

export const framing: Framing = {
  contentType: () => "text/event-stream; charset=utf-8",
  preludeEvents: 1,
  ping: PING,
  malformed: 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_de\n\n',
  isEnd: (event) => event.startsWith("event: message_delta\n"),
};

const event = (type: string, fields: Fields): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export function* stream(answer: Answer): Iterable<string> {
  const { reply, prompt } = answer;
  // What searches find is read later.
  const atStart = { ...prompt, uncached: prompt.uncached - reply.readTokens };
  const usage = { ...startUsage(atStart), output_tokens: 1, service_tier: "standard", inference_geo: "not_available" };
  const message = { ...head(answer), content: [], stop_reason: null, stop_sequence: null, usage };
  yield event("message_start", { message });
  for (const [index, { block, part }] of blocksOf(answer).entries()) {
    yield event("content_block_start", { index, content_block: opened(block) });
    if (index === 0) yield PING;
    const before = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":`;
    for (const delta of deltasOf(part, block, answer)) yield `${before}${JSON.stringify(delta)}}\n\n`;
    yield event("content_block_stop", { index });
  }
  yield event("message_delta", {
    delta: { stop_reason: stopReason(reply.finish), stop_sequence: null },
    usage: {
      ...deltaUsage(prompt),
      output_tokens: reply.outputTokens,
      ...toldSearches(answer),
      ...(reply.reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reply.reasoningTokens } }),
    },
  });
  yield event("message_stop", {});
}

/** The block as it opens: its content comes in deltas, but for redacted thinking, which comes whole. */
function opened(block: Fields): Fields {
  switch (block["type"]) {
    case "text":
      return { type: "text", text: "", ...("citations" in block && { citations: [] }) };
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "tool_use":
    case "server_tool_use":
      return { ...block, input: {} };
    default:
      return block;
  }
}

function deltasOf(part: ShownBlock["part"], block: Fields, answer: Answer): Iterable<Fields> {
  if (part === undefined) return block["type"] === "server_tool_use" ? argumentDeltas("", block) : [];
  if (part.type === "text") return textDeltas(part, answer);
  if (part.type === "tool-call") return argumentDeltas(part.arguments, block);
  return block["type"] === "thinking" ? thinkingDeltas(block) : plainDeltas(block);
}

/** Citations come before the text that stands on them. */
function* textDeltas(part: TextReply, answer: Answer): Iterable<Fields> {
  for (const one of part.citations) yield { type: "citations_delta", citation: citation(one, answer) };
  for (const text of part.pieces) yield { type: "text_delta", text };
}

/** An input without fields has no text at all, but still the empty first delta. */
function* argumentDeltas(written: string, block: Fields): Iterable<Fields> {
  yield { type: "input_json_delta", partial_json: "" };
  const text = written.startsWith("{") ? written : JSON.stringify(block["input"]);
  if (text !== "{}") for (const partial_json of splitText(text)) yield { type: "input_json_delta", partial_json };
}

function* thinkingDeltas(block: Fields): Iterable<Fields> {
  for (const thinking of splitText(String(block["thinking"]))) yield { type: "thinking_delta", thinking };
  yield { type: "signature_delta", signature: block["signature"] };
}

function* plainDeltas(block: Fields): Iterable<Fields> {
  if (block["type"] === "text") for (const text of splitText(String(block["text"]))) yield { type: "text_delta", text };
}
