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
  "bedrock-converse": "text|input",
};

const QUOTE = '"';
const BACKSLASH = 0x5c;

/** Counts what a model wrote in events that nobody decodes, in characters as they stand in the JSON. Per stream. */
export function unreadText(dialect: EndpointDialect) {
  const opening = new RegExp(`"(?:${FIELDS[dialect]})"\\s*:\\s*"`, "g");
  /** How the last event wrote its field's name, and where. The next will, and to look there is cheaper. */
  let known = "";
  let place = 0;
  let characters = 0;

  const noteKnown = (data: string): boolean => {
    if (known === "") return false;
    let at = data.startsWith(known, place) ? place : data.indexOf(known);
    if (at < 0) return false;
    place = at;
    let found = 0;
    while (at >= 0) {
      const start = at + known.length;
      const end = closingQuote(data, start);
      found += end - start;
      at = data.indexOf(known, end);
    }
    characters += found;
    return found > 0;
  };
  const noteAll = (data: string): void => {
    opening.lastIndex = 0;
    for (let match = opening.exec(data); match !== null; match = opening.exec(data)) {
      const start = opening.lastIndex;
      const end = closingQuote(data, start);
      if (end > start) {
        [known] = match;
        place = match.index;
      }
      characters += end - start;
      opening.lastIndex = end;
    }
  };
  return {
    note(data: string) {
      if (!noteKnown(data)) noteAll(data);
    },
    characters: () => characters,
  };
}

function closingQuote(data: string, from: number): number {
  for (let at = data.indexOf(QUOTE, from); at >= 0; at = data.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (before >= from && data.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return data.length;
}
