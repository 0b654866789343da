import {
  type ByteSpan,
  firstMemberOf,
  isSame,
  jsonBytes,
  memberIn,
  type ObjectScan,
  openingsWithin,
} from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";

/** A scanned request whose body stays bytes. Nothing that reads it throws: what is malformed reads as absent. */
export interface WireRequest {
  readonly bytes: Buffer;
  readonly scan: ObjectScan;
  /** The client's dialect. */
  readonly dialect: SurfaceDialect;
}

type Role = "user" | "assistant" | "system" | "other";

/** Where the words of a request stand in each dialect. Gemini's keys are known in camelCase and in snake_case. */
interface Shape {
  readonly system: readonly string[];
  readonly messages: string;
  /** The parts of a message. */
  readonly parts: Uint8Array;
}

const shapes: Readonly<Record<SurfaceDialect, Shape>> = {
  "openai-chat": { system: [], messages: "messages", parts: jsonBytes("content") },
  "openai-responses": { system: ["instructions"], messages: "input", parts: jsonBytes("content") },
  "anthropic-messages": { system: ["system"], messages: "messages", parts: jsonBytes("content") },
  gemini: {
    system: ["systemInstruction", "system_instruction"],
    messages: "contents",
    parts: jsonBytes("parts"),
  },
};

export const shapeOf = (request: WireRequest): Shape => shapes[request.dialect];

/** The first of some outermost members that is there and not null. */
export function outermost({ bytes, scan }: WireRequest, keys: readonly string[]): ByteSpan | undefined {
  for (const key of keys) {
    const span = scan.members.get(key);
    if (span !== undefined && !isSame(bytes, span, nullBytes)) return span;
  }
  return undefined;
}

const nullBytes = Buffer.from("null");

/** The value at the end of a path of keys, each given in all its spellings. */
export function nested(request: WireRequest, path: readonly (readonly string[])[]): ByteSpan | undefined {
  const [first = [], ...rest] = path;
  let span = outermost(request, first);
  for (const spellings of rest) {
    const open = span?.start;
    if (open === undefined) return undefined;
    span = spellings.map((key) => memberIn(request.bytes, open, jsonBytes(key))).find((found) => found !== undefined);
  }
  return span;
}

/** Offsets at which the messages open. None when the conversation is a bare string (Responses) or absent. */
export function messagesOf(request: WireRequest): readonly number[] {
  const span = outermost(request, [shapeOf(request).messages]);
  return span === undefined ? [] : openingsWithin(request.bytes, request.scan, { ...span, depth: 3 });
}

const roleKey = jsonBytes("role");
const roles: readonly (readonly [Uint8Array, Role])[] = [
  [jsonBytes("user"), "user"],
  [jsonBytes("assistant"), "assistant"],
  [jsonBytes("model"), "assistant"],
  [jsonBytes("system"), "system"],
  [jsonBytes("developer"), "system"],
];

/** Gemini's contents without a role are the user's, Responses' items without one (calls, reasoning) nobody's. */
export function roleOf({ bytes, dialect }: WireRequest, message: number): Role {
  const span = memberIn(bytes, message, roleKey);
  if (span === undefined) return dialect === "gemini" ? "user" : "other";
  return roles.find(([word]) => isSame(bytes, span, word))?.[1] ?? "other";
}

/** Where begins what a message says: a string, or an array of parts. */
export function contentOf(request: WireRequest, message: number): number | undefined {
  return firstMemberOf(request.bytes, message, [shapeOf(request).parts])?.start;
}

export const isString = ({ bytes }: WireRequest, start: number): boolean => bytes[start] === 0x22;
export const isArray = ({ bytes }: WireRequest, start: number): boolean => bytes[start] === 0x5b;

/** The word in `span`, when it is a string of at most 64 bytes without escapes. */
export function wordAt({ bytes }: WireRequest, span: ByteSpan | undefined): string | undefined {
  if (span === undefined || bytes[span.start] !== 0x22 || span.end - span.start > 66) return undefined;
  return bytes.toString("utf8", span.start + 1, span.end - 1);
}

/** The positive number in `span`. */
export function positiveAt({ bytes }: WireRequest, span: ByteSpan | undefined): number | undefined {
  if (span === undefined || span.end - span.start > 24) return undefined;
  const value = Number(bytes.toString("latin1", span.start, span.end));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
