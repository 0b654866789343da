import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { CacheBreakpoint, Citation, MediaPart, MediaSource, Part, TextPart } from "../../ir/parts.ts";
import { compact, entryOf, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";
import { parseDataUrl } from "../shared/data-url.ts";
import { mediaKindOf } from "../shared/media-kind.ts";
import { DIALECT, extensionOf, leftovers } from "./wire.ts";

/** The content of a message or of a tool's output: plain text or a list of typed pieces. */
export function decodeContent(content: JsonValue | undefined, origin: Origin): Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return objectsOf(content).map((piece) => decodePiece(piece, origin));
}

export function decodePiece(piece: JsonObject, origin: Origin): Part {
  return entryOf(PIECES, stringOf(piece["type"]))?.(piece, origin) ?? { type: "unknown", origin, value: piece };
}

type PieceDecoder = (piece: JsonObject, origin: Origin) => Part | undefined;

/** One decoder per content type; those that cannot make sense of their piece leave it unknown. */
const PIECES: Readonly<Record<string, PieceDecoder>> = {
  input_text: decodeText,
  output_text: decodeText,
  text: decodeText,
  refusal: decodeRefusal,
  input_image: decodeImage,
  input_file: decodeFile,
  input_audio: decodeAudio,
};

/**
 * Log probabilities of an answer go with the answer, see response-fields.ts; those of replayed text mean nothing. `parsed`
 * is the openai SDK's own addition.
 */
const TEXT_FIELDS = new Set(["type", "text", "annotations", "logprobs", "parsed"]);

function decodeText(piece: JsonObject): TextPart | undefined {
  const text = stringOf(piece["text"]);
  if (text === undefined) return undefined;
  const citations = objectsOf(piece["annotations"]).map(decodeAnnotation);
  return compact({
    type: "text",
    text,
    citations: citations.length === 0 ? undefined : citations,
    cache: cacheOf(piece),
    extension: extensionOf(leftovers(piece, TEXT_FIELDS)),
  });
}

const REFUSAL_FIELDS = new Set(["type", "refusal"]);

function decodeRefusal(piece: JsonObject): Part | undefined {
  const text = stringOf(piece["refusal"]);
  if (text === undefined) return undefined;
  return compact({ type: "refusal", text, extension: extensionOf(leftovers(piece, REFUSAL_FIELDS)) });
}

const IMAGE_FIELDS = new Set(["type", "image_url", "file_id", "detail"]);

function decodeImage(piece: JsonObject, origin: Origin): MediaPart | undefined {
  const found = sourceOf({ url: piece["image_url"], id: piece["file_id"] }, origin);
  if (found === undefined) return undefined;
  return compact({
    type: "media",
    kind: "image",
    mediaType: found.mediaType,
    source: found.source,
    detail: DETAILS.find((detail) => detail === piece["detail"]),
    cache: cacheOf(piece),
    extension: extensionOf(leftovers(piece, IMAGE_FIELDS)),
  });
}

const DETAILS = ["low", "high", "auto", "original"] as const;
const FILE_FIELDS = new Set(["type", "file_data", "file_url", "file_id", "filename", "detail"]);

function decodeFile(piece: JsonObject, origin: Origin): MediaPart | undefined {
  const data = stringOf(piece["file_data"]);
  const found =
    data === undefined || data.startsWith("data:")
      ? sourceOf({ url: data ?? piece["file_url"], id: piece["file_id"] }, origin)
      : { source: { type: "base64", data } as const };
  if (found === undefined) return undefined;
  const { mediaType, source } = { mediaType: undefined, ...found };
  return compact({
    type: "media",
    kind: mediaKindOf(mediaType),
    mediaType,
    source,
    name: stringOf(piece["filename"]),
    detail: DETAILS.find((detail) => detail === piece["detail"]),
    cache: cacheOf(piece),
    extension: extensionOf(leftovers(piece, FILE_FIELDS)),
  });
}

/** Listed in the schema, refused by OpenAI's own models today; other servers take it. */
function decodeAudio(piece: JsonObject): MediaPart | undefined {
  const audio = objectOf(piece["input_audio"]);
  const data = stringOf(audio?.["data"]);
  if (data === undefined) return undefined;
  const format = stringOf(audio?.["format"]) ?? "wav";
  const mediaType = `audio/${format === "mp3" ? "mpeg" : format}`;
  return { type: "media", kind: "audio", mediaType, source: { type: "base64", data } };
}

interface FoundSource {
  readonly mediaType?: string;
  readonly source: MediaSource;
}

function sourceOf(
  from: { readonly url: JsonValue | undefined; readonly id: JsonValue | undefined },
  origin: Origin,
): FoundSource | undefined {
  const url = stringOf(from.url);
  if (url !== undefined) {
    const inline = parseDataUrl(url);
    if (inline === undefined) return { source: { type: "url", url } };
    return { mediaType: inline.mediaType, source: { type: "base64", data: inline.data } };
  }
  const id = stringOf(from.id);
  return id === undefined ? undefined : { source: { type: "file", id, origin } };
}

/** The breakpoint itself stays in the extension; its lifetimes are not those of other dialects. */
function cacheOf(piece: JsonObject): CacheBreakpoint | undefined {
  const breakpoint = objectOf(piece["prompt_cache_breakpoint"]);
  if (breakpoint === undefined) return undefined;
  return breakpoint["ttl"] === "12h" ? { ttl: "1h" } : {};
}

/** `url_citation`, `file_citation`, `container_file_citation`, `file_path`, and whatever comes next. */
export function decodeAnnotation(value: JsonObject): Citation {
  const url = stringOf(value["url"]);
  return compact({
    kind: url === undefined ? "file" : "url",
    url,
    title: stringOf(value["title"]) ?? stringOf(value["filename"]),
    fileId: stringOf(value["file_id"]),
    start: numberOf(value["start_index"]),
    end: numberOf(value["end_index"]),
    raw: { dialect: DIALECT, value },
  });
}
