import { type Fields, fieldsOf } from "../../json.ts";
import type { ReplyPart } from "../../reply.ts";
import { splitText } from "../../words.ts";
import type { Answer, Framing } from "../dialect.ts";
import { draws, imageEntry, soundDeltas, soundHead, soundTail, spokenOf } from "./media.ts";
import { callId, finishReason, head, partText } from "./respond.ts";
import { annotationsOf } from "./search.ts";
import { usageOf } from "./usage.ts";
import { OFFICIAL_PATH } from "./validate.ts";

export const framing: Framing = {
  contentType: () => "text/event-stream; charset=utf-8",
  preludeEvents: 1,
  ping: ": keep-alive\n\n",
  malformed: 'data: {"id":"chatcmpl-broken","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"cont\n\n',
  isEnd: (event) => event.includes('"finish_reason":"'),
};

/** Mistral tells of usage in every stream, and knows no option for it. https://docs.mistral.ai/api/ */
const TELLS_UNASKED = /^(open-)?(mistral|mixtral|ministral|magistral|codestral|devstral|pixtral)-/;

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export function* stream(answer: Answer): Iterable<string> {
  const { exchange, reply } = answer;
  const asked = fieldsOf(exchange.body["stream_options"])["include_usage"] === true;
  const withUsage = asked || TELLS_UNASKED.test(String(exchange.body["model"]));
  const before = `data: ${JSON.stringify({ ...head(answer, "chat.completion.chunk"), service_tier: "default", system_fingerprint: "fp_51b0a1b0c5" }).slice(0, -1)},"choices":[`;
  const padding = isPadded(exchange) ? ',"obfuscation":"q3Zk7w"' : "";
  const after = `]${withUsage ? ',"usage":null' : ""}${padding}}\n\n`;
  const chunk = (delta: Fields, finish: string | null = null): string =>
    `${before}{"index":0,"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}${after}`;

  const startsWithText = reply.parts[0]?.type === "text";
  yield chunk({ role: "assistant", content: startsWithText ? "" : null, refusal: null });
  for (const delta of deltasOf(answer)) yield chunk(delta);
  yield chunk({}, finishReason(reply.finish));
  if (withUsage) yield `${before}],"usage":${JSON.stringify(usageOf(answer))}${padding}}\n\n`;
  yield "data: [DONE]\n\n";
}

/** OpenAI itself pads its chunks unless told not to; other servers of its dialect do not. */
const isPadded = ({ path, body }: Answer["exchange"]): boolean =>
  path === OFFICIAL_PATH && fieldsOf(body["stream_options"])["include_obfuscation"] !== false;

function* deltasOf(answer: Answer): Iterable<Fields> {
  const { parts } = answer.reply;
  const isSpoken = spokenOf(parts).length > 0;
  const counts = { calls: 0, images: 0, draws: draws(answer) };
  if (isSpoken) yield { audio: { ...soundHead(answer), transcript: "" } };
  for (const part of parts) {
    yield* partDeltas(part, counts);
    if (part.type === "tool-call") counts.calls += 1;
    if (part.type === "image") counts.images += 1;
  }
  if (isSpoken) yield { audio: soundTail(answer) };
  const annotations = annotationsOf(parts);
  if (annotations.length > 0) yield { annotations };
}

interface Counts {
  readonly calls: number;
  readonly images: number;
  readonly draws: boolean;
}

function partDeltas(part: ReplyPart, counts: Counts): Iterable<Fields> {
  switch (part.type) {
    case "text":
      return part.spoken === true ? soundDeltas(part) : deltas("content", part.pieces);
    case "image":
      return counts.draws ? [{ images: [imageEntry(part, counts.images)] }] : deltas("content", [partText(part)]);
    case "reasoning":
      return deltas("reasoning_content", splitText(part.text));
    case "refusal":
      return deltas("refusal", splitText(part.text));
    case "search":
      return [];
    case "tool-call":
      return callDeltas(part, counts.calls);
  }
}

function* deltas(field: string, pieces: Iterable<string>): Iterable<Fields> {
  for (const piece of pieces) yield { [field]: piece };
}

function* callDeltas(call: Extract<ReplyPart, { type: "tool-call" }>, index: number): Iterable<Fields> {
  const opening = { index, id: callId(call.id), type: "function", function: { name: call.name, arguments: "" } };
  yield { tool_calls: [opening] };
  for (const piece of splitText(call.arguments)) yield { tool_calls: [{ index, function: { arguments: piece } }] };
}
