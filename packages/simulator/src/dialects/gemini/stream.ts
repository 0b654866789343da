import type { Exchange } from "../../exchange.ts";
import type { Fields } from "../../json.ts";
import { tokens, visibleSize } from "../../reply.ts";
import type { Answer, Framing } from "../dialect.ts";
import { closing, identity, type SignedPart, signedParts, soundOf } from "./respond.ts";
import { usageOf } from "./usage.ts";

export const framing: Framing = {
  contentType: (exchange) => (isSse(exchange) ? "text/event-stream" : "application/json; charset=UTF-8"),
  preludeEvents: 0,
  ping: ": keep-alive\r\n\r\n",
  malformed: 'data: {"candidates": [{"content": {"parts": [{"text": "brok\r\n\r\n',
  isEnd: (event) => event.includes('"finishReason":'),
};

const isSse = ({ query }: Exchange): boolean => query.get("alt") === "sse";

/** Server-sent events with `alt=sse`, else one JSON array that grows: https://ai.google.dev/api/generate-content */
export function* stream(answer: Answer): Iterable<string> {
  const sse = isSse(answer.exchange);
  let separator = "[";
  for (const chunk of chunksOf(answer)) {
    yield sse ? `data: ${chunk}\r\n\r\n` : `${separator}${chunk}`;
    separator = ",\r\n";
  }
  if (!sse) yield "\n]";
}

function* chunksOf(answer: Answer): Iterable<string> {
  const tail = `,${JSON.stringify(identity(answer)).slice(1)}`;
  let characters = 0;
  const produced = (): number => (characters === 0 ? 0 : tokens(characters));
  const chunk = (part: Fields, last: Fields = {}): string => {
    const candidate = { content: { parts: [part], role: "model" }, ...last, index: 0 };
    return `{"candidates": [${JSON.stringify(candidate)}],"usageMetadata": ${JSON.stringify(usageOf(answer, produced()))}${tail}`;
  };

  let signature: Fields = {};
  for (const { part, wire } of signedParts(answer)) {
    if (Object.keys(signature).length > 0) yield chunk({ text: "", ...signature });
    signature = part.type === "text" ? signatureOf(wire) : {};
    for (const { said, size } of piecesOf(part, wire)) {
      characters += size;
      yield chunk(said);
    }
  }
  yield answer.reply.finish === "refusal" ? refused(answer, tail) : chunk({ text: "", ...signature }, closing(answer));
}

interface Piece {
  readonly said: Fields;
  readonly size: number;
}

function* piecesOf(part: SignedPart["part"], wire: Fields): Iterable<Piece> {
  if (part.type !== "text") {
    yield { said: wire, size: part.type === "reasoning" ? 0 : visibleSize(part) };
    return;
  }
  for (const text of part.pieces) yield { said: part.spoken === true ? soundOf(text) : { text }, size: text.length };
}

/** The signature of a text comes behind it, on an empty part. */
function signatureOf(wire: SignedPart["wire"]): Fields {
  return wire["thoughtSignature"] === undefined ? {} : { thoughtSignature: wire["thoughtSignature"] };
}

/** A blocked candidate has no content. */
const refused = (answer: Answer, tail: string): string =>
  `{"candidates": [${JSON.stringify({ ...closing(answer), index: 0 })}],"usageMetadata": ${JSON.stringify(usageOf(answer, 0))}${tail}`;
