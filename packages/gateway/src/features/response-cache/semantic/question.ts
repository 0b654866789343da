import { isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import type { SurfaceDialect } from "../../../config/quirks.ts";

/** The last user's text of a request, and the request without it. */
export interface Question {
  readonly text: string;
  /** Everything else, where the text was: for two requests to be alike, this must be equal. */
  readonly rest: JsonObject;
}

/** Undefined where a request does not end with one text of its user. */
export function questionIn(body: JsonObject, dialect: SurfaceDialect): Question | undefined {
  switch (dialect) {
    case "openai-chat":
      return lastOf(body, "messages", (message) => ofMessage(message, "text"));
    case "openai-responses": {
      const { input } = body;
      if (typeof input === "string") return { text: input, rest: { ...body, input: "" } };
      return lastOf(body, "input", (item) =>
        item["type"] === undefined || item["type"] === "message" ? ofMessage(item, "input_text") : undefined,
      );
    }
    case "anthropic-messages":
      return lastOf(body, "messages", (message) => ofMessage(message, "text"));
    case "gemini":
      return lastOf(body, "contents", ofContent);
  }
}

interface Taken {
  readonly text: string;
  readonly rest: JsonObject;
}

function lastOf(
  body: JsonObject,
  field: string,
  take: (message: JsonObject) => Taken | undefined,
): Question | undefined {
  const list = body[field];
  const last = Array.isArray(list) ? list.at(-1) : undefined;
  if (!Array.isArray(list) || !isObject(last)) return undefined;
  const taken = take(last);
  return taken && { text: taken.text, rest: { ...body, [field]: [...list.slice(0, -1), taken.rest] } };
}

function ofMessage(message: JsonObject, type: string): Taken | undefined {
  const { role, content } = message;
  if (role !== "user") return undefined;
  if (typeof content === "string") return { text: content, rest: { ...message, content: "" } };
  const part = single(content);
  if (part === undefined || part["type"] !== type || typeof part["text"] !== "string") return undefined;
  // One text in a list is the same as the text alone, unless it says more of itself.
  const { text, type: _, ...more } = part;
  const rest = Object.keys(more).length === 0 ? "" : [{ ...more, text: "" }];
  return { text, rest: { ...message, content: rest } };
}

/** https://ai.google.dev/api/caching#Content: who speaks may be left out, and is the user then. */
function ofContent(content: JsonObject): Taken | undefined {
  const { role = "user", parts } = content;
  const part = single(parts);
  if (role !== "user" || part === undefined || typeof part["text"] !== "string") return undefined;
  return { text: part["text"], rest: { ...content, role, parts: [{ ...part, text: "" }] } };
}

function single(list: JsonValue | undefined): JsonObject | undefined {
  const [only, another] = Array.isArray(list) ? list : [];
  return another === undefined && isObject(only) ? only : undefined;
}
