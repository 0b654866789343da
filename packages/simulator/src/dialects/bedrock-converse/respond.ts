import type { Fields } from "../../json.ts";
import { argumentsObject, type Finish, type ReplyPart } from "../../reply.ts";
import { seal } from "../../seal.ts";
import type { Answer } from "../dialect.ts";
import { usageOf } from "./usage.ts";

export function respond(answer: Answer): Fields {
  const { reply } = answer;
  return {
    metrics: { latencyMs: 1 },
    output: { message: { role: "assistant", content: reply.parts.map((part) => contentBlock(part, answer)) } },
    stopReason: stopReason(reply.finish),
    usage: usageOf(answer),
    ...serviceTier(answer),
  };
}

/** The tier is told to who asked for one. */
export function serviceTier({ exchange }: Answer): Fields {
  const tier = exchange.body["serviceTier"];
  return tier === undefined ? {} : { serviceTier: tier };
}

export function contentBlock(part: ReplyPart, answer: Answer): Fields {
  switch (part.type) {
    case "text":
      if (part.citations.length === 0) return { text: part.text };
      return {
        citationsContent: { content: [{ text: part.text }], citations: part.citations.map(({ url }) => citation(url)) },
      };
    case "reasoning":
      return { reasoningContent: reasoning(part.text, part.redacted, answer) };
    case "tool-call":
      return { toolUse: { toolUseId: toolId(part.id), name: part.name, input: argumentsObject(part.arguments) } };
    case "refusal":
      return { text: part.text };
    case "search":
      return { text: "[This API has no search.]" };
    case "image":
      return { image: { format: "png", source: { bytes: part.base64 } } };
  }
}

export const toolId = (id: string): string => `tooluse_${id}`;

function reasoning(text: string, redacted: boolean, { exchange, reply }: Answer): Fields {
  const salt = reply.seed + text;
  if (redacted) return { redactedContent: seal({ scope: redactedScope(exchange.baseModel), content: "" }, salt) };
  const signature = seal({ scope: thinkingScope(exchange.baseModel), content: text }, salt);
  return { reasoningText: { text, signature } };
}

export const thinkingScope = (model: string): string => `bedrock thinking ${model}`;
export const redactedScope = (model: string): string => `bedrock redacted ${model}`;

export function citation(url: string): Fields {
  return {
    title: "Timetable",
    sourceContent: [{ text: "The timetable says so." }],
    location: { web: { url, domain: new URL(url).hostname } },
  };
}

const STOP_REASONS: Readonly<Record<Finish, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  refusal: "content_filtered",
};

export const stopReason = (finish: Finish): string => STOP_REASONS[finish];
