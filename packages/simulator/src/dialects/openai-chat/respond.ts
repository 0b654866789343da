import type { Fields } from "../../json.ts";
import type { Finish, Reply, ReplyPart, TextReply } from "../../reply.ts";
import type { Answer } from "../dialect.ts";
import { createdAt } from "../shared.ts";
import { draws, imageEntry, spokenOf, wholeSound } from "./media.ts";
import { annotationsOf } from "./search.ts";
import { usageOf } from "./usage.ts";

export function respond(answer: Answer): Fields {
  const { reply } = answer;
  return {
    ...head(answer, "chat.completion"),
    choices: [{ index: 0, message: messageOf(answer), logprobs: null, finish_reason: finishReason(reply.finish) }],
    usage: usageOf(answer),
    service_tier: "default",
    system_fingerprint: "fp_51b0a1b0c5",
  };
}

export function head({ exchange, reply }: Answer, object: string): Fields {
  return {
    id: `chatcmpl-${reply.seed.slice(0, 29)}`,
    object,
    created: createdAt(reply.seed),
    model: exchange.model,
  };
}

function messageOf(answer: Answer): Fields {
  const { reply } = answer;
  const spoken = spokenOf(reply.parts);
  const images = draws(answer) ? reply.parts.filter((part) => part.type === "image") : [];
  const content = contentOf(reply, images.length > 0);
  const calls = reply.parts.filter((part) => part.type === "tool-call");
  const reasoning = reply.parts.filter((part) => part.type === "reasoning");
  const refusal = reply.parts.find((part) => part.type === "refusal");
  return {
    role: "assistant",
    content: content === "" ? null : content,
    ...(reasoning.length > 0 && { reasoning_content: reasoning.map((part) => part.text).join("\n") }),
    ...(images.length > 0 && { images: images.map(imageEntry) }),
    ...(spoken.length > 0 && { audio: wholeSound(spoken, answer) }),
    ...(calls.length > 0 && { tool_calls: calls.map(toolCall) }),
    refusal: refusal?.text ?? null,
    annotations: annotationsOf(reply.parts),
  };
}

/** OpenAI itself has no image output here, so an image becomes a sentence. */
export const partText = (part: TextReply | Extract<ReplyPart, { type: "image" }>): string =>
  part.type === "text" ? part.text : "[This model cannot return images.]";

function contentOf(reply: Reply, isDrawn: boolean): string {
  return reply.parts
    .filter((part) => part.type === "text" || part.type === "image")
    .filter((part) => (part.type === "text" ? part.spoken !== true : !isDrawn))
    .map(partText)
    .join("");
}

export const callId = (id: string): string => `call_${id}`;

function toolCall(call: Extract<ReplyPart, { type: "tool-call" }>): Fields {
  return { id: callId(call.id), type: "function", function: { name: call.name, arguments: call.arguments } };
}

const FINISH_REASONS: Readonly<Record<Finish, string>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  refusal: "stop",
};

export const finishReason = (finish: Finish): string => FINISH_REASONS[finish];
