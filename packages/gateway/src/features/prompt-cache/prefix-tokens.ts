import type { MediaPart, Part, TextPart, Tool } from "@signalbox/protocol";
import { CHARACTERS_PER_TOKEN, roughMediaTokens } from "../../catalogue/rough-tokens.ts";

/** What parts of a prompt come to, roughly. Only the vendor's tokenizer knows; of code and of most languages it counts more. */
export const partTokens = (part: Part): number => {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return textTokens(part.text);
    case "tool-call":
      return textTokens(part.name) + textTokens(part.arguments);
    case "tool-result":
      return partsTokens(part.content);
    case "media":
      return mediaTokens(part);
    case "web-search":
    case "unknown":
      return textTokens(JSON.stringify(part));
  }
};

export const partsTokens = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + partTokens(part), 0);

export const instructionTokens = (parts: readonly TextPart[]): number => partsTokens(parts);

export function toolTokens({ cache: _, ...tool }: Tool): number {
  return textTokens(JSON.stringify(tool));
}

export const textTokens = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

function mediaTokens({ kind, source }: MediaPart): number {
  switch (source.type) {
    case "text":
      return textTokens(source.text);
    case "parts":
      return partsTokens(source.parts);
    case "base64":
      return roughMediaTokens(kind, source.data.length);
    case "url":
    case "file":
      return roughMediaTokens(kind, undefined);
  }
}
