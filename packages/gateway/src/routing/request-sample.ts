import {
  type ByteSpan,
  elementsOf,
  firstMemberOf,
  isSame,
  jsonBytes,
  memberIn,
  stringAt,
  valueSpan,
} from "@signalbox/protocol";
import type { RequestSample } from "./request-view.ts";
import {
  contentOf,
  isArray,
  isString,
  messagesOf,
  outermost,
  roleOf,
  shapeOf,
  type WireRequest,
} from "./wire-request.ts";

/** Of a long text its beginning says what it is, and its end often what is wanted of it. */
const HEAD_BYTES = 3072;
const TAIL_BYTES = 1024;
const MAX_PARTS = 16;
/** Messages without words of the user (a harness's notes) are passed over this often. */
const MAX_TRIES = 16;
const MAX_SYSTEM_MESSAGES = 4;

/** What a request is about: its beginning and its newest words, cut to a few kilobytes. Never throws. */
export function requestSample(request: WireRequest): RequestSample {
  const system = systemText(request);
  const bare = bareInput(request);
  if (bare !== undefined) return { system, firstUser: bare, lastUser: bare, turns: 1 };
  const spoken = messagesOf(request).filter((message) => isSpoken(request, message));
  return {
    system,
    firstUser: firstWords(request, spoken),
    lastUser: firstWords(request, spoken.slice(-MAX_TRIES).reverse()),
    turns: spoken.length,
  };
}

/** The first words of the user, by which a conversation is told from others. */
export function openingWords(request: WireRequest): string {
  const bare = bareInput(request);
  if (bare !== undefined) return bare;
  for (const message of messagesOf(request)) {
    const text = isSpoken(request, message) ? textFrom(request, contentOf(request, message)) : "";
    if (text !== "") return text;
  }
  return "";
}

/** Instructions, or the system messages that stand first. */
export function systemText(request: WireRequest): string {
  const span = outermost(request, shapeOf(request).system);
  if (span !== undefined) return textFrom(request, systemStart(request, span.start));
  const texts: string[] = [];
  for (const message of messagesOf(request).slice(0, MAX_SYSTEM_MESSAGES)) {
    if (roleOf(request, message) !== "system") break;
    texts.push(textFrom(request, contentOf(request, message)));
  }
  return texts.join("\n");
}

const partsKey = jsonBytes("parts");

function systemStart({ bytes }: WireRequest, start: number): number | undefined {
  return bytes[start] === 0x7b ? firstMemberOf(bytes, start, [partsKey])?.start : start;
}

/** The Responses API's input may be the user's words themselves. */
function bareInput(request: WireRequest): string | undefined {
  const span = outermost(request, [shapeOf(request).messages]);
  return span !== undefined && isString(request, span.start) ? excerpt(request, span) : undefined;
}

const typeKey = jsonBytes("type");
const toolResult = jsonBytes("tool_result");
const geminiKeys = ["text", "functionResponse", "function_response"].map(jsonBytes);

/** Whether the user says something here, or only hands over what tools answered. */
function isSpoken(request: WireRequest, message: number): boolean {
  const { bytes, dialect } = request;
  if (roleOf(request, message) !== "user") return false;
  const start = contentOf(request, message);
  if (start === undefined || !isArray(request, start)) return start !== undefined;
  const first = firstElement(bytes, start);
  if (dialect === "gemini") return (firstMemberOf(bytes, first, geminiKeys)?.key ?? 0) === 0;
  const type = memberIn(bytes, first, typeKey);
  return type === undefined || !isSame(bytes, type, toolResult);
}

/** Where the first element of the array at `start` begins. */
function firstElement(bytes: Buffer, start: number): number {
  let at = start + 1;
  while ((bytes[at] ?? 0x21) <= 0x20) at += 1;
  return at;
}

function firstWords(request: WireRequest, messages: readonly number[]): string {
  for (const message of messages.slice(0, MAX_TRIES)) {
    const text = textFrom(request, contentOf(request, message));
    if (text !== "") return text;
  }
  return "";
}

/** Claude Code's first block of instructions: it is of a build, and of nobody's conversation. */
const BILLING_HEADER = /^x-anthropic-billing-header:/;

/**
 * What agents put before the user's own words, in messages or parts of their own: Claude Code, Codex (the middle three) and
 * Gemini CLI. It tells nothing of the task, and some of it changes from turn to turn.
 */
const HARNESS_NOTE =
  /^\s*(?:<system-reminder>|<environment_context>|<user_instructions>|# AGENTS\.md instructions|<session_context>)/;

/** The text of a string, or of an array of parts, without notes of the harness. */
function textFrom(request: WireRequest, start: number | undefined): string {
  if (start === undefined) return "";
  if (isString(request, start)) return userWords(excerptAt(request, start));
  const parts = elementsOf(request.bytes, { start, end: request.bytes.length }, MAX_PARTS);
  const texts = parts.map((part) => userWords(partText(request, part.start)));
  return texts
    .filter((text) => text !== "")
    .join("\n")
    .slice(0, HEAD_BYTES + TAIL_BYTES);
}

const userWords = (text: string): string => (HARNESS_NOTE.test(text) || BILLING_HEADER.test(text) ? "" : text);

const textKey = jsonBytes("text");

function partText(request: WireRequest, part: number): string {
  const found = firstMemberOf(request.bytes, part, [textKey]);
  return found === undefined || !isString(request, found.start) ? "" : excerptAt(request, found.start);
}

function excerptAt(request: WireRequest, start: number): string {
  const span = valueSpan(request.bytes, start);
  return span === undefined ? "" : excerpt(request, span);
}

/** The string in `span`; of a long one its head and its tail. */
function excerpt({ bytes }: WireRequest, span: ByteSpan): string {
  if (span.end - span.start <= HEAD_BYTES + TAIL_BYTES) return stringAt(bytes, span) ?? "";
  const from = span.end - 1 - TAIL_BYTES;
  const space = bytes.indexOf(0x20, from);
  const tail = bytes.toString("utf8", space < 0 || space > span.end - 1 ? from : space, span.end - 1);
  const head = bytes.toString("utf8", span.start + 1, span.start + 1 + HEAD_BYTES);
  return `${unescaped(head)}\n${unescaped(tail)}`;
}

/** The text of a piece of a JSON string. A cut through an escape sequence leaves the escapes of the piece as they are. */
function unescaped(piece: string): string {
  const whole = piece.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, "");
  for (const text of [piece, whole]) {
    try {
      const value: unknown = JSON.parse(`"${text}"`);
      if (typeof value === "string") return value.replaceAll("\uFFFD", "");
    } catch {
      // The cut went through an escape sequence.
    }
  }
  return piece;
}
