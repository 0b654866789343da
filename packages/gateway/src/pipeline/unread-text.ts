import type { EndpointDialect } from "../config/quirks.ts";

/**
 * The fields that hold what a model writes in the events of a stream. The length of an event says nothing: OpenAI pads its
 * events to hide how long the text in them is, and the Responses API says everything again when a part is whole.
 * https://platform.openai.com/docs/api-reference/chat/create#chat_create-stream_options
 */
const FIELDS: Readonly<Record<EndpointDialect, string>> = {
  "openai-chat": "content|reasoning_content|reasoning|refusal|arguments",
  "openai-responses": "delta",
  "anthropic-messages": "text|thinking|partial_json",
  gemini: "text",
};

const QUOTE = '"';
const BACKSLASH = 0x5c;

/** Counts what a model wrote in events that nobody decodes, in characters as they stand in the JSON. Per stream. */
export function unreadText(dialect: EndpointDialect) {
  const opening = new RegExp(`"(?:${FIELDS[dialect]})"\\s*:\\s*"`, "g");
  /** How the last event wrote its field's name: the next will, and to look for it is cheaper. */
  let known: string | undefined;
  let characters = 0;
  return {
    note(data: string) {
      const found = known === undefined ? 0 : lengthsAfter(data, known);
      if (found > 0) {
        characters += found;
        return;
      }
      opening.lastIndex = 0;
      for (let match = opening.exec(data); match !== null; match = opening.exec(data)) {
        const end = closingQuote(data, opening.lastIndex);
        if (end > opening.lastIndex) [known] = match;
        characters += end - opening.lastIndex;
        opening.lastIndex = end;
      }
    },
    characters: () => characters,
  };
}

function lengthsAfter(data: string, opening: string): number {
  let sum = 0;
  for (let at = data.indexOf(opening); at >= 0; ) {
    const start = at + opening.length;
    const end = closingQuote(data, start);
    sum += end - start;
    at = data.indexOf(opening, end);
  }
  return sum;
}

function closingQuote(data: string, from: number): number {
  for (let at = data.indexOf(QUOTE, from); at >= 0; at = data.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (before >= from && data.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return data.length;
}
