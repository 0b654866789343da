import { arrayOf, isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import type { SurfaceDialect } from "../../config/quirks.ts";
import { normaliseQuestion, normaliseSpace } from "./normalise-text.ts";

/** Where a dialect's conversation stands, and the parts of its messages. */
const places: Readonly<Record<SurfaceDialect, { readonly messages: string; readonly parts: string }>> = {
  "openai-chat": { messages: "messages", parts: "content" },
  "openai-responses": { messages: "input", parts: "content" },
  "anthropic-messages": { messages: "messages", parts: "content" },
  gemini: { messages: "contents", parts: "parts" },
};

type Normalise = (text: string) => string;

/**
 * The body with the user's prose written in one way, and without breakpoints of prompt caches. All else stays as it is, also what
 * nobody here knows.
 */
export function normalisedBody(body: JsonObject, dialect: SurfaceDialect): JsonObject {
  const { messages: place } = places[dialect];
  const conversation = body[place];
  const plain = { ...body, ...withoutBreakpoints(body, "system"), ...withoutBreakpoints(body, "tools") };
  if (typeof conversation === "string") return { ...plain, [place]: normaliseQuestion(conversation) };
  if (!Array.isArray(conversation)) return plain;
  const last = conversation.length - 1;
  const messages = conversation.map((message, at) =>
    normalisedMessage(message, dialect, at === last ? normaliseQuestion : normaliseSpace),
  );
  return { ...plain, [place]: messages };
}

function withoutBreakpoints(body: JsonObject, field: string): JsonObject {
  const list = body[field];
  return Array.isArray(list) ? { [field]: list.map(withoutBreakpoint) } : {};
}

function normalisedMessage(written: JsonValue, dialect: SurfaceDialect, normalise: Normalise): JsonValue {
  if (!isObject(written)) return written;
  const message = dialect === "openai-responses" ? withoutItemId(written) : written;
  const { parts: place } = places[dialect];
  const content = message[place];
  const isUsers = isOfUser(message, dialect);
  if (typeof content === "string") return isUsers ? { ...message, [place]: normalise(content) } : message;
  if (!Array.isArray(content)) return message;
  // Of several parts nobody knows which one is the question.
  const own = content.length === 1 ? normalise : normaliseSpace;
  const parts = arrayOf(content).map((part) => normalisedPart(part, isUsers ? own : undefined));
  return { ...message, [place]: parts };
}

/**
 * Answers and conversations have ids of their own, also where an answer is given again, and each server writes their members in an order
 * of its own: what was said is the same.
 */
function withoutItemId(item: JsonObject): JsonObject {
  const { id, type, role, ...rest } = item;
  return type === "message" && typeof id === "string" && item["content"] !== undefined
    ? { type, ...(role === undefined ? {} : { role }), ...rest }
    : item;
}

/** Gemini's contents without a role are the user's. Responses' items of another type are nobody's. */
function isOfUser({ role, type }: JsonObject, dialect: SurfaceDialect): boolean {
  if (role === undefined) return dialect === "gemini";
  return role === "user" && (type === undefined || type === "message");
}

const TEXT_TYPES: readonly (JsonValue | undefined)[] = [undefined, "text", "input_text"];

function normalisedPart(written: JsonValue, normalise: Normalise | undefined): JsonValue {
  const part = withoutBreakpoint(written);
  if (normalise === undefined || !isObject(part)) return part;
  const { text, type, thought } = part;
  const isPlain = typeof text === "string" && thought === undefined && TEXT_TYPES.includes(type);
  return isPlain ? { ...part, text: normalise(text) } : part;
}

function withoutBreakpoint(part: JsonValue): JsonValue {
  if (!isObject(part) || part["cache_control"] === undefined) return part;
  const { cache_control: _, ...rest } = part;
  return rest;
}
