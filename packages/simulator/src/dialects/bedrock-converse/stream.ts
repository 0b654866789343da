import type { Fields } from "../../json.ts";
import { fieldsOf } from "../../json.ts";
import type { ReplyPart } from "../../reply.ts";
import { splitText } from "../../words.ts";
import type { Answer, Framing } from "../dialect.ts";
import { converseFrame } from "./frames.ts";
import { citation, contentBlock, serviceTier, stopReason } from "./respond.ts";
import { usageOf } from "./usage.ts";

export const framing: Framing = {
  contentType: () => "application/vnd.amazon.eventstream",
  preludeEvents: 1,
  // There are no keep-alives: an event that nobody knows is the nearest.
  ping: "event: ping\ndata: {}\n\n",
  malformed: 'event: contentBlockDelta\ndata: {"contentBlockIndex":0,"delta":{"text\n\n',
  isEnd: (event) => event.startsWith("event: messageStop\n"),
  encoder: () => converseFrame,
};

const event = (type: string, fields: Fields): string => `event: ${type}\ndata: ${JSON.stringify(fields)}\n\n`;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html, with its padding in `p`. */
export function* stream(answer: Answer): Iterable<string> {
  const { reply } = answer;
  yield event("messageStart", { role: "assistant", p: "abcd" });
  for (const [contentBlockIndex, part] of reply.parts.entries()) {
    const block = contentBlock(part, answer);
    const start = startOf(block);
    if (start !== undefined) yield event("contentBlockStart", { contentBlockIndex, start });
    const before = `event: contentBlockDelta\ndata: {"contentBlockIndex":${contentBlockIndex},"delta":`;
    for (const delta of deltasOf(part, block)) yield `${before}${JSON.stringify(delta)},"p":"abcd"}\n\n`;
    yield event("contentBlockStop", { contentBlockIndex });
  }
  yield event("messageStop", { stopReason: stopReason(reply.finish) });
  yield event("metadata", { usage: usageOf(answer), metrics: { latencyMs: 1 }, ...serviceTier(answer) });
}

/** Text and thinking have no start. */
function startOf({ toolUse, image }: Fields): Fields | undefined {
  if (image !== undefined) return { image: { format: fieldsOf(image)["format"] } };
  if (toolUse === undefined) return undefined;
  const { input: _, ...head } = fieldsOf(toolUse);
  return { toolUse: head };
}

function* deltasOf(part: ReplyPart, block: Fields): Iterable<Fields> {
  switch (part.type) {
    case "text":
      for (const text of part.pieces) yield { text };
      for (const { url } of part.citations) yield { citation: citation(url) };
      return;
    case "refusal":
      for (const text of splitText(part.text)) yield { text };
      return;
    case "reasoning":
      yield* thinkingDeltas(fieldsOf(block["reasoningContent"]));
      return;
    case "tool-call":
      yield* inputDeltas(part.arguments, fieldsOf(block["toolUse"]));
      return;
    case "image":
      yield { image: { source: fieldsOf(block["image"])["source"] } };
      return;
    case "search":
      return;
  }
}

function* thinkingDeltas(content: Fields): Iterable<Fields> {
  if (content["redactedContent"] !== undefined) {
    yield { reasoningContent: content };
    return;
  }
  const { text, signature } = fieldsOf(content["reasoningText"]);
  for (const piece of splitText(String(text))) yield { reasoningContent: { text: piece } };
  yield { reasoningContent: { signature } };
}

function* inputDeltas(written: string, call: Fields): Iterable<Fields> {
  const text = written.startsWith("{") ? written : JSON.stringify(call["input"]);
  for (const input of splitText(text)) yield { toolUse: { input } };
}
