import type { CanonicalRequest, Message, Part } from "@signalbox/protocol";

/**
 * What the newest turn of a conversation says: the user's and the tools' texts since the model spoke last, and the beginning of an
 * answer that the client has put into its mouth. Earlier turns were judged when they were new.
 */
export function newestTurn({ messages }: Pick<CanonicalRequest, "messages">): readonly string[] {
  const spoken = messages.findLastIndex(({ role }) => role !== "assistant");
  const before = messages.slice(0, spoken + 1).findLastIndex(({ role }) => role === "assistant");
  return messages.slice(before + 1).flatMap(textsIn);
}

const textsIn = ({ content }: Message): readonly string[] =>
  content.flatMap(wordsOf).filter((text) => text.trim() !== "");

/** The words of a part; thinking is nobody's statement, and media is not looked into. */
export function wordsOf(part: Part): readonly string[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return [part.text];
    case "tool-call":
      return [part.arguments];
    case "tool-result":
      return part.content.flatMap(wordsOf);
    case "media":
      return mediaWords(part);
    case "web-search":
      return [...part.queries, ...(part.results ?? []).flatMap(({ text }) => text ?? [])];
    case "reasoning":
    case "unknown":
      return [];
  }
}

function mediaWords({ source, transcript }: Extract<Part, { readonly type: "media" }>): readonly string[] {
  const spoken = transcript === undefined ? [] : [transcript];
  if (source.type === "text") return [...spoken, source.text];
  return source.type === "parts" ? [...spoken, ...source.parts.flatMap(wordsOf)] : spoken;
}
