import type { CanonicalRequest, Part } from "@signalbox/protocol";
import { CHARACTERS_PER_TOKEN, roughMediaTokens } from "../catalogue/rough-tokens.ts";

/** The characters of a request that a model reads, and the tokens of what it reads otherwise. */
export interface PromptSize {
  readonly texts: readonly string[];
  readonly mediaTokens: number;
}

/** Everything that counts as input: instructions, messages, tools and the output schema. */
export function promptSize(request: CanonicalRequest): PromptSize {
  const texts: string[] = [];
  let mediaTokens = 0;
  const visit = (part: Part): void => {
    switch (part.type) {
      case "text":
      case "reasoning":
      case "refusal":
        texts.push(part.text);
        return;
      case "tool-call":
        texts.push(part.name, part.arguments);
        return;
      case "tool-result":
        part.content.forEach(visit);
        return;
      case "media":
        if (part.source.type === "text") texts.push(part.source.text);
        else if (part.source.type === "parts") part.source.parts.forEach(visit);
        else
          mediaTokens += roughMediaTokens(
            part.kind,
            part.source.type === "base64" ? part.source.data.length : undefined,
          );
        return;
      case "web-search":
        texts.push(JSON.stringify(part.raw?.value ?? part));
        return;
      case "unknown":
        texts.push(JSON.stringify(part.value));
        return;
    }
  };
  request.instructions.forEach(visit);
  for (const message of request.messages) message.content.forEach(visit);
  for (const tool of request.tools) texts.push(JSON.stringify(tool));
  if (request.output?.type === "json-schema") texts.push(JSON.stringify(request.output.schema));
  return { texts, mediaTokens };
}

/** Without a tokenizer, in microseconds: what a stream's first event says before the upstream has counted. At least 1. */
export function roughTokens(request: CanonicalRequest): number {
  const { texts, mediaTokens } = promptSize(request);
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN) + mediaTokens);
}

/** With OpenAI's o200k tokenizer, which is loaded on first use; a few per cent off for other vendors' models. */
export async function tokenizedTokens(request: CanonicalRequest): Promise<number> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  const { texts, mediaTokens } = promptSize(request);
  const perMessage = 4 * (request.messages.length + 1);
  return Math.max(1, texts.reduce((sum, text) => sum + countTokens(text), 0) + mediaTokens + perMessage);
}
