import { type Edit, type Outline, spanAt } from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { MessageEdits } from "./event-stream-edits.ts";

type Paths = { readonly [D in SurfaceDialect]: readonly string[] };

/** Where a whole answer names the model. */
const IN_ANSWER: Paths = {
  "openai-chat": ["model"],
  "openai-responses": ["model"],
  "anthropic-messages": ["model"],
  gemini: ["modelVersion"],
};

/** Where those messages of a stream name it that do. */
const IN_MESSAGE: Paths = {
  ...IN_ANSWER,
  "openai-responses": ["response", "model"],
  "anthropic-messages": ["message", "model"],
};

const QUOTE = 0x22;
/** Longer beginnings of messages are not compared. */
const MAX_BEGINNING = 1024;

/** The edit that puts another name in a whole answer, where it names a model. */
export function renamedAnswer(dialect: SurfaceDialect, bytes: Uint8Array, name: string): readonly Edit[] {
  return renamed(bytes, IN_ANSWER[dialect], JSON.stringify(name));
}

/** The same of an answer whose outline is known: nothing is searched. */
export const renamedOutline =
  ({ spans }: Pick<Outline, "spans">): typeof renamedAnswer =>
  (dialect, bytes, name) => {
    const span = spans.get(IN_ANSWER[dialect].at(-1) ?? "");
    return span === undefined || bytes[span.start] !== QUOTE ? [] : [{ ...span, text: JSON.stringify(name) }];
  };

function renamed(bytes: Uint8Array, path: readonly string[], text: string): readonly Edit[] {
  const span = spanAt(bytes, path);
  return span === undefined || bytes[span.start] !== QUOTE ? [] : [{ ...span, text }];
}

/**
 * The same in every message of a stream. The chunks of a stream mostly begin alike, up to and with the name: then where it
 * stands is known from the one before, and nothing is searched.
 */
export function renamedMessages(dialect: SurfaceDialect, name: string): MessageEdits {
  const path = IN_MESSAGE[dialect];
  const key = JSON.stringify(path.at(-1) ?? "");
  const text = JSON.stringify(name);
  let before: { readonly beginning: Buffer; readonly edits: readonly Edit[] } | undefined;
  return (data) => {
    const message = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (before?.beginning.equals(message.subarray(0, before.beginning.length)) === true) return before.edits;
    if (!message.includes(key)) return [];
    const edits = renamed(message, path, text);
    const end = edits[0]?.end ?? MAX_BEGINNING;
    if (end < MAX_BEGINNING) before = { beginning: Buffer.from(message.subarray(0, end)), edits };
    return edits;
  };
}
