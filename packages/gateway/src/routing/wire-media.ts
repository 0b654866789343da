import { elementsOf, firstMemberOf, isSame, jsonBytes, memberIn, openingsWithin, valueSpan } from "@signalbox/protocol";
import { roughMediaTokens } from "../catalogue/rough-tokens.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import { outermost, shapeOf, type WireRequest, wordAt } from "./wire-request.ts";

/** What of a conversation is not text. */
export interface WireMedia {
  readonly images: number;
  readonly documents: number;
  readonly audio: number;
  /** Bytes of the body that are media and not text. */
  readonly payloadBytes: number;
  readonly tokens: number;
}

type Kind = "image" | "document" | "audio";

/** A part of some type is media of some kind, and where its payload stands in it. */
interface PartType {
  readonly type: Uint8Array;
  readonly kind: Kind;
  readonly payload: readonly Uint8Array[];
}

const part = (type: string, kind: Kind, path: readonly string[]): PartType => ({
  type: jsonBytes(type),
  kind,
  payload: path.map(jsonBytes),
});

/** The documented part types of each dialect; Gemini's parts have none and are told by their keys. */
const partTypes: Readonly<Record<Exclude<SurfaceDialect, "gemini">, readonly PartType[]>> = {
  "openai-chat": [
    part("image_url", "image", ["image_url", "url"]),
    part("video_url", "image", ["video_url", "url"]),
    part("input_audio", "audio", ["input_audio", "data"]),
    part("file", "document", ["file", "file_data"]),
  ],
  "openai-responses": [
    part("input_image", "image", ["image_url"]),
    part("input_file", "document", ["file_data"]),
    part("input_audio", "audio", ["input_audio", "data"]),
  ],
  "anthropic-messages": [part("image", "image", ["source", "data"]), part("document", "document", ["source", "data"])],
};

const typeKey = jsonBytes("type");
const sourceKey = jsonBytes("source");
const toolResult = jsonBytes("tool_result");
/** Of Anthropic's document sources: both are text after all. */
const textSources = [jsonBytes("text"), jsonBytes("content")];

/** Counts the media of a conversation by the types of its parts; text that only speaks of images does not count. */
export function mediaIn(request: WireRequest): WireMedia {
  const span = outermost(request, [shapeOf(request).messages]);
  const tally = { images: 0, documents: 0, audio: 0, payloadBytes: 0, tokens: 0 };
  if (span === undefined) return tally;
  const parts = openingsWithin(request.bytes, request.scan, { ...span, depth: 5 });
  switch (request.dialect) {
    case "gemini":
      countBlobs(request, parts, tally);
      // Only the media of a tool's result stands in an array as deep as this.
      for (const start of openingsWithin(request.bytes, request.scan, { ...span, depth: 7, of: "arrays" })) {
        const inner = elementsOf(request.bytes, { start, end: span.end }, MAX_MEDIA_OF_RESULT);
        const opens = inner.map((element) => element.start);
        countBlobs(request, opens, tally);
      }
      return tally;
    case "anthropic-messages": {
      countParts(request, parts, tally);
      const deep = openingsWithin(request.bytes, request.scan, { ...span, depth: 7 });
      countParts(request, deep.filter(isWithinResult(request, parts)), tally);
      return tally;
    }
    case "openai-chat":
    case "openai-responses":
      countParts(request, parts, tally);
      return tally;
  }
}

const MAX_MEDIA_OF_RESULT = 100;

type Tally = { -readonly [K in keyof WireMedia]: WireMedia[K] };

function countParts(request: WireRequest, opens: readonly number[], tally: Tally): void {
  for (const open of opens) {
    const type = partTypeOf(request, open);
    if (type !== undefined) count(tally, type.kind, payloadOf(request, open, type));
  }
}

function partTypeOf({ bytes, dialect }: WireRequest, open: number): PartType | undefined {
  const type = dialect === "gemini" ? undefined : memberIn(bytes, open, typeKey);
  if (dialect === "gemini" || type === undefined) return undefined;
  return partTypes[dialect].find((candidate) => isSame(bytes, type, candidate.type));
}

/** The arguments of a tool call may look like an image; what a tool answered with is one. */
function isWithinResult(request: WireRequest, parts: readonly number[]) {
  const { bytes } = request;
  return (open: number): boolean => {
    if (partTypeOf(request, open) === undefined) return false;
    const parent = parts.findLast((part) => part < open);
    const type = parent === undefined ? undefined : memberIn(bytes, parent, typeKey);
    return type !== undefined && isSame(bytes, type, toolResult);
  };
}

/** How many bytes of a part are its data; `text` when it is a document that is text after all. */
function payloadOf({ bytes, dialect }: WireRequest, open: number, { kind, payload }: PartType): number | "text" {
  if (dialect === "anthropic-messages" && kind === "document") {
    const source = memberIn(bytes, open, sourceKey);
    const type = source === undefined ? undefined : memberIn(bytes, source.start, typeKey);
    if (type !== undefined && textSources.some((word) => isSame(bytes, type, word))) return "text";
  }
  let at = open;
  for (const step of payload) {
    const next = firstMemberOf(bytes, at, [step]);
    // Mistral has the bare URL where others have an object that holds it.
    if (next === undefined) return at === open ? 0 : lengthOf(bytes, at);
    at = next.start;
  }
  return lengthOf(bytes, at);
}

/** The length of a string that holds data; a plain URL holds none. */
function lengthOf(bytes: Buffer, start: number): number {
  const span = bytes[start] === 0x22 ? valueSpan(bytes, start) : undefined;
  if (span === undefined || bytes.toString("latin1", start + 1, start + 5) === "http") return 0;
  return span.end - start - 2;
}

function count(tally: Tally, kind: Kind, payload: number | "text"): void {
  if (payload === "text") return;
  tally.payloadBytes += payload;
  tally.tokens += roughMediaTokens(kind, payload === 0 ? undefined : payload);
  if (kind === "image") tally.images += 1;
  else if (kind === "document") tally.documents += 1;
  else tally.audio += 1;
}

/** Only the keys before `text` hold media; a part has one of them all. */
const blobKeys = ["inlineData", "inline_data", "fileData", "file_data", "text", "functionCall", "functionResponse"].map(
  jsonBytes,
);
const TEXT_KEY = 4;
const mimeKeys = [jsonBytes("mimeType"), jsonBytes("mime_type")];
const dataKey = jsonBytes("data");

function countBlobs(request: WireRequest, opens: readonly number[], tally: Tally): void {
  const { bytes } = request;
  for (const open of opens) {
    const blob = firstMemberOf(bytes, open, blobKeys);
    if (blob === undefined || blob.key >= TEXT_KEY) continue;
    const data = firstMemberOf(bytes, blob.start, [dataKey]);
    const mime = firstMemberOf(bytes, blob.start, mimeKeys);
    const kind = kindOfMime(mime === undefined ? undefined : wordAt(request, valueSpan(bytes, mime.start)));
    count(tally, kind, data === undefined ? 0 : lengthOf(bytes, data.start));
  }
}

/** A video is seen and so counts as an image: no dialect but Gemini's has it, and vision models alone take it. */
function kindOfMime(mime: string | undefined): Kind {
  if (mime?.startsWith("audio/")) return "audio";
  return mime === undefined || mime.startsWith("image/") || mime.startsWith("video/") ? "image" : "document";
}
